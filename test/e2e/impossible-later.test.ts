// Every template of the table of impossible ones, on simulated machines: accepted, made impossible, and ended in resolve;
// then submitted as it is, and refused. What one cannot be made impossible by is written as an older release accepted it.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { inParallel } from '../../shared/parallel.ts';
import { changeWorld, Place, profileOf, surroundings } from '../support/made-impossible.ts';
import { LocalKiln } from '../support/local-kiln.ts';
import { WORLD_CHANGES } from '../support/world-changes.ts';
import { IMPOSSIBLE } from '../shared/planning/impossible.ts';

const CASES = IMPOSSIBLE.map((entry, index) => ({ ...entry, index, change: WORLD_CHANGES[entry.name] }));
type Case = (typeof CASES)[number] & { place: Place };

let kiln: LocalKiln;
let cases: Case[];
const world = surroundings(CASES.map(({ index }) => `case-${index}`));
/** Lines of the record before anything was impossible. */
let recorded = 0;

before(async () => {
  kiln = await LocalKiln.start({ record: true, profile: profileOf(world) });
  cases = CASES.map((one) => ({ ...one, place: new Place(kiln, one.index) }));
  await inParallel(cases, makeReady);
  await inParallel(cases, accept);
  await inParallel(cases, ({ change, place }) => change?.happens?.(place) ?? Promise.resolve());
  for (const { change, place } of cases) change?.world?.(world, place);
  changeWorld(kiln, world);
  await inParallel(cases, async ({ change, place, body }) => {
    if (body !== undefined && (change === undefined || change.rewritten))
      await place.rewrite(place.body(body));
  });
  recorded = record().length;
});
after(() => kiln.stop());

function record(): { method: string; url: string }[] {
  const lines = readFileSync(kiln.recordFile, 'utf8').trimEnd().split('\n');
  return lines.map((line) => JSON.parse(line).request);
}

async function makeReady({ place, change }: Case): Promise<void> {
  await place.makeGroup(place.group);
  await place.makeGroup(place.home);
  await place.put(place.id('Microsoft.Compute/galleries/goldens'), '2023-07-03', { location: 'westeurope' });
  await place.makeDefinition();
  await place.makeNetwork();
  await change?.ready?.(place);
}

/** What the template says while it can be built. */
function bodyBefore({ place, change }: Case): unknown {
  return place.body((body) => change?.before?.(body, place));
}

/** Sixty that are asked for at short intervals would be most of what the host does. */
const looked = async <T>(what: string, look: () => Promise<T | undefined>): Promise<T> =>
  await kiln.until(what, async () => {
    await setTimeout(250);
    return await look();
  });

async function submit({ place }: Case, name: string, body: unknown): Promise<any> {
  const put = await kiln.api('PUT', place.template(name), body);
  if (put.status !== 201) return put.body.error;
  const url = put.headers.get('azure-asyncoperation') ?? '';
  const ended = await looked('the submission', async () => {
    const { body: operation } = await kiln.api('GET', url);
    return operation.status === 'InProgress' ? undefined : operation;
  });
  return ended.error;
}

async function accept(one: Case): Promise<void> {
  const error = await submit(one, 'web', bodyBefore(one));
  assert.equal(error, undefined, `${one.name}: ${JSON.stringify(error)}`);
}

const said = ({ details = [] }: any): string[] => details.map(({ code, target }: any) => `${code} ${target}`);

describe('made impossible after its submission, it ends in resolve', { concurrency: 12 }, () => {
  for (const { name, says, index, change } of CASES)
    test(name, async () => {
      const { place } = cases[index] ?? assert.fail();
      const started = await kiln.api('POST', `${place.template()}/run`);
      assert.equal(started.status, 202, JSON.stringify(started.body));
      const run = await looked('the end of the run', async () => {
        const { body } = await kiln.api('GET', `${place.template()}/runs`);
        return body.value?.[0]?.endTime === undefined ? undefined : body.value[0];
      });
      assert.equal(run.state, 'Failed', run.message);
      assert.deepEqual(said(run.error), change?.says?.(place) ?? says);
      assert.equal(run.stagingGroup, undefined);
      const { body } = await kiln.api('GET', `${place.template()}/runs/${run.id}/timeline`);
      assert.deepEqual([...new Set(body.value.map(({ phase }: any) => phase))], ['resolve']);
    });
});

describe('submitted as it is then, it is refused', { concurrency: 12 }, () => {
  for (const { name, says, index } of CASES)
    test(name, async () => {
      const one = cases[index] ?? assert.fail();
      const { change, place } = one;
      const isOld = one.body !== undefined && (change === undefined || change.rewritten === true);
      const error = await submit(one, 'again', isOld ? place.body(one.body) : bodyBefore(one));
      if (says[0] === 'ResourceGroupNotFound ') assert.equal(error?.code, 'ResourceGroupNotFound');
      else assert.deepEqual(said(error), change?.says?.(place) ?? says);
    });
});

test('from then on Azure was only read: nothing was built of any of them', () => {
  const asked = record().slice(recorded);
  assert.ok(asked.length > CASES.length, String(asked.length));
  assert.deepEqual([...new Set(asked.map(({ method }) => method))], ['GET']);
});
