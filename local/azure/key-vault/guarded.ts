import type { Cloud } from '../cloud.ts';
import { ArmError } from '../http/errors.ts';
import type { ArmRequest } from '../http/request.ts';
import { param, type Answer } from '../http/route.ts';
import { VaultFile } from './vault-file.ts';

type Handle = (request: ArmRequest, vaults: VaultFile) => Answer;

/** Key Vault wants a token for itself: one for ARM is refused, as in Azure. */
export function guarded(handle: Handle): (request: ArmRequest, cloud: Cloud) => Promise<Answer> {
  return async (request, cloud) => {
    const token = /^Bearer (\S+)$/i.exec(request.headers.authorization ?? '')?.[1] ?? '';
    const suffix = param(request, 'vaultHost').replace(/^[^.]*\./, '');
    try {
      await cloud.identity.verify(token, (audience) => audience.replace(/\/$/, '') === `https://${suffix}`);
    } catch {
      throw new ArmError(401, 'Unauthorized', `The token is not one for https://${suffix}.`);
    }
    return handle(request, new VaultFile(cloud.dataDir));
  };
}
