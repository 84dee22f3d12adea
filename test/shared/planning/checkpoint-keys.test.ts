import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { checkpointKeys, type KeyBase } from '../../../shared/planning/checkpoint-keys.ts';
import type { Customizer } from '../../../shared/model/template.ts';

/** Steps of which no two are the same, in all the ways in which steps can differ. */
const digests = fc.constantFrom('a'.repeat(64), 'b'.repeat(64), 'c'.repeat(64));
const options = fc.record(
  {
    arguments: fc.array(fc.string(), { minLength: 1, maxLength: 2 }),
    environment: fc.dictionary(fc.constantFrom('A', 'B'), fc.string(), { minKeys: 1 }),
    runIf: fc.string({ minLength: 1 }),
    secrets: fc.dictionary(fc.constantFrom('S', 'T'), fc.constantFrom('id-1', 'id-2'), { minKeys: 1 }),
    runAs: fc.constantFrom('web', 'db'),
  },
  { requiredKeys: [] },
);
const name = fc.constantFrom('one', 'two');
const step: fc.Arbitrary<any> = fc.oneof(
  fc
    .tuple(name, fc.array(fc.string(), { minLength: 1, maxLength: 2 }), options)
    .map(([name, lines, more]) => ({
      type: 'Shell',
      name,
      script: { kind: 'inline', lines },
      ...more,
    })),
  fc.tuple(name, digests, options).map(([name, sha256, more]) => ({
    type: 'Shell',
    name,
    script: { kind: 'uri', uri: 'https://x/y', sha256 },
    ...more,
  })),
  fc
    .tuple(name, digests, fc.constantFrom('/etc/y', '/srv/y'), fc.constantFrom(undefined, '0755'))
    .map(([name, sha256, destination, mode]) => ({
      type: 'File',
      name,
      sha256,
      sourceUri: 'https://x/y',
      destination,
      ...(mode && { mode }),
    })),
  name.map((name) => ({ type: 'LinuxRestart', name, restartTimeout: 300 })),
);
const steps = fc.array(step, { minLength: 1, maxLength: 5 });

const SOURCE: any = {
  image: { kind: 'marketplace', publisher: 'Debian', offer: 'debian-12', sku: '12-gen2', version: '12.1.0' },
  generation: 'V2',
  osType: 'Linux',
  architecture: 'x64',
  description: 'Debian:debian-12:12-gen2:12.1.0',
};

function base(customize: readonly Customizer[], more: Partial<KeyBase> = {}): KeyBase {
  const ref = { subscriptionId: 's', resourceGroup: 'images', name: 'web' };
  const properties: any = { customize, vmProfile: { osDiskSizeGB: 0, userAssignedIdentities: [] } };
  return {
    template: { ref, location: 'westeurope' as any, properties },
    source: SOURCE,
    parameters: {},
    ...more,
  };
}

const content = (one: any) =>
  JSON.stringify(one, (_key, value: unknown) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  );

test('steps that are the same up to a place, and only those, have the same key there', () => {
  fc.assert(
    fc.property(steps, steps, (one, other) => {
      const [keys, others] = [checkpointKeys(base(one)), checkpointKeys(base(other))];
      for (let at = 0; at < Math.max(one.length, other.length); at++) {
        const isSame =
          content(one.slice(0, at + 1)) === content(other.slice(0, at + 1)) &&
          at < Math.min(one.length, other.length);
        assert.equal(keys[at] !== undefined && keys[at] === others[at], isSame);
      }
      assert.equal(new Set(keys).size, keys.length);
    }),
    { numRuns: 400 },
  );
});

test('one changed, added, removed or swapped step changes its key and all after it, and none before', () => {
  fc.assert(
    fc.property(
      steps,
      step,
      fc.nat(),
      fc.constantFrom('change', 'add', 'remove', 'swap'),
      (all, given, where, what) => {
        const at = where % all.length;
        const next =
          what === 'change'
            ? all.with(at, given)
            : what === 'add'
              ? all.toSpliced(at, 0, given)
              : what === 'remove'
                ? all.toSpliced(at, 1)
                : all.with(at, all[0]).with(0, all[at]);
        const first = all.findIndex((one, index) => content(one) !== content(next[index] ?? null));
        const [keys, changed] = [checkpointKeys(base(all)), checkpointKeys(base(next))];
        const differs = first < 0 ? all.length : first;
        assert.deepEqual(changed.slice(0, differs), keys.slice(0, differs));
        for (const key of keys.slice(differs)) assert.ok(!changed.includes(key));
      },
    ),
    { numRuns: 400 },
  );
});

const SHELL: any = { type: 'Shell', name: 'one', script: { kind: 'inline', lines: ['true'] } };
const keyOf = (more: Partial<KeyBase> = {}, one: any = SHELL) => checkpointKeys(base([one], more))[0];
const withTemplate = (change: (template: any) => void): Partial<KeyBase> => {
  const template: any = structuredClone(base([SHELL]).template);
  change(template);
  return { template };
};

for (const [what, more] of Object.entries<Partial<KeyBase>>({
  'the version of the source': { source: { ...SOURCE, description: 'Debian:debian-12:12-gen2:12.2.0' } },
  'the image of the source': { source: { ...SOURCE, image: { kind: 'resource', id: '/images/x' } } },
  'its generation': { source: { ...SOURCE, generation: 'V1' } },
  'its processor': { source: { ...SOURCE, architecture: 'Arm64' } },
  'a parameter': { parameters: { channel: 'beta' } },
  'the size of the disk': withTemplate((template) => (template.properties.vmProfile.osDiskSizeGB = 64)),
  'the identities': withTemplate(
    (template) => (template.properties.vmProfile.userAssignedIdentities = ['/id']),
  ),
  'the region': withTemplate((template) => (template.location = 'northeurope')),
  'the template': withTemplate((template) => (template.ref.name = 'other')),
}))
  test(`another key comes of another value of ${what}`, () => assert.notEqual(keyOf(more), keyOf()));

test('parameters count whatever order they came in', () => {
  assert.equal(keyOf({ parameters: { a: '1', b: '2' } }), keyOf({ parameters: { b: '2', a: '1' } }));
  assert.notEqual(keyOf({ parameters: { a: '1', b: '2' } }), keyOf({ parameters: { a: '2', b: '1' } }));
});

test('a mark, a retry and a time limit change nothing of the machine, and no key', () => {
  const marked = {
    ...SHELL,
    checkpoint: { days: 7 },
    retry: { attempts: 2, pauseSeconds: 1 },
    timeoutSeconds: 60,
  };
  assert.equal(keyOf({}, marked), keyOf());
});

test('where a script comes from does not count, what it says does', () => {
  const from = (uri: string, sha256 = 'a'.repeat(64)) => ({ ...SHELL, script: { kind: 'uri', uri, sha256 } });
  assert.equal(keyOf({}, from('https://x/a?sig=1')), keyOf({}, from('https://y/b?sig=2')));
  assert.notEqual(keyOf({}, from('https://x/a')), keyOf({}, from('https://x/a', 'b'.repeat(64))));
});

test('from the first step on whose content is not known there is no key', () => {
  const unknown: any = { ...SHELL, script: { kind: 'uri', uri: 'https://x/y' } };
  const keys = checkpointKeys(base([SHELL, unknown, SHELL]));
  assert.deepEqual(
    keys.map((key) => key !== undefined),
    [true, false, false],
  );
});
