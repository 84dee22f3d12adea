import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { planBatches } from '../../../shared/planning/plan-batches.ts';
import type { StepBatch, StepPlan } from '../../../shared/model/plan.ts';
import type { Customizer, TemplateProperties } from '../../../shared/model/template.ts';

const shell = (more: object = {}): Customizer => ({
  type: 'Shell',
  name: 'a',
  script: { kind: 'inline', lines: ['true'] },
  ...more,
});
const restart: Customizer = { type: 'LinuxRestart', name: 'restart', restartTimeout: 300 };
const file: Customizer = { type: 'File', name: 'file', sourceUri: 'https://x/y', destination: '/etc/y' };

type Wishes = {
  readonly validators?: readonly Customizer[];
  readonly inventory?: true;
  readonly osType?: 'Windows';
  readonly marks?: readonly number[];
};

function batchesOf(
  customize: readonly Customizer[],
  { validators = [], inventory, osType = 'Linux' as never, marks = [] }: Wishes = {},
) {
  const properties = { customize, validate: { validators } } as unknown as TemplateProperties;
  const plans = [...customize, ...validators].map((step, index): StepPlan => {
    const place = index < customize.length ? { phase: 'customize' } : { phase: 'validate' };
    const machine = index < customize.length ? 'build' : 'validate';
    const kind = step.type === 'LinuxRestart' ? 'restart' : 'command';
    return { index, name: step.name, kind, log: '', timeoutSeconds: 60, machine, ...place } as StepPlan;
  });
  const planned = planBatches(plans, properties, { osType, marks, ...(inventory && { inventory }) });
  return planned.batches?.map(
    ({ first, count, listing }) => `${first}+${count}${listing ? ' and lists' : ''}`,
  );
}

test('consecutive plain Shell steps share a command, and what is between them parts them', () => {
  assert.deepEqual(batchesOf([shell(), shell(), restart, shell(), shell(), file, shell()]), ['0+2', '3+2']);
  assert.equal(batchesOf([shell(), restart, shell()]), undefined);
});

test('a command ends where the machine is kept', () => {
  const five = [shell(), shell(), shell(), shell(), shell()];
  assert.deepEqual(batchesOf(five, { marks: [1] }), ['0+2', '2+3']);
  assert.deepEqual(batchesOf(five, { marks: [0, 3] }), ['1+3']);
});

for (const [what, step] of Object.entries({
  'is tried again': shell({ retry: { attempts: 2, pauseSeconds: 1 } }),
  'gets secrets': shell({ secrets: { A: 'id' } }),
  'has a time of its own': shell({ timeoutSeconds: 60 }),
  'has a condition': shell({ runIf: 'true' }),
}))
  test(`a step that ${what} has a command of its own`, () => {
    assert.deepEqual(batchesOf([shell(), shell(), step, shell(), shell()]), ['0+2', '3+2']);
    assert.equal(batchesOf([shell(), step, shell()]), undefined);
  });

test('steps of one account go together, and those of another apart', () => {
  const web = shell({ runAs: 'web' });
  assert.deepEqual(batchesOf([shell(), web, web, shell()]), ['1+2']);
});

test('the last customizers list what is in the machine, also when they are one', () => {
  assert.deepEqual(batchesOf([shell()], { inventory: true }), ['0+1 and lists']);
  assert.deepEqual(batchesOf([shell(), shell(), restart, shell()], { inventory: true }), [
    '0+2',
    '3+1 and lists',
  ]);
  assert.equal(batchesOf([shell(), restart], { inventory: true }), undefined);
});

test('validators share a command of their own machine, which lists nothing', () => {
  const validators = [shell(), shell()];
  assert.deepEqual(batchesOf([shell()], { validators, inventory: true }), ['0+1 and lists', '1+2']);
});

test('on Windows each step has its own command', () => {
  assert.equal(batchesOf([shell(), shell()], { osType: 'Windows', inventory: true }), undefined);
});

test('a command takes exactly as much as its limits say, and what is more goes into the next', () => {
  const script = (text: string) => shell({ script: { kind: 'inline', lines: [text] } });
  assert.deepEqual(batchesOf(Array.from({ length: 21 }, () => shell())), ['0+20']);
  assert.deepEqual(batchesOf(Array.from({ length: 22 }, () => shell())), ['0+20', '20+2']);
  // Each line has its end: 16 KiB twice is all that there is room for.
  const half = script('x'.repeat(16 * 1024 - 1));
  assert.deepEqual(batchesOf([half, half]), ['0+2']);
  assert.equal(batchesOf([half, script('x'.repeat(16 * 1024))]), undefined);
  const named = (count: number, more: object = {}) =>
    shell({
      environment: Object.fromEntries(Array.from({ length: count }, (_, nth) => [`A${nth}`, ''])),
      ...more,
    });
  assert.deepEqual(batchesOf([named(100), named(100)]), ['0+2']);
  assert.equal(batchesOf([named(100), named(101)]), undefined);
  assert.equal(batchesOf([named(100), named(100, { arguments: ['a'] })]), undefined);
});

test('the values of arguments and environments are part of what a command takes, those of a file are not known', () => {
  const large = 'x'.repeat(20_000);
  assert.equal(batchesOf([shell({ arguments: [large] }), shell({ environment: { A: large } })]), undefined);
  const file = shell({ script: { kind: 'uri', uri: 'https://x/y.sh' } });
  assert.deepEqual(batchesOf([file, file]), ['0+2']);
});

test('whatever the steps are, no batch is larger than a command takes, and none has a step twice', () => {
  const step = fc.oneof(
    fc
      .record({ lines: fc.integer({ min: 0, max: 20_000 }), variables: fc.integer({ min: 0, max: 120 }) })
      .map(({ lines, variables }) =>
        shell({
          script: { kind: 'inline', lines: ['x'.repeat(lines)] },
          environment: Object.fromEntries(Array.from({ length: variables }, (_, nth) => [`A${nth}`, '1'])),
        }),
      ),
    fc.constant(restart),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 50 }), (steps) => {
      const properties = { customize: steps } as unknown as TemplateProperties;
      const plans = steps.map((_, index) => ({ index, phase: 'customize', machine: 'build' }) as StepPlan);
      const { batches = [] } = planBatches(plans, properties, { osType: 'Linux', inventory: true });
      let next = 0;
      for (const batch of batches) {
        assert.ok(batch.first >= next && batch.count <= 20);
        next = batch.first + batch.count;
        assert.ok(batch.count === 1 || sizes(batch, steps).bytes <= 32 * 1024);
        assert.ok(batch.count === 1 || sizes(batch, steps).variables <= 200);
        assert.ok(steps.slice(batch.first, next).every(({ type }) => type === 'Shell'));
      }
    }),
  );
});

function sizes({ first, count }: StepBatch, steps: readonly Customizer[]) {
  const own = steps.slice(first, first + count).flatMap((step) => (step.type === 'Shell' ? [step] : []));
  const bytes = own.map(({ script }) => (script.kind === 'inline' ? script.lines.join('').length : 0));
  const variables = own.map(({ environment = {} }) => Object.keys(environment).length);
  const sum = (numbers: number[]) => numbers.reduce((total, one) => total + one, 0);
  return { bytes: sum(bytes), variables: sum(variables) };
}
