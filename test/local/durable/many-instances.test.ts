// A thousand builds leave a hundred thousand instances, each with its input, and timers ask every minute which of them have failed.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { test } from 'node:test';
import { openDatabase } from '../../../local/durable/store/schema.ts';
import { DurableStore } from '../../../local/durable/store/store.ts';
import { temporaryDirectory } from './host-process.ts';

/** MB: of all inputs together, and of the heap of who asks. */
const [INPUTS, HEAP] = [160, 64];
const COUNT = 8000;

function fill(directory: string): void {
  const database = openDatabase(directory);
  const store = new DurableStore(database);
  const input = JSON.stringify('x'.repeat((INPUTS * 1e6) / COUNT));
  store.transaction(() => {
    for (let index = 0; index < COUNT; index += 1)
      store.putInstance({
        id: `many-${String(index).padStart(6, '0')}`,
        execution: 'e',
        name: 'wait-until',
        version: '',
        input,
        status: index % 1000 === 0 ? 'Failed' : 'Completed',
        customStatus: null,
        output: null,
        created: index,
        updated: index,
        parent: undefined,
      });
  });
  store.close();
}

/** What the HTTP API of an engine over the directory answers, from a process with a small heap. */
function ask(
  directory: string,
  method: string,
  query: string,
): { status: number; ids: string[]; next?: string } {
  const script = path.join(import.meta.dirname, 'apps/ask.ts');
  const output = execFileSync(
    process.execPath,
    [`--max-old-space-size=${HEAP}`, script, directory, method, query],
    { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] },
  );
  return JSON.parse(output);
}

test('instances that are more than the heap are asked for, listed and forgotten by what is wanted of them', () => {
  const directory = temporaryDirectory();
  fill(directory);
  const failed = ask(directory, 'GET', 'runtimeStatus=Failed&createdTimeFrom=1970-01-01T00:00:01Z');
  assert.deepEqual(
    failed.ids,
    [1, 2, 3, 4, 5, 6, 7].map((thousand) => `many-00${thousand}000`),
  );
  const page = ask(directory, 'GET', 'top=2&instanceIdPrefix=many-000');
  assert.deepEqual([page.ids, page.next], [['many-000000', 'many-000001'], '2']);
  const purge = 'createdTimeFrom=1970-01-01T00:00:00Z&createdTimeTo=1970-01-01T00:00:07Z';
  assert.equal(ask(directory, 'DELETE', `${purge}&runtimeStatus=Running`).status, 404, 'what runs stays');
  assert.equal(ask(directory, 'DELETE', purge).status, 200);
  assert.deepEqual(ask(directory, 'GET', 'top=1').ids, ['many-007001']);
});
