import type { ContainerClient } from '@azure/storage-blob';
import { append, readRange } from './append-blobs.ts';
import { inParallel } from '../parallel.ts';
import { noteOrder, orderedRuns } from './blob-run-order.ts';
import { gathered } from './gathered.ts';
import { Remembered } from '../remembered.ts';
import { parseEntry, seenDocument } from './documents.convert.ts';
import { isOver } from '../model/documents/run.ts';
import type { Run, TimelineEntry } from '../model/documents/documents.ts';
import { getDocument, putDocument, updateDocument } from './json-blobs.ts';
import { foreignToken } from './page-token.ts';
import { runKey, timelineKey } from './keys.ts';
import type { Store } from '../ports/store.ts';

const ENTRY = /^\d{13}-[0-9a-f-]{36}$/;

/** Milliseconds. */
const GLANCE = 5000;

export function blobRuns(container: ContainerClient): Store['runs'] {
  return {
    get: async (ref, id) => (await getDocument(container, runKey(ref, id)))?.value,
    async glance(ref, id, maxAge = GLANCE) {
      const key = runKey(ref, id);
      return (seenDocument(container, key, maxAge) ?? (await getDocument(container, key)))?.value;
    },
    create: async (run) => {
      await noteOrder(container, run);
      await putDocument(container, runKey(run.ref, run.id), run, 'absent');
    },
    update: (ref, id, change) => updateDocument(container, runKey(ref, id), change),
    async page(ref, { limit, after = '', old }) {
      if (after !== '' && !ENTRY.test(after)) throw foreignToken();
      const ordered = (await orderedRuns(container, ref)).filter(({ entry }) => entry > after);
      const wanted = ordered.slice(0, limit);
      const last = ordered.length > limit ? wanted.at(-1)?.entry : undefined;
      const runs = await inParallel(wanted, ({ id }) => {
        const key = runKey(ref, id);
        const known = old && id !== old.but ? seenDocument(container, key, old.ms) : undefined;
        return known && isSettled(known.value) ? Promise.resolve(known) : getDocument(container, key);
      });
      return { runs: runs.flatMap((run) => run?.value ?? []), ...(last !== undefined && { last }) };
    },
  };
}

function isSettled(run: Run): boolean {
  return isOver(run) && run.cleanup !== undefined;
}

/** Milliseconds: lines of one run come in bursts, and nobody but a person reads them. */
const TOGETHER = 25;
/** Bytes of timelines that this process has written whole. */
const MOST_OF_TIMELINES = 4 * 1024 * 1024;

export function blobTimeline(container: ContainerClient): Store['timeline'] {
  const whole = new Remembered<string>(MOST_OF_TIMELINES);
  const write = gathered(async (name, lines: readonly string[]) => {
    const text = lines.join('');
    const before = whole.get(name) ?? '';
    // Where the lines went tells whether others have written since this process did.
    const isWhole = (await append(container, name, Buffer.from(text))) === Buffer.byteLength(before);
    if (isWhole) whole.set(name, before + text, Buffer.byteLength(before + text));
    else whole.delete(name);
  }, TOGETHER);
  return {
    async append(ref, id, entries) {
      const lines = entries.map((entry) => `${JSON.stringify(entry)}\n`).join('');
      // Whoever only moves the state of a run on has none.
      if (lines !== '') await write(timelineKey(ref, id), lines);
    },
    read: async (ref, id) =>
      entriesIn(Buffer.from(await readRange(container, timelineKey(ref, id), 0)).toString()),
    recall(ref, id) {
      const known = whole.get(timelineKey(ref, id));
      return known === undefined ? undefined : entriesIn(known);
    },
  };
}

function entriesIn(text: string): TimelineEntry[] {
  const entries = new Map<string, TimelineEntry>();
  for (const line of text.split('\n').filter((line) => line !== '')) {
    const entry = parseEntry(line);
    // An activity that ran twice wrote twice: the first is what happened.
    if (!entries.has(entry.id)) entries.set(entry.id, entry);
  }
  return [...entries.values()];
}
