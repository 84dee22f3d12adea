import assert from 'node:assert/strict';
import { test } from 'node:test';
import { homeOf } from '../../../shared/targets/shared-image/home.ts';

const of = (...names: string[]) => ({ targetRegions: names.map((name) => ({ name })) }) as never;
const home = (targets: never, build: string, definition: string) =>
  homeOf(targets, build as never, definition);

test('a version that goes to the region of the build, beside others, is made there', () => {
  assert.equal(home(of('eastus', 'westeurope'), 'westeurope', 'eastus'), undefined);
});

test('one that does not is made in the region of its definition, if it goes there', () => {
  assert.equal(home(of('northeurope', 'eastus'), 'westeurope', 'eastus'), 'eastus');
  assert.equal(home(of('northeurope'), 'westeurope', 'eastus'), undefined);
});
