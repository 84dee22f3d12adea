import { type KeyObject, verify } from 'node:crypto';
import type { Envelope } from '../api/envelope.ts';
import { parseJson } from '../api/json.ts';
import { CliError, EXIT } from '../errors.ts';

const PAYLOAD_TYPE = 'application/vnd.in-toto+json';

/**
 * What the envelope says, once one of its signatures was made with the key. The bytes that were signed are those that are
 * parsed: nothing is read before. Throws when the key has not signed it.
 */
export function openEnvelope({ payloadType, payload, signatures }: Envelope, key: KeyObject): unknown {
  if (signatures.length === 0)
    throw notProved(
      'Nobody has signed it.',
      'Set KILN_PROVENANCE_KEY in the deployment; builds after that are signed.',
    );
  const bytes = Buffer.from(payload, 'base64');
  const signed = preAuthEncoding(payloadType, bytes);
  const isSigned = signatures.some(({ signature }) =>
    verify('sha256', signed, { key, dsaEncoding: 'der' }, signature),
  );
  if (!isSigned)
    throw notProved(
      `The statement was changed, or another key has signed it: ${signatures.map(({ keyId }) => keyId).join(', ')}.`,
      'Take the public half of the key that the deployment signs with.',
    );
  if (payloadType !== PAYLOAD_TYPE) throw notProved(`It holds ${payloadType} and no statement of in-toto.`);
  return parseJson(bytes.toString());
}

/** https://github.com/secure-systems-lab/dsse/blob/v1.0.2/protocol.md#signature-definition */
function preAuthEncoding(type: string, payload: Uint8Array): Buffer {
  return Buffer.concat([
    Buffer.from(`DSSEv1 ${Buffer.byteLength(type)} ${type} ${payload.length} `),
    payload,
  ]);
}

/** What a verification ends with that found something wrong. */
export function notProved(message: string, remedy?: string): CliError {
  return new CliError({
    exitCode: EXIT.failed,
    message: `Not proved. ${message}`,
    ...(remedy !== undefined && { remedy }),
  });
}
