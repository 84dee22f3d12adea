import { randomBytes } from 'node:crypto';
import { ArmError } from '../http/errors.ts';
import type { ArmRequest } from '../http/request.ts';
import { ok, param, type Answer, type Route } from '../http/route.ts';
import { textAt } from '../json.ts';
import { guarded } from './guarded.ts';
import { KEY_ROUTES } from './key-routes.ts';
import type { SecretVersion, VaultFile } from './vault-file.ts';

const SECRET = '/key-vaults/{vaultHost}/secrets/{secretName}';

/**
 * The data plane of every Key Vault, below the host that it would have in Azure. Setting a secret makes its vault.
 * https://learn.microsoft.com/rest/api/keyvault/secrets
 */
export const KEY_VAULT_ROUTES: readonly Route[] = [
  { operation: 'KeyVault_SetSecret', method: 'PUT', path: SECRET, handle: guarded(setSecret), open: true },
  { operation: 'KeyVault_GetSecret', method: 'GET', path: SECRET, handle: guarded(getSecret), open: true },
  {
    operation: 'KeyVault_GetSecretVersion',
    method: 'GET',
    path: `${SECRET}/{secretVersion}`,
    handle: guarded(getSecret),
    open: true,
  },
  ...KEY_ROUTES,
];

function setSecret(request: ArmRequest, vaults: VaultFile): Answer {
  const value = textAt(request.body, 'value');
  if (value === undefined) throw new ArmError(400, 'BadParameter', 'The secret has no value in its body.');
  const version = { id: randomBytes(16).toString('hex'), value, created: Math.floor(Date.now() / 1000) };
  vaults.add(param(request, 'vaultHost'), param(request, 'secretName'), version);
  return ok(shown(request, version));
}

function getSecret(request: ArmRequest, vaults: VaultFile): Answer {
  const [vault, name] = [param(request, 'vaultHost'), param(request, 'secretName')];
  const wanted = param(request, 'secretVersion');
  const versions = vaults.versions(vault, name);
  const found = wanted === '' ? versions.at(-1) : versions.find(({ id }) => id === wanted);
  if (found !== undefined) return ok(shown(request, found));
  const what = wanted === '' ? name : `${name}/${wanted}`;
  throw new ArmError(
    404,
    'SecretNotFound',
    `A secret with (name/id) ${what} was not found in this key vault.`,
  );
}

function shown(request: ArmRequest, { id, value, created }: SecretVersion) {
  const vault = param(request, 'vaultHost');
  return {
    id: `https://${vault}/secrets/${param(request, 'secretName')}/${id}`,
    value,
    attributes: { enabled: true, created, updated: created },
  };
}
