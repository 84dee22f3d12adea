import assert from 'node:assert/strict';
import { test } from 'node:test';
import { planProblems } from '../../../shared/planning/plan-problems.ts';
import { planWarnings } from '../../../shared/planning/plan-warnings.ts';
import type { World } from '../../../shared/planning/world.ts';
import { aBody, aTemplate, aWorld } from './world.ts';

const body = aBody();
const used = (...usages: [string, number, number][]): World => ({
  ...aWorld(body),
  usages: { there: usages.map(([name, inUse, limit]) => ({ name, used: inUse, limit })) },
});

test('a quota that is not enough now is a warning at the submission, and no refusal', () => {
  const world = used(['cores', 99, 100], ['standardDSv5Family', 9, 10]);
  assert.deepEqual(planProblems(aTemplate(body), world), []);
  const [region = '', family = '', ...more] = planWarnings(aTemplate(body), world);
  assert.match(
    region,
    /^Standard_D2s_v5 needs 2 vCPUs in westeurope, and of quota "cores" 99 of 100 are in use now\./,
  );
  assert.match(family, /"standardDSv5Family" 9 of 10/);
  assert.deepEqual(more, []);
});

test('a quota that holds the machine says nothing, nor does one that is not known', () => {
  assert.deepEqual(planWarnings(aTemplate(body), used(['cores', 98, 100])), []);
  assert.deepEqual(planWarnings(aTemplate(body), { ...aWorld(body), usages: 'unknown' }), []);
  assert.deepEqual(planWarnings(aTemplate(body), { ...used(['cores', 99, 100]), sizes: 'unknown' }), []);
});

test('without a size in the template it is that of the one that a run tries first', () => {
  const written = aBody();
  written.properties.vmProfile.vmSize = '';
  const [warning = ''] = planWarnings(aTemplate(written), used(['standardDDSv4Family', 10, 10]));
  assert.match(warning, /^Standard_D2ds_v4 needs 2 vCPUs/);
});

test('an image that its publisher takes away is told at the submission as well', () => {
  const world = aWorld(body);
  const source = { ...(world.source ?? assert.fail()), warning: 'It goes on 2027-01-01.' };
  assert.deepEqual(planWarnings(aTemplate(body), { ...world, source }), ['It goes on 2027-01-01.']);
});
