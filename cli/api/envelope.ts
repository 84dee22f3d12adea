import { isObject, list, object, text } from './json.ts';

/** https://github.com/secure-systems-lab/dsse/blob/v1.0.2/envelope.md */
export type Envelope = {
  readonly payloadType: string;
  /** Base64. */
  readonly payload: string;
  readonly signatures: readonly { readonly keyId: string; readonly signature: Buffer }[];
};

/** Undefined for what is no envelope. */
export function parseEnvelope(value: unknown): Envelope | undefined {
  if (!isObject(value)) return undefined;
  const [payloadType, payload] = [text(value['payloadType']), text(value['payload'])];
  if (payloadType === undefined || payload === undefined) return undefined;
  const signatures = list(value['signatures']).map((item) => ({
    keyId: text(object(item)['keyid']) ?? '',
    signature: Buffer.from(text(object(item)['sig']) ?? '', 'base64'),
  }));
  return { payloadType, payload, signatures };
}
