import { createHash } from 'node:crypto';
import { KilnError } from '../errors/failure.ts';
import type { Signer } from '../ports/signer.ts';
import { parseKeyId } from '../model/secret-id.ts';
import { askVault, type VaultOptions } from './vault-request.ts';

/**
 * Signs with a key that never leaves its vault: only the digest goes there.
 * https://learn.microsoft.com/rest/api/keyvault/keys/sign/sign. Throws `KeyNotUsable` for what a person has to mend.
 */
export function keyVaultSigner(options: VaultOptions, id: string): Signer {
  const refused = (why: string) =>
    new KilnError({ code: 'KeyNotUsable', message: `The key ${id} cannot sign: ${why}.` });
  return {
    async sign(bytes) {
      const wanted = parseKeyId(id);
      if (wanted === undefined) throw refused('it is not the id of a Key Vault key');
      const { name, version = '' } = wanted;
      const ask = (path: string, body?: unknown) => askVault(options, wanted, { path, body, id, refused });
      // A key that was rotated signs with its newest version, which has to be named.
      const { kid, kty, crv } = keyOf(await ask(`keys/${name}/${version}`));
      const found = parseKeyId(String(kid));
      if (found?.version === undefined || !/^EC(?:-HSM)?$/.test(String(kty)) || crv !== 'P-256')
        throw refused('it is no EC key on the curve P-256');
      const value = createHash('sha256').update(bytes).digest('base64url');
      const answer = await ask(`keys/${name}/${found.version}/sign`, { alg: 'ES256', value });
      const signature = Buffer.from(textOf(answer, 'value'), 'base64url');
      if (signature.length !== SIGNATURE_BYTES)
        throw refused('the vault answered with no signature of ES256');
      return { keyId: String(kid), signature };
    },
  };
}

const SIGNATURE_BYTES = 64;

type Fields = Readonly<Record<string, unknown>>;

function keyOf(answer: unknown): Fields {
  return fieldsOf(fieldsOf(answer)['key']);
}

function textOf(answer: unknown, name: string): string {
  const value = fieldsOf(answer)[name];
  return typeof value === 'string' ? value : '';
}

function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}
