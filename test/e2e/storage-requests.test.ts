// What a build asks of storage, of Azure and of the engine, counted: each costs money and time, and a thousand builds ask at once.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { after, before, test } from 'node:test';
import { DEFAULT_PROFILE } from '../../local/azure/profile/defaults.ts';
import { assertCounts } from '../support/counts.ts';
import { makeDefinition, sharedImage } from '../support/distribution.ts';
import { LocalKiln } from '../support/local-kiln.ts';
import { StorageRequests } from '../support/storage-requests.ts';
import { shell, template } from '../support/templates.ts';
import { armRequests, historyOf } from '../support/what-it-cost.ts';

/**
 * Of a build of one step and 20 regions, from its request to the end of its clean-up: 88 for the build, 11 for what is in its image
 * (log, inventory, index, trends), 3 for its provenance, and a tenth more. The goal is 100.
 */
const MOST = 118;
/** More for each second above this that the build takes: on a busy machine each wait is looked at more often. */
const [USUAL_SECONDS, MORE] = [4, 8];
/** Of them, reads of the run's document: 7; the rest is answered by what the process has just seen. */
const READS_OF_THE_RUN = 10;

const storage = new StorageRequests();
const hooks = createServer((request, response) => {
  request.resume().on('end', () => response.end());
  told.add(String(request.headers['webhook-id']));
});
/** Ids of the events that a listener heard of. */
const told = new Set<string>();
let kiln: LocalKiln;
/** Exchanges with ARM before the build. */
let already = 0;
before(async () => {
  await once(hooks.listen(0, '127.0.0.1'), 'listening');
  const { port } = hooks.address() as AddressInfo;
  const env = {
    ...storage.env,
    KILN_WEBHOOK_URL: `http://127.0.0.1:${port}/`,
    KILN_WEBHOOK_SECRET: randomBytes(32).toString('base64'),
  };
  kiln = await LocalKiln.start({ env, record: true });
});
after(async () => {
  hooks.close();
  await kiln.stop();
  storage.remove();
});

/** Without those of the machines, which have addresses of their own, and those of this test. */
const asked = () => storage.about('/kiln/').filter((line) => !/[?&]sig=/.test(line));

/** Without asking the API, whose answers cost requests too. */
async function untilQuiet(): Promise<void> {
  for (let quiet = 0, known = -1; quiet < 6;) {
    await sleep(500);
    const lines = asked();
    const isOver = lines.some((line) => line.startsWith('DELETE') && line.includes('/outbox/'));
    quiet = isOver && lines.length === known ? quiet + 1 : 0;
    known = lines.length;
  }
}

test('a build of one step for 20 regions asks storage about a hundred times', async (t) => {
  const regions = DEFAULT_PROFILE.locations.slice(0, 20);
  await makeDefinition(kiln, 'counted');
  await kiln.submit(
    'counted',
    template([shell('a', 'true')], [sharedImage(kiln.endpoints.subscriptionId, 'counted', { regions })]),
  );
  await sleep(2000);
  const before = asked().length;
  already = armRequests(kiln).lines;
  told.clear();
  await kiln.api('POST', `${kiln.templatePath}/counted/run`);
  await untilQuiet();
  const lines = asked().slice(before);
  const run = await kiln.ended('counted');
  assert.equal(run.state, 'Succeeded', run.message);
  const reads = lines.filter((line) => line.startsWith('GET') && line.includes('/run.json'));
  t.diagnostic(`${lines.length} requests, ${reads.length} of them read the run`);
  const seconds = (Date.parse(run.endTime) - Date.parse(run.startTime)) / 1000;
  const slow = Math.max(0, Math.round(seconds - USUAL_SECONDS)) * MORE;
  assert.ok(lines.length <= MOST + slow, `${lines.length} requests:\n${lines.join('\n')}`);
  assert.ok(reads.length <= READS_OF_THE_RUN + slow, `${reads.length} reads of the run`);
});

test('it asks Azure, tells listeners and leaves behind in the engine what is kept of it', async (t) => {
  const run = await kiln.ended('counted');
  const { writes, reads } = armRequests(kiln, already);
  const { instances, characters } = historyOf(kiln, run.id);
  assertCounts(t, 'one step, 20 regions, local', {
    'ARM requests that change something': writes,
    'ARM addresses that are looked at': reads,
    events: told.size,
    instances,
    'characters of history': characters,
  });
});
