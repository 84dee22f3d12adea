import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkpointKeys } from '../../../shared/planning/checkpoint-keys.ts';
import {
  type Keeping,
  markedSteps,
  planCheckpoints,
  savedInWords,
  withCheckpoint,
} from '../../../shared/planning/checkpoints.ts';
import { planWarnings } from '../../../shared/planning/plan-warnings.ts';
import type { Checkpoint } from '../../../shared/model/documents/checkpoints.ts';
import { resourceId, runId } from '../../../shared/model/convert.ts';
import type { ResolvedSource } from '../../../shared/model/plan.ts';
import { aBody, aTemplate, aWorld } from './world.ts';

const NOW = new Date('2026-11-30T12:00:00Z');
const DAY = 24 * 3_600_000;
const at = (ms: number) => new Date(NOW.getTime() + ms).toISOString();

const script = (more: object = {}) => ({ type: 'Shell', name: 'a', inline: ['true'], ...more });
const kept = (more: object = {}) => script({ checkpoint: {}, ...more });
function templateOf(customize: object[]) {
  const body = aBody();
  body.properties.customize = customize;
  return { body, template: aTemplate(body) };
}
const PLAN = {
  source: { image: { kind: 'resource', id: resourceId('/images/x') }, osType: 'Linux' } as ResolvedSource,
  security: 'Standard',
  keepStagingGroup: false,
} as const;
const marksOf = (customize: object[], plan: object = {}) =>
  markedSteps(templateOf(customize).template, { ...PLAN, ...plan });

test('a marked step is kept after, when a script comes after it', () => {
  assert.deepEqual(marksOf([kept(), script(), kept(), script()]).marks, [0, 2]);
  const restart = { type: 'LinuxRestart', name: 'r' };
  for (const customize of [
    [script(), kept()],
    [kept(), restart],
  ]) {
    const { marks, leftOut } = marksOf(customize);
    assert.deepEqual(marks, []);
    assert.match(leftOut[0]?.why ?? '', /no step with a script comes after it/);
  }
});

const SECRETS = { TOKEN: 'https://build.vault.azure.net/secrets/token' };

test('nothing is kept after a step with secrets, its own included, unless the mark says so', () => {
  assert.deepEqual(marksOf([kept(), script({ secrets: SECRETS }), kept(), script()]).marks, [0]);
  const { marks, leftOut } = marksOf([kept({ name: 'login', secrets: SECRETS }), script()]);
  assert.deepEqual(marks, []);
  assert.match(leftOut[0]?.why ?? '', /^"login" has secrets.*afterSecrets: true/);
  const allowed = { afterSecrets: true };
  assert.deepEqual(
    marksOf([script({ secrets: SECRETS }), kept({ checkpoint: allowed }), script()]).marks,
    [1],
  );
});

for (const [what, plan, why] of [
  ['Windows', { source: { ...PLAN.source, osType: 'Windows' } }, /Windows/],
  ['an ISO', { source: { ...PLAN.source, image: { kind: 'iso', sha256: 'x' } } }, /ISO/],
  ['a specialized image', { specialized: true }, /identity/],
  ['a trusted launch machine', { security: 'TrustedLaunch' }, /trusted launch/],
  ['data disks', { dataDisks: [{ lun: 0, sizeGB: 4 }] }, /data disks/],
  ['a staging group of the team', { keepStagingGroup: true }, /staging group/],
] as const)
  test(`${what} is built without checkpoints, and that is told`, () => {
    const { marks, leftOut } = marksOf([kept(), script()], plan);
    assert.deepEqual(marks, []);
    assert.match(leftOut[0]?.why ?? '', why);
  });

test('what is marked and not kept is a warning at the submission', () => {
  const { body, template } = templateOf([script(), kept({ name: 'end' })]);
  assert.deepEqual(planWarnings(template, aWorld(body)), [
    'No checkpoint is made after "end": no step with a script comes after it.',
  ]);
});

