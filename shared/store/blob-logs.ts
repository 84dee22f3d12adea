import type { ContainerClient } from '@azure/storage-blob';
import { KilnError } from '../errors/failure.ts';
import type { RunId, TemplateRef } from '../model/template.ts';
import { append, fill, readRange } from './append-blobs.ts';
import { BATCH_LOG } from '../model/batch-mark.ts';
import { MARK_BYTES, shownLength } from '../model/exit-mark.ts';
import { listBlobs } from './blob-listing.ts';
import { inContainer } from './container.ts';
import { logsFolder } from './keys.ts';
import { logEnds } from './log-ends.ts';
import type { Signer } from './sas.ts';
import { storageFailure } from './storage-error.ts';
import type { Store } from '../ports/store.ts';

const READ_LIMIT = 1024 * 1024;
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;

/** Endings of a step's two streams. */
const OUTPUT = '.out';
const ERROR = '.err';

export function blobLogs(container: ContainerClient, sign: Signer): Store['logs'] {
  const ends = logEnds(container);

  async function writable(name: string, validMinutes: number): Promise<string> {
    const blob = container.getAppendBlobClient(name);
    try {
      // The VM agent appends to a blob that exists: https://learn.microsoft.com/azure/virtual-machines/run-command-overview
      await inContainer(container, () => blob.createIfNotExists());
      return await sign(blob, 'acw', validMinutes);
    } catch (error) {
      throw storageFailure(error, name);
    }
  }

  return {
    async target(ref, id, name, validMinutes) {
      const key = logKey(ref, id, name);
      const [outputUrl, errorUrl] = await Promise.all([
        writable(`${key}${OUTPUT}`, validMinutes),
        writable(`${key}${ERROR}`, validMinutes),
      ]);
      return { name, outputUrl, errorUrl };
    },
    async read(ref, id, name, ...[offset, limit = READ_LIMIT]) {
      const bytes = await readRange(container, logKey(ref, id, name), offset, Math.min(limit, READ_LIMIT));
      return bytes.subarray(0, shownLength(bytes.length, bytes.subarray(-MARK_BYTES)));
    },
    end: (ref, id, name, bytes) => ends.end(logKey(ref, id, name), bytes),
    async list(ref, id) {
      const folder = logsFolder(ref, id);
      const blobs = await listBlobs(container, folder);
      // What the agent writes of a batch is in the logs of its steps.
      const wanted = blobs.filter(({ name }) => !name.startsWith(`${folder}${BATCH_LOG}`));
      const shown = await Promise.all(wanted.map((blob) => ends.shown(blob)));
      return shown.map(({ name, bytes }) => ({ name: name.slice(folder.length), bytes }));
    },
    async append(ref, id, name, bytes) {
      await append(container, logKey(ref, id, name), bytes);
    },
    place: (ref, id, name, part) => fill(container, logKey(ref, id, name), part),
  };
}

/** Names come from URLs too: no slash, so that none leaves the folder. */
function logKey(ref: TemplateRef, id: RunId, name: string): string {
  if (NAME.test(name)) return `${logsFolder(ref, id)}${name}`;
  throw new KilnError({ code: 'ResourceNotFound', message: `"${name}" is not the name of a log.` });
}
