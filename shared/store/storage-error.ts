import { RestError } from '@azure/storage-blob';
import { type Failure, KilnError } from '../errors/failure.ts';

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
  const words = error.code ?? error.name;
  const azure = { code: words, message: error.message.split('\n')[0] ?? '' };
  return new KilnError({ ...verdict(error.statusCode ?? 0, `${name} (${words})`), azure }, { cause: error });
}

function verdict(status: number, what: string): Pick<Failure, 'code' | 'message'> {
  if (status === 401 || status === 403) {
    const message = `Storage refuses access to ${what}. The identity needs the role Storage Blob Data Contributor.`;
    return { code: 'AzureDenied', message };
  }
  // A name that cannot be, a container that is not there, a blob that somebody holds: the same again would end the same.
  if (status === 400 || status === 404 || status === 412)
    return { code: 'AzureRefused', message: `Storage refuses ${what}.` };
  return { code: 'AzureUnavailable', message: `Storage did not serve ${what}. Kiln repeats the call.` };
}
