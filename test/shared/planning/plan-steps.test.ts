import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Customizer, TemplateProperties, Validation } from '../../../shared/model/template.ts';
import { misplacedSteps, planSteps } from '../../../shared/planning/plan-steps.ts';

const shell = (name: string): Customizer => ({
  type: 'Shell',
  name,
  script: { kind: 'inline', lines: ['true'] },
});
const powerShell = (name: string): Customizer =>
  ({ ...shell(name), type: 'PowerShell', runElevated: false, runAsSystem: false }) as unknown as Customizer;

const cleanup = { onCustomizerError: 'cleanup', onValidationError: 'cleanup', leaseMinutes: 60 } as const;

function properties(
  customize: readonly Customizer[],
  validators: readonly Customizer[] = [],
  more: Partial<Validation> = {},
) {
  const validate = { continueDistributeOnFailure: false, sourceValidationOnly: false, validators, ...more };
  return {
    customize,
    buildTimeoutInMinutes: 10,
    errorHandling: cleanup,
    hygieneByDefault: 'warn',
    validate,
  } as unknown as TemplateProperties;
}

function planned(wanted: TemplateProperties, bootable = true) {
  const where = { bootable, specialized: false, byDefault: false, inSmokeBoots: false };
  const { steps, ...rest } = planSteps(wanted, where);
  const brief = steps.map(({ index, name, phase, machine }) => `${index} ${name}: ${phase} in ${machine}`);
  return { brief, steps, ...rest };
}

test('validators are numbered after the customizers, and run in the machine that boots the image', () => {
  const { brief, steps } = planned(properties([shell('a'), shell('b')], [shell('v')]));
  assert.deepEqual(brief, [
    '0 a: customize in build',
    '1 b: customize in build',
    '2 v: validate in validate',
  ]);
  assert.equal(new Set(steps.map(({ log }) => log)).size, 3);
});

test('where nothing can boot the image, they run in the machine of the build', () => {
  const { brief } = planned(properties([shell('a')], [shell('v')]), false);
  assert.deepEqual(brief, ['0 a: customize in build', '1 v: validate in build']);
});

test('a wish to validate the source alone runs no customizer, and the numbers stay those of the template', () => {
  const source = properties([shell('a'), shell('b')], [shell('v')], { sourceValidationOnly: true });
  const { brief, validation } = planned(source);
  assert.equal(validation?.on, 'source');
  assert.deepEqual(brief, ['2 v: validate in build']);
});

test('a step without a limit of its own has that of the build', () => {
  assert.equal(planned(properties([shell('a')])).steps[0]?.timeoutSeconds, 600);
});

test('machines are kept after exactly those failures that the template names', () => {
  const kept = (more: object) => {
    const wanted = { ...properties([]), errorHandling: { ...cleanup, ...more } };
    return planned(wanted).keep;
  };
  assert.equal(kept({}), undefined);
  assert.equal('keep' in planned(properties([])), false);
  const lease = { leaseMinutes: 60 };
  assert.deepEqual(kept({ onCustomizerError: 'abort' }), { customize: true, validate: false, ...lease });
  assert.deepEqual(kept({ onValidationError: 'abort' }), { customize: false, validate: true, ...lease });
});

test('each step for the other system is told, with its place and what runs there', () => {
  const wanted = properties([shell('a'), powerShell('p')], [powerShell('v')]);
  assert.deepEqual(
    misplacedSteps(wanted, 'Linux').map(({ code, target, value }) => [code, target, value]),
    [
      ['StepNotCompatible', '/properties/customize/1', 'PowerShell'],
      ['StepNotCompatible', '/properties/validate/inVMValidations/0', 'PowerShell'],
    ],
  );
  const [first] = misplacedSteps(wanted, 'Windows');
  assert.equal(first?.target, '/properties/customize/0');
  assert.equal(first?.why, '"a" is a Shell step, which runs on Linux; the source is Windows.');
  assert.match(first?.remedy ?? '', /^Write .*PowerShell.* or /);
  const file = { type: 'File', name: 'f', sourceUri: 'https://x/y', destination: '/y' } as const;
  const bare = { customize: [file] } as unknown as TemplateProperties;
  assert.deepEqual([...misplacedSteps(bare, 'Linux'), ...misplacedSteps(bare, 'Windows')], []);
});
