import { RestError } from '@azure/storage-blob';
import { KilnError } from '../errors/failure.ts';

export function statusOf(error: unknown): number | undefined {
  return error instanceof RestError ? error.statusCode : undefined;
}

export function isAbsent(error: unknown): boolean {
  return statusOf(error) === 404;
}

/** A create found the blob there (409), or a replace found another ETag (412). */
export function lostRace(error: unknown): boolean {
  return statusOf(error) === 412 || (error instanceof RestError && error.code === 'BlobAlreadyExists');
}

/** Everything else that storage answers: refused for ever, or gone away for a while. */
export function storageFailure(error: unknown, name: string): unknown {
  if (!(error instanceof RestError)) return error;
  const denied = error.statusCode === 401 || error.statusCode === 403;
  const words = error.code ?? error.name;
  return new KilnError(
    {
      code: denied ? 'AzureDenied' : 'AzureUnavailable',
      message: denied
        ? `Storage refuses access to ${name} (${words}). The identity needs the role Storage Blob Data Contributor.`
        : `Storage did not serve ${name} (${words}). Kiln repeats the call.`,
      azure: { code: words, message: error.message.split('\n')[0] ?? '' },
    },
    { cause: error },
  );
}
