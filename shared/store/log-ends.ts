import { Buffer } from 'node:buffer';
import type { ContainerClient } from '@azure/storage-blob';
import { MARK_BYTES, shownLength } from '../guest/exit-mark.ts';
import { readRange } from './append-blobs.ts';
import type { LogInfo } from './store.ts';

/** Logs whose end is remembered; a run has about thirty. */
const MOST = 2000;

/** Output logs end with a line for Kiln itself, which people do not see. */
export function logEnds(container: ContainerClient) {
  // What was appended stays: a log of the same size has the same end.
  const known = new Map<string, number>();

  async function endOf(name: string, bytes: number): Promise<Uint8Array> {
    return readRange(container, name, Math.max(0, bytes - MARK_BYTES), MARK_BYTES);
  }

  return {
    /** The last bytes of a log. */
    async end(name: string): Promise<string> {
      const { contentLength = 0 } = await container.getBlobClient(name).getProperties();
      return Buffer.from(await endOf(name, contentLength)).toString('latin1');
    },
    async shown({ name, bytes }: LogInfo): Promise<LogInfo> {
      if (bytes === 0 || !name.endsWith('.out')) return { name, bytes };
      const key = `${bytes} ${name}`;
      const length = known.get(key) ?? shownLength(bytes, await endOf(name, bytes));
      if (known.size >= MOST) known.clear();
      known.set(key, length);
      return { name, bytes: length };
    },
  };
}