function keeping(more: Partial<Keeping> = {}): Keeping {
  const { template } = templateOf([kept(), kept({ inline: ['2'] }), script()]);
  return {
    ...{ template, source: PLAN.source, parameters: {}, marks: [0, 1], noCache: false },
    ...{ runId: 'run', now: NOW, book: undefined },
    ...more,
  };
}
const keys = checkpointKeys(keeping());
const stored = (key = '', more: Partial<Checkpoint> = {}): Checkpoint => ({
  ...{
    key,
    snapshotId: resourceId(`/snapshots/${key.slice(0, 4)}`),
    runId: runId('11111111-1111-4111-8111-111111111111'),
  },
  ...{ savedAt: at(-DAY), expires: at(DAY), seconds: 360 },
  ...more,
});
const book = (...checkpoints: Checkpoint[]) => ({ schema: 1, checkpoints }) as const;

test('a run begins with the last checkpoint that there is, and could keep all in case none comes of it', () => {
  const planned = planCheckpoints(keeping({ book: book(stored(keys[0]), stored(keys[1])) }));
  assert.equal(planned?.from?.after, 1);
  assert.deepEqual(
    planned?.keep.map(({ after }) => after),
    [0, 1],
  );
  const first = planCheckpoints(keeping({ book: book(stored(keys[0])) }));
  assert.equal(first?.from?.after, 0);
});

test('without one, or when none is wanted, it begins with the source and keeps all', () => {
  for (const more of [
    {},
    { book: book() },
    { book: book(stored('another')) },
    { book: book(stored(keys[0])), noCache: true },
  ]) {
    const planned = planCheckpoints(keeping(more));
    assert.equal(planned?.from, undefined);
    assert.deepEqual(
      planned?.keep.map(({ after }) => after),
      [0, 1],
    );
    assert.equal(planned?.expires, at(7 * DAY));
  }
});

test('one that goes within the hour is not begun with', () => {
  const late = book(stored(keys[1], { expires: at(3_500_000) }), stored(keys[0]));
  assert.equal(planCheckpoints(keeping({ book: late }))?.from?.after, 0);
});

test('a newer checkpoint of the same key takes the place of the older, whose run is let go when none of its is left', () => {
  const other = runId('22222222-2222-4222-8222-222222222222');
  const before = book(
    stored('a'),
    stored('b'),
    stored('c', { runId: other }),
    stored('d', { expires: at(-1) }),
  );
  const once = withCheckpoint(before, stored('c'), NOW);
  assert.deepEqual(
    once.book.checkpoints.map(({ key }) => key),
    ['c', 'a', 'b'],
  );
  assert.deepEqual(once.dropped, [other]);
  assert.deepEqual(withCheckpoint(before, stored('a', { runId: other }), NOW).dropped, []);
});

test('a template keeps ten, and the oldest go first', () => {
  let now = book();
  for (let nth = 0; nth < 12; nth++) {
    const id = runId(`${String(nth).padStart(8, '0')}-1111-4111-8111-111111111111`);
    const next = withCheckpoint(now, stored(`k${nth}`, { runId: id }), NOW);
    assert.equal(next.dropped.length, nth < 10 ? 0 : 1);
    now = next.book as typeof now;
  }
  assert.equal(now.checkpoints.length, 10);
});

test('what is saved is told in seconds, and from a minute and a half on in minutes', () => {
  const steps: any = [
    { index: 0, name: 'one', phase: 'customize' },
    { index: 1, name: 'two', phase: 'customize' },
    { index: 2, name: 'check', phase: 'validate' },
  ];
  assert.equal(savedInWords({ steps }, { after: 0, seconds: 45 }), 'after step 1 of 2, "one", saved 45 s');
  assert.equal(savedInWords({ steps }, { after: 1, seconds: 360 }), 'after step 2 of 2, "two", saved 6 min');
});
