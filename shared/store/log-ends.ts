import { Buffer } from 'node:buffer';
import type { ContainerClient } from '@azure/storage-blob';
import { MARK_BYTES, shownLength } from '../model/exit-mark.ts';
import { readRange } from './append-blobs.ts';
import { isAbsent, storageFailure } from './storage-error.ts';
import type { LogInfo } from '../ports/log-stores.ts';

/** Logs whose end is remembered; a run has about thirty. */
const MOST = 2000;

/** Output logs end with a line for Kiln itself, which people do not see. */
export function logEnds(container: ContainerClient) {
  // What was appended stays: a log of the same size has the same end.
  const known = new Map<string, number>();

  return {
    /** The last bytes of a log; empty when there is none. */
    async end(name: string, most: number): Promise<string> {
      try {
        const { contentLength = 0 } = await container.getBlobClient(name).getProperties();
        const bytes = await readRange(container, name, Math.max(0, contentLength - most), most);
        return Buffer.from(bytes).toString('utf8');
      } catch (error) {
        if (isAbsent(error)) return '';
        throw storageFailure(error, name);
      }
    },
    async shown({ name, bytes }: LogInfo): Promise<LogInfo> {
      if (bytes === 0 || !name.endsWith('.out')) return { name, bytes };
      const key = `${bytes} ${name}`;
      const length =
        known.get(key) ??
        shownLength(bytes, await readRange(container, name, Math.max(0, bytes - MARK_BYTES), MARK_BYTES));
      if (known.size >= MOST) known.clear();
      known.set(key, length);
      return { name, bytes: length };
    },
  };
}
