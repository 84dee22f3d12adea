import type { Envelope } from '../model/documents/provenance.ts';
import type { Signer } from '../ports/signer.ts';

/**
 * What is signed instead of the payload itself, so that no reader can take it for another type:
 * https://github.com/secure-systems-lab/dsse/blob/v1.0.2/protocol.md#signature-definition
 */
export function preAuthEncoding(type: string, payload: Uint8Array): Uint8Array {
  const head = `DSSEv1 ${Buffer.byteLength(type)} ${type} ${payload.length} `;
  return Buffer.concat([Buffer.from(head), payload]);
}

/** An envelope without a signature when there is no signer. */
export async function sealed(
  payloadType: string,
  payload: Uint8Array,
  signer: Signer | undefined,
): Promise<Envelope> {
  const body = { payloadType, payload: Buffer.from(payload).toString('base64') };
  if (signer === undefined) return { ...body, signatures: [] };
  const { keyId, signature } = await signer.sign(preAuthEncoding(payloadType, payload));
  const sig = Buffer.from(derOf(signature)).toString('base64');
  return { ...body, signatures: [{ keyid: keyId, sig }] };
}

const SEQUENCE = 0x30;
const INTEGER = 0x02;

/** r and s as ASN.1: what `cosign verify-blob-attestation` and OpenSSL read, and Key Vault does not write. RFC 3279, 2.2.3. */
export function derOf(signature: Uint8Array): Uint8Array {
  const half = signature.length / 2;
  const parts = [integer(signature.subarray(0, half)), integer(signature.subarray(half))];
  const body = Buffer.concat(parts);
  return Buffer.concat([Buffer.from([SEQUENCE, body.length]), body]);
}

/** As short as it can be, and never negative. */
function integer(bytes: Uint8Array): Uint8Array {
  const first = bytes.findIndex((byte) => byte !== 0);
  const digits = first === -1 ? bytes.subarray(-1) : bytes.subarray(first);
  const isNegative = (digits[0] ?? 0) > 0x7f;
  const value = isNegative ? Buffer.concat([Buffer.from([0]), digits]) : digits;
  return Buffer.concat([Buffer.from([INTEGER, value.length]), value]);
}
