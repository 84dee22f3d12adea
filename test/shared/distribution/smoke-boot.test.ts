import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { BuildPlan } from '../../../shared/model/plan.ts';
import { smokePlan } from '../../../shared/distribution/smoke-boot.ts';
import { region, resourceId } from '../../../shared/model/convert.ts';

const westeurope = region('westeurope');
const northeurope = region('northeurope');
const validator = {
  index: 1,
  name: 'check',
  kind: 'command',
  phase: 'validate',
  machine: 'validate',
  log: '02-check',
  timeoutSeconds: 60,
} as const;
const customizer = { ...validator, index: 0, name: 'install', phase: 'customize', machine: 'build' } as const;

const plan: any = {
  location: westeurope,
  stagingGroup: 'IT_images_web_0',
  deadline: '2026-11-25T10:00:00.000Z',
  steps: [customizer, validator],
  validation: { on: 'image', continueOnFailure: false },
};
const subnetId = resourceId(
  '/subscriptions/s/resourceGroups/hub/providers/Microsoft.Network/virtualNetworks/v/subnets/b',
);
const boot = {
  target: { index: 2, runOutputName: 'web' },
  attempt: 0,
  deadline: '2026-11-25T18:00:00.000Z',
} as const;
const smoke = (more: Partial<BuildPlan>, at = northeurope, attempt = 0) =>
  smokePlan({ ...plan, ...more }, { ...boot, region: at, attempt });

test('the plan of a smoke boot is in its region, has its own time, and runs the validators in its own machine', () => {
  const { location, deadline, stagingGroup, steps, smoke: own } = smoke({});
  assert.deepEqual(
    { location, deadline, stagingGroup },
    {
      location: northeurope,
      deadline: boot.deadline,
      stagingGroup: plan.stagingGroup,
    },
  );
  assert.deepEqual(own, { machine: 'smoke-2-northeurope', isolated: false });
  assert.deepEqual(steps, [
    {
      ...validator,
      phase: 'distribute',
      machine: 'smoke-2-northeurope',
      name: 'web › northeurope › check',
      log: 'smoke-2-northeurope-02-check',
    },
  ]);
});

test('a later attempt has another machine, so that it adopts none that was left over', () => {
  assert.equal(smoke({}, northeurope, 3).smoke?.machine, 'smoke-2-northeurope-r3');
});

test("the team's subnet is used in its own region; elsewhere the network has no way out and no validator runs", () => {
  const home = smoke({ subnetId }, westeurope);
  assert.equal(home.subnetId, subnetId);
  assert.equal(home.smoke?.isolated, false);
  assert.equal(home.steps.length, 1);
  const abroad = smoke({ subnetId });
  assert.equal(abroad.subnetId, undefined);
  assert.equal(abroad.smoke?.isolated, true);
  assert.deepEqual(abroad.steps, []);
});

test('validators that may fail do not run again', () => {
  assert.deepEqual(smoke({ validation: { on: 'image', continueOnFailure: true } }).steps, []);
});
