import { MINUTE } from '../model/time.ts';
import {
  type BlobClient,
  BlobSASPermissions,
  BlobServiceClient,
  type ContainerClient,
  SASProtocol,
  StorageSharedKeyCredential,
  type UserDelegationKey,
} from '@azure/storage-blob';

/** `r` read; `acw` append, create and write, for the output of a step. */
export type SasRights = 'r' | 'acw';

/** Makes a URL with a SAS for one blob. The URL is a secret. */
export type Signer = (blob: BlobClient, rights: SasRights, validMinutes: number) => Promise<string>;

/** A delegation key may live 7 days; one that is asked for daily covers every SAS of a run. */
const KEY_LIFETIME = 6 * 24 * 60 * MINUTE;

/**
 * Signs with the account key when the client has one (local mode), with a user delegation key otherwise, so that
 * accounts may forbid shared keys. https://learn.microsoft.com/rest/api/storageservices/create-user-delegation-sas
 */
export function createSigner(container: ContainerClient): Signer {
  const hasKey = container.credential instanceof StorageSharedKeyCredential;
  const delegationKey = hasKey ? undefined : cachedDelegationKey(container);
  return async (blob, rights, validMinutes) => {
    const expiresOn = new Date(Date.now() + validMinutes * MINUTE);
    const options = {
      permissions: BlobSASPermissions.parse(rights),
      expiresOn,
      protocol: blob.url.startsWith('https:') ? SASProtocol.Https : SASProtocol.HttpsAndHttp,
    };
    if (delegationKey === undefined) return blob.generateSasUrl(options);
    return blob.generateUserDelegationSasUrl(options, await delegationKey(expiresOn));
  };
}

function cachedDelegationKey(container: ContainerClient): (until: Date) => Promise<UserDelegationKey> {
  const account = new URL(container.url).origin;
  const service = new BlobServiceClient(account, container.credential);
  let cached: { key: UserDelegationKey; expiresOn: Date } | undefined;
  return async (until) => {
    if (cached !== undefined && cached.expiresOn > until) return cached.key;
    const expiresOn = new Date(Math.max(until.getTime(), Date.now() + KEY_LIFETIME));
    // Clocks differ by minutes: a key that starts in the future signs nothing.
    const startsOn = new Date(Date.now() - 15 * MINUTE);
    cached = { key: await service.getUserDelegationKey(startsOn, expiresOn), expiresOn };
    return cached.key;
  };
}
