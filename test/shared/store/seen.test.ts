// What a process remembers of documents is never older than what it has written itself.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { ContainerClient } from '@azure/storage-blob';
import fc from 'fast-check';
import { seenDocument } from '../../../shared/store/documents.convert.ts';
import { getDocument, putDocument, updateDocument } from '../../../shared/store/json-blobs.ts';
import { runKey } from '../../../shared/store/keys.ts';
import { beginRead, forget, remember, seen } from '../../../shared/store/seen.ts';
import type { Run } from '../../../shared/model/documents/documents.ts';
import { runId } from '../../../shared/model/convert.ts';
import { type Azurite, startAzurite } from '../../support/azurite.ts';
import { REF } from '../../support/sample-templates.ts';

let azurite: Azurite;
before(async () => {
  azurite = await startAzurite();
});
after(() => azurite.stop());

const version = (number: number) => ({ value: number, etag: String(number) });

test('whatever reads and writes there are at the same time, no read brings an older version back', () => {
  const steps = fc.array(fc.constantFrom('write', 'begin', 'end', 'forget'), { maxLength: 30 });
  fc.assert(
    fc.property(steps, fc.infiniteStream(fc.nat(9)), (list, choices) => {
      const container = {} as unknown as ContainerClient;
      const reads: { of: number; done: ReturnType<typeof beginRead> }[] = [];
      let newest = 0;
      for (const step of list) {
        if (step === 'write') remember(container, 'x', version((newest += 1)), 1);
        // What others read, or failed to write, makes it forget and not older.
        if (step === 'forget' && seen(container, 'x') !== undefined) forget(container, 'x');
        if (step === 'begin') reads.push({ of: newest, done: beginRead(container, 'x') });
        const [read] =
          step === 'end' ? reads.splice((choices.next().value ?? 0) % Math.max(1, reads.length), 1) : [];
        const known = seen(container, 'x');
        read?.done(version(read.of), 1);
        if (known !== undefined) assert.ok(Number(seen(container, 'x')?.etag) >= Number(known.etag));
      }
    }),
  );
});

test('somebody who reads a run while it ends does not make the process forget its end', async () => {
  const container = await azurite.container();
  const key = runKey(REF, runId('0badcafe-0000-4000-8000-000000000001'));
  const run = { schema: 1, state: 'Running' } as unknown as Run;
  await putDocument(container, key, run, 'absent');
  // The answer of a read that is under way is held until the end is written.
  const original = container.getBlobClient.bind(container);
  let ending: Promise<unknown> | undefined;
  container.getBlobClient = (name) => {
    const blob = original(name);
    const download = blob.download.bind(blob);
    blob.download = async (...args) => {
      const answer = await download(...args);
      ending ??= updateDocument(container, key, (current) => ({ ...current, state: 'Succeeded' as const }));
      await ending;
      return answer;
    };
    return blob;
  };
  assert.equal((await getDocument(container, key))?.value.state, 'Running', 'it was read before the end');
  assert.equal(seenDocument(container, key)?.value.state, 'Succeeded');
});
