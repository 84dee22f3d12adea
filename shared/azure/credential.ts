import { ManagedIdentityCredential } from '@azure/identity';

/** What hands out tokens; every credential of the SDK fits. */
export type Credential = {
  getToken(
    scopes: string | string[],
  ): Promise<{ readonly token: string; readonly expiresOnTimestamp: number } | null>;
};

/**
 * The identity of the app: the user-assigned one that `AZURE_CLIENT_ID` names, else the system-assigned one. Local
 * mode answers the same protocol, so nothing here knows about it.
 */
export function createCredential(
  environment: Readonly<Record<string, string | undefined>> = process.env,
): Credential {
  const clientId = environment['AZURE_CLIENT_ID'];
  return clientId === undefined || clientId === ''
    ? new ManagedIdentityCredential()
    : new ManagedIdentityCredential({ clientId });
}
