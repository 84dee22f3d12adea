import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomUUID,
  sign,
} from 'node:crypto';
import { link, readFile, rm, writeFile } from 'node:fs/promises';
import { calculateJwkThumbprint } from 'jose';
import { KilnError } from '../errors/failure.ts';
import type { Signer } from '../ports/signer.ts';

/**
 * Signs with a key in a file that only its owner reads, which is made at its first use; the public half is written
 * beside it with `.pub` behind, for those who verify. For local mode: in Azure the key stays in a Key Vault.
 */
export function fileSigner(file: string): Signer {
  let key: Promise<KeyObject> | undefined;
  return {
    async sign(bytes) {
      key ??= readOrMake(file);
      const privateKey = await key;
      const signature = sign('sha256', bytes, { key: privateKey, dsaEncoding: 'ieee-p1363' });
      return { keyId: await keyIdOf(createPublicKey(privateKey)), signature };
    },
  };
}

/** Of a key without a name: its thumbprint, RFC 7638. */
async function keyIdOf(key: KeyObject): Promise<string> {
  const { kty, crv, x, y } = key.export({ format: 'jwk' });
  if (kty === undefined || crv === undefined || x === undefined || y === undefined) return '';
  return calculateJwkThumbprint({ kty, crv, x, y });
}

async function readOrMake(file: string): Promise<KeyObject> {
  const key = (await read(file)) ?? (await make(file));
  const { namedCurve } = key.asymmetricKeyDetails ?? {};
  if (key.asymmetricKeyType !== 'ec' || namedCurve !== 'prime256v1')
    throw notUsable(file, 'it is no key of the curve P-256');
  return key;
}

async function read(file: string): Promise<KeyObject | undefined> {
  try {
    return createPrivateKey(await readFile(file));
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw notUsable(file, 'it cannot be read as a private key in PEM', error);
  }
}

/** Of two processes that come at once, one makes the key and the other reads it. */
async function make(file: string): Promise<KeyObject> {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const draft = `${file}.${randomUUID()}`;
  try {
    await writeFile(draft, privateKey.export({ format: 'pem', type: 'pkcs8' }), { mode: 0o600 });
    // Whole or not there at all: nobody reads half a key.
    await link(draft, file);
    await writeFile(`${file}.pub`, publicKey.export({ format: 'pem', type: 'spki' }), { mode: 0o644 });
    return privateKey;
  } catch (error) {
    const found = codeOf(error) === 'EEXIST' ? await read(file) : undefined;
    if (found !== undefined) return found;
    throw notUsable(file, 'it cannot be written', error);
  } finally {
    await rm(draft, { force: true });
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}

function notUsable(file: string, why: string, cause?: unknown): KilnError {
  return new KilnError({ code: 'KeyNotUsable', message: `${file} cannot sign: ${why}.` }, { cause });
}
