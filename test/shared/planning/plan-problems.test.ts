import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KilnError } from '../../../shared/errors/failure.ts';
import { planProblems } from '../../../shared/planning/plan-problems.ts';
import { assertNone, type Problem } from '../../../shared/model/problem.ts';
import type { World } from '../../../shared/planning/world.ts';
import { runId } from '../../../shared/model/convert.ts';
import { IMPOSSIBLE } from './impossible.ts';
import type { Impossible } from './impossible-parts.ts';
import { aBody, aSize, aTemplate, aWorld, DEFINITION, IMAGE, OTHER, SUBSCRIPTION } from './world.ts';

const RUN = runId('11111111-0000-4000-8000-000000000001');

function problemsOf(
  { body, world }: Pick<Impossible, 'body' | 'world'>,
  more: Partial<World> = {},
): Problem[] {
  const written = aBody();
  body?.(written);
  const before = { ...aWorld(written), ...more };
  return planProblems(aTemplate(written), { ...before, ...world?.(before) });
}

const said = (problems: readonly Problem[]): string[] =>
  problems.map(({ code, target }) => `${code} ${target}`);

test('a template that can be built has no problem, at its submission and at its run', () => {
  assert.deepEqual(problemsOf({}), []);
  assert.deepEqual(problemsOf({}, { runId: RUN }), []);
});

test('the table has the sixty templates that it promises', () => {
  assert.ok(IMPOSSIBLE.length >= 60, String(IMPOSSIBLE.length));
  assert.equal(new Set(IMPOSSIBLE.map(({ name }) => name)).size, IMPOSSIBLE.length);
});

for (const impossible of IMPOSSIBLE)
  test(`cannot be built: ${impossible.name}`, () => {
    const problems = problemsOf(impossible);
    assert.deepEqual(said(problems), impossible.says);
    for (const { why, remedy } of problems) assert.match(`${why} ${remedy}`.trim(), /[.?]$/);
    assert.throws(
      () => assertNone(problems),
      ({ failure }: KilnError) => {
        assert.match(failure.message, impossible.words);
        assert.deepEqual(
          failure.details?.map(({ code, target }) => `${code} ${target}`),
          impossible.says,
        );
        return true;
      },
    );
    // What has become impossible since the submission ends the run in the same words.
    assert.deepEqual(problemsOf(impossible, { runId: RUN }), problems);
  });

test('a quota that is used up stops a run, and no submission', () => {
  const world = () => ({ usages: { there: [{ name: 'cores', used: 99, limit: 100 }] } });
  assert.deepEqual(problemsOf({ world }), []);
  assert.deepEqual(said(problemsOf({ world }, { runId: RUN })), [
    'QuotaExceeded /properties/vmProfile/vmSize',
  ]);
});

test('a version that the template made stops its next run, and no submission of the same again', () => {
  const made = { there: { tags: { 'Kiln-Template': 'images/WEB' } } };
  const impossible = {
    body: (body: any) => (body.properties.distribute[1].versioning = { scheme: 'Exact', version: '3.0.0' }),
    world: () => ({ versions: new Map([[`${DEFINITION}/versions/3.0.0`.toLowerCase(), made]]) }),
  };
  assert.deepEqual(problemsOf(impossible), []);
  assert.deepEqual(said(problemsOf(impossible, { runId: RUN })), [
    'VersionExists /properties/distribute/1/versioning/version',
  ]);
});

test('an image that the template made is replaced, and any other when the target says so', () => {
  const there = (tags: Record<string, string>) => () => ({
    images: new Map([[IMAGE.toLowerCase(), { there: { tags } }]]),
  });
  assert.deepEqual(problemsOf({ world: there({ 'kiln-template': `${SUBSCRIPTION}/Images/web` }) }), []);
  // As 0.1.0 wrote it, in the template's own subscription.
  assert.deepEqual(problemsOf({ world: there({ 'kiln-template': 'Images/web' }) }), []);
  assert.deepEqual(said(problemsOf({ world: there({ 'kiln-template': `${OTHER}/images/web` }) })), [
    'NotOurs /properties/distribute/0/imageId',
  ]);
  const body = (written: any) => (written.properties.distribute[0].replace = true);
  assert.deepEqual(problemsOf({ body, world: there({ createdBy: 'Packer' }) }), []);
});

test('what may not be read is no reason against a template', () => {
  const unknown = 'unknown' as const;
  const world = () => ({
    home: unknown,
    regions: unknown,
    sizes: unknown,
    usages: unknown,
    subnet: unknown,
    stagingGroup: unknown,
    groups: new Map(),
    images: new Map([[IMAGE.toLowerCase(), unknown]]),
    versions: new Map(),
  });
  const body = (written: any) => (written.properties.vmProfile.vmSize = 'Standard_Unheard_of');
  assert.deepEqual(problemsOf({ body, world }), []);
});

test('one default size that can be had is enough', () => {
  const body = (written: any) => (written.properties.vmProfile.vmSize = '');
  const world = () => ({ sizes: { there: new Map([aSize('Standard_B2ms')]) } });
  assert.deepEqual(problemsOf({ body, world }), []);
});
