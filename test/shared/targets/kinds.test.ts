// What holds for every kind of target: a new one is asked for a sample by the compiler, and for the rest by these tests.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { region } from '../../../shared/model/convert.ts';
import type { Distributor } from '../../../shared/model/template.ts';
import { kindOf, planTarget, toDistributor, type WireDistributor } from '../../../shared/targets/all.ts';

const GROUP = '/subscriptions/00000000-0000-4000-8000-000000000001/resourceGroups/images';
const HOME = region('westeurope');
const COMMON = { runOutputName: 'out', artifactTags: { team: 'web' } };
const galleryImageId = `${GROUP}/providers/Microsoft.Compute/galleries/g/images/web`;

const SAMPLES: { readonly [T in Distributor['type']]: readonly WireDistributor[] } = {
  ManagedImage: [
    {
      ...{ ...COMMON, type: 'ManagedImage', location: 'North Europe' },
      imageId: `${GROUP}/providers/Microsoft.Compute/images/web`,
    },
  ],
  SharedImage: [
    { ...COMMON, type: 'SharedImage', galleryImageId, targetRegions: [{ name: 'Japan East' }] },
    { ...COMMON, type: 'SharedImage', galleryImageId: `${galleryImageId}/versions/1.2.3` },
    { ...COMMON, type: 'SharedImage', galleryImageId, replicationMode: 'Shallow' },
  ],
  VHD: [
    { ...COMMON, type: 'VHD' },
    { ...COMMON, type: 'VHD', uri: 'https://a.blob.core.windows.net/v/a.vhd', copies: ['https://b/v/b.vhd'] },
  ],
};
const targets = Object.values(SAMPLES)
  .flat()
  .map((wire) => toDistributor(wire, HOME));
const world = {
  definitions: new Map(),
  now: new Date('2026-11-30T00:00:00Z'),
  template: { location: HOME, properties: { distribute: targets } },
};
const plans = targets.map((target, index) => planTarget(world, target, index));

/** Every text somewhere in a value. */
const textsIn = (value: unknown): string[] =>
  typeof value === 'string'
    ? [value]
    : typeof value === 'object' && value !== null
      ? Object.values(value).flatMap(textsIn)
      : [];

test('a plan keeps the type, the name, the place and the tags of its target', () => {
  for (const [index, { type, runOutputName, artifactTags }] of plans.entries()) {
    assert.deepEqual([type, runOutputName, artifactTags], [targets[index]?.type, 'out', { team: 'web' }]);
    assert.equal(plans[index]?.index, index);
  }
});

test('whatever a target or its plan names in Azure is among what it changes, and asks its caller for rights', () => {
  for (const target of [...targets, ...plans]) {
    const changed = kindOf(target)
      .changes(target)
      .map(({ id }) => id);
    const named = textsIn(target).filter((text) => /^(\/subscriptions\/|https?:)/i.test(text));
    for (const id of named) assert.ok(changed.includes(id), `${target.type}: ${id}`);
  }
});

test('whatever region a target names is among its places, unless it is the one of the template', () => {
  const known = ['northeurope', 'japaneast', 'westeurope'];
  for (const target of targets) {
    const places = kindOf(target)
      .places(target, HOME, {})
      .map(({ name }) => String(name));
    const named = textsIn(target).filter((text) => known.includes(text));
    for (const name of named) assert.ok([...places, 'westeurope'].includes(name), `${target.type}: ${name}`);
  }
});
