import { createPrivateKey, generateKeyPairSync, randomBytes } from 'node:crypto';
import { p256 } from '@noble/curves/nist.js';
import { ArmError } from '../http/errors.ts';
import type { ArmRequest } from '../http/request.ts';
import { ok, param, type Answer, type Route } from '../http/route.ts';
import { textAt } from '../json.ts';
import { guarded } from './guarded.ts';
import type { SecretVersion, VaultFile } from './vault-file.ts';

const KEY = '/key-vaults/{vaultHost}/keys/{keyName}';
const DIGEST_BYTES = 32;

/** EC keys on P-256 alone: https://learn.microsoft.com/rest/api/keyvault/keys */
export const KEY_ROUTES: readonly Route[] = [
  route('KeyVault_CreateKey', 'POST', `${KEY}/create`, createKey),
  route('KeyVault_GetKey', 'GET', KEY, getKey),
  route('KeyVault_GetKeyVersion', 'GET', `${KEY}/{keyVersion}`, getKey),
  route('KeyVault_Sign', 'POST', `${KEY}/{keyVersion}/sign`, signDigest),
];

function route(
  operation: string,
  method: Route['method'],
  path: string,
  handle: (request: ArmRequest, vaults: VaultFile) => Answer,
): Route {
  return { operation, method, path, handle: guarded(handle), open: true };
}

function createKey(request: ArmRequest, vaults: VaultFile): Answer {
  const [type, curve] = [textAt(request.body, 'kty'), textAt(request.body, 'crv')];
  if (type !== 'EC' || curve !== 'P-256')
    throw new ArmError(400, 'BadParameter', 'The local Key Vault makes EC keys on P-256 only.');
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const value = privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();
  const version = { id: randomBytes(16).toString('hex'), value, created: Math.floor(Date.now() / 1000) };
  vaults.add(param(request, 'vaultHost'), entryOf(request), version);
  return ok(shown(request, version));
}

function getKey(request: ArmRequest, vaults: VaultFile): Answer {
  return ok(shown(request, find(request, vaults)));
}

/** The vault signs what it is given: hashing is the client's. It answers with r and s as they are in a JWS. */
function signDigest(request: ArmRequest, vaults: VaultFile): Answer {
  const version = find(request, vaults);
  if (textAt(request.body, 'alg') !== 'ES256')
    throw new ArmError(400, 'BadParameter', 'The key signs with ES256 only.');
  const digest = Buffer.from(textAt(request.body, 'value') ?? '', 'base64url');
  if (digest.length !== DIGEST_BYTES)
    throw new ArmError(
      400,
      'BadParameter',
      `Invalid length of 'value': ${digest.length} bytes, expected 32.`,
    );
  const { d = '' } = createPrivateKey(version.value).export({ format: 'jwk' });
  // Node hashes whatever it signs with an EC key.
  const signature = p256.sign(digest, Buffer.from(d, 'base64url'), { prehash: false, lowS: false });
  return ok({ kid: kidOf(request, version), value: Buffer.from(signature).toString('base64url') });
}

function find(request: ArmRequest, vaults: VaultFile): SecretVersion {
  const versions = vaults.versions(param(request, 'vaultHost'), entryOf(request));
  const wanted = param(request, 'keyVersion');
  const found = wanted === '' ? versions.at(-1) : versions.find(({ id }) => id === wanted);
  if (found !== undefined) return found;
  const name = param(request, 'keyName');
  throw new ArmError(404, 'KeyNotFound', `A key with (name/id) ${name} was not found in this key vault.`);
}

/** Beside the secrets of the same vault, under a name that no secret can have. */
const entryOf = (request: ArmRequest): string => `keys/${param(request, 'keyName')}`;

const kidOf = (request: ArmRequest, { id }: SecretVersion): string =>
  `https://${param(request, 'vaultHost')}/keys/${param(request, 'keyName')}/${id}`;

function shown(request: ArmRequest, version: SecretVersion) {
  const { x = '', y = '' } = createPrivateKey(version.value).export({ format: 'jwk' });
  const key = { kid: kidOf(request, version), kty: 'EC', crv: 'P-256', x, y, key_ops: ['sign', 'verify'] };
  return { key, attributes: { enabled: true, created: version.created, updated: version.created } };
}
