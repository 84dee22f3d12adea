import { createPublicKey, type KeyObject, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { isObject, object, parseJson } from '../api/json.ts';
import { refuse } from '../errors.ts';
import { notProved } from './envelope.ts';

export type Trusted = {
  readonly key: KeyObject;
  /** For people. */
  readonly name: string;
  /** Throws when the certificate was not valid at that time. */
  readonly assertValid: (at: string) => void;
};

/** A public key as PEM or JWK, or a certificate: from a file, because what is to be trusted does not come from the service. */
export function readTrusted(options: { readonly key?: string; readonly cert?: string }): Trusted {
  const { key, cert } = options;
  if (key !== undefined && cert === undefined)
    return { key: readKey(key), name: `the key of ${key}`, assertValid: () => undefined };
  if (cert !== undefined && key === undefined) return readCertificate(cert);
  throw refuse(
    'Say whom you trust: --key FILE with a public key, or --cert FILE with a certificate, and not both.',
    'Local mode keeps it in provenance-key.pem.pub of its folder; for a Key Vault: az keyvault key download --encoding PEM',
  );
}

function readKey(file: string): KeyObject {
  const content = readFileSync(file, 'utf8');
  const json = parseJson(content);
  try {
    return assertCurve(isObject(json) ? ofJwk(json) : createPublicKey(content), file);
  } catch (error) {
    throw unusable(file, error);
  }
}

/** As it is, or as `az keyvault key show` prints it. */
function ofJwk(json: Readonly<Record<string, unknown>>): KeyObject {
  const { kty, crv, x, y } = isObject(json['key']) ? object(json['key']) : json;
  const key = { kty: String(kty).replace(/-HSM$/, ''), crv: String(crv), x: String(x), y: String(y) };
  return createPublicKey({ key, format: 'jwk' });
}

function readCertificate(file: string): Trusted {
  const content = readFileSync(file);
  try {
    const certificate = new X509Certificate(content);
    const { subject, validFromDate, validToDate } = certificate;
    return {
      key: assertCurve(certificate.publicKey, file),
      name: `the key of ${subject.replaceAll('\n', ', ')}`,
      assertValid(at) {
        const time = new Date(at);
        if (time >= validFromDate && time <= validToDate) return;
        throw notProved(
          `The certificate is valid from ${validFromDate.toISOString()} to ${validToDate.toISOString()}, and the run ended at ${at}.`,
        );
      },
    };
  } catch (error) {
    throw unusable(file, error);
  }
}

function assertCurve(key: KeyObject, file: string): KeyObject {
  if (key.asymmetricKeyType === 'ec' && key.asymmetricKeyDetails?.namedCurve === 'prime256v1') return key;
  throw new Error(`${file} has a key of another kind (${key.asymmetricKeyType ?? 'unknown'})`);
}

function unusable(file: string, error: unknown): Error {
  const reason = error instanceof Error ? error.message : String(error);
  return refuse(`${file} has no public key on the curve P-256: ${reason}.`, 'Write PEM or a JWK.');
}
