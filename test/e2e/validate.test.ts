import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { LocalKiln } from '../support/local-kiln.ts';
import { managedImage, shell, template } from '../support/templates.ts';

let kiln: LocalKiln;
let subscription = '';

before(async () => {
  kiln = await LocalKiln.start();
  subscription = kiln.endpoints.subscriptionId;
});
after(() => kiln.stop());

const failing = (name: string, word: string): object =>
  shell(name, `# kiln-simulate: exit=4 stdout="${word}"`);

function validated(
  name: string,
  validators: object[],
  more: object = {},
  steps = [shell('one', 'true')],
): any {
  const body = template(steps, [managedImage(subscription, name)]);
  body.properties.validate = { inVMValidations: validators, ...more };
  return body;
}

async function build(name: string, body: unknown): Promise<any> {
  const accepted = await kiln.submit(name, body);
  assert.equal(accepted.body.properties?.provisioningState, 'Succeeded', JSON.stringify(accepted.body));
  return kiln.run(name);
}

async function imageStatus(name: string): Promise<number> {
  const id = `/subscriptions/${subscription}/resourceGroups/images/providers/Microsoft.Compute/images/${name}`;
  return (await kiln.arm('GET', id, '2024-07-01')).status;
}

async function timeline(name: string, run: any): Promise<any[]> {
  return (await kiln.api('GET', `${kiln.templatePath}/${name}/runs/${run.id}/timeline`)).body.value;
}

async function group(name: string): Promise<any> {
  return kiln.arm('GET', `/subscriptions/${subscription}/resourcegroups/${name}`, '2024-07-01');
}

test('validators run in order, after the capture, in a machine of their own', async () => {
  const run = await build('good', validated('good', [shell('first', 'true'), shell('second', 'true')]));
  assert.equal(run.state, 'Succeeded', run.message);
  const entries = await timeline('good', run);
  const at = (id: string) => entries.findIndex((entry) => entry.id === id);
  assert.ok(at('capture/succeeded') < at('validate/first/started'));
  assert.ok(at('validate/first/succeeded') < at('validate/second/started'));
  assert.ok(at('validate/second/succeeded') < at('distribute/started'));
  const log = await kiln.api('GET', `${kiln.templatePath}/good/runs/${run.id}/logs/02-first.out`);
  assert.match(String(log.body), /simulated/);
});

test('a failing validator fails the run with its words; later ones do not run and nothing is distributed', async () => {
  const run = await build(
    'bad',
    validated('bad', [shell('fine', 'true'), failing('port', 'port 80 is closed'), shell('never', 'true')]),
  );
  assert.equal(run.state, 'Failed');
  assert.match(run.message, /Validator "port" ended with exit code 4[\s\S]*port 80 is closed/);
  assert.equal(run.error.code, 'ValidationStepFailed');
  assert.equal(await imageStatus('bad'), 404);
  const entries = await timeline('bad', run);
  assert.ok(entries.every((entry) => entry.step !== 'never' && entry.phase !== 'distribute'));
  assert.equal((await group(run.stagingGroup)).status, 404);
});

test('with continueDistributeOnFailure the image is distributed and the run has failed all the same', async () => {
  const run = await build(
    'goes-on',
    validated('goes-on', [failing('port', 'closed')], { continueDistributeOnFailure: true }),
  );
  assert.equal(run.state, 'Failed');
  assert.match(run.message, /closed[\s\S]*distributed all the same/);
  assert.deepEqual(
    run.outputs.map((output: any) => output.state),
    ['Succeeded'],
  );
  assert.equal(await imageStatus('goes-on'), 200);
});

test('sourceValidationOnly validates the source as it is: no customizer, no image, no target', async () => {
  const body = validated('source', [shell('check', 'true')], { sourceValidationOnly: true });
  const run = await build('source', body);
  assert.equal(run.state, 'Succeeded', run.message);
  assert.deepEqual(run.outputs, []);
  const phases = (await timeline('source', run)).map((entry) => entry.phase);
  assert.deepEqual(
    [...new Set(phases)],
    ['resolve', 'stage', 'provision', 'inventory', 'validate', 'clean up'],
  );
  assert.equal(await imageStatus('source'), 404);
});

test('a source that does not pass fails the run', async () => {
  const body = validated('bad-source', [failing('check', 'too old')], { sourceValidationOnly: true });
  const run = await build('bad-source', body);
  assert.equal(run.state, 'Failed');
  assert.match(run.message, /too old/);
});

test('onCustomizerError abort keeps the VM running under a lease of 24 hours that its tags and group tell', async () => {
  const body = template([failing('break', 'no')], [managedImage(subscription, 'kept')]);
  body.properties.errorHandling = { onCustomizerError: 'abort' };
  const before = Date.now();
  const run = await build('kept', body);
  assert.equal(run.state, 'Failed');
  assert.equal(run.cleanup, 'kept');
  const lease = Date.parse(run.keptUntil) - before;
  assert.ok(lease > 23.9 * 3_600_000 && lease < 24.1 * 3_600_000, run.keptUntil);
  assert.equal((await group(run.stagingGroup)).body.tags['kiln-expires'], run.keptUntil);
  const id = `/subscriptions/${subscription}/resourceGroups/${run.stagingGroup}/providers/Microsoft.Compute/virtualMachines/build`;
  const vm = await kiln.arm('GET', id, '2024-07-01');
  assert.equal(vm.body.tags['kiln-expires'], run.keptUntil);
  assert.equal(vm.body.tags['kiln-run'], run.id);
  const view = await kiln.arm('GET', `${id}/instanceView`, '2024-07-01');
  assert.ok(view.body.statuses.some((status: any) => status.code === 'PowerState/running'));
  const kept = (await timeline('kept', run)).find((entry) => entry.phase === 'clean up');
  assert.equal(kept.event, 'skipped');
  assert.match(kept.message, /kept until/);
});

test('what a run has kept stays for longer, and goes before its time, when somebody says so', async () => {
  const { body: head } = await kiln.api('GET', `${kiln.templatePath}/kept/runs`);
  const [{ id, stagingGroup }] = head.value;
  const run = `${kiln.templatePath}/kept/runs/${id}`;
  const bad = await kiln.api('POST', `${run}/keep`, { lease: '31 days' });
  assert.deepEqual([bad.status, bad.body.error.target], [400, '/lease']);
  const long = await kiln.api('POST', `${run}/keep`, { lease: '721h' });
  assert.match(long.body.error.message, /within 30 days/);
  const { status, body: longer } = await kiln.api('POST', `${run}/keep`, { lease: '72h' });
  assert.equal(status, 200, JSON.stringify(longer));
  const hours = (Date.parse(longer.keptUntil) - Date.now()) / 3_600_000;
  assert.ok(hours > 71 && hours <= 72, longer.keptUntil);
  assert.equal((await group(stagingGroup)).body.tags['kiln-expires'], longer.keptUntil);
  const machine = `/subscriptions/${subscription}/resourceGroups/${stagingGroup}/providers/Microsoft.Compute/virtualMachines/build`;
  assert.equal((await kiln.arm('GET', machine, '2024-07-01')).body.tags['kiln-expires'], longer.keptUntil);

  const { body: given } = await kiln.api('POST', `${run}/release`);
  assert.deepEqual([given.cleanup, given.keptUntil], ['deferred', undefined]);
  await kiln.until('the end of the group', async () =>
    (await group(stagingGroup)).status === 404 ? true : undefined,
  );
  for (const act of ['keep', 'release']) {
    const again = await kiln.api('POST', `${run}/${act}`, { lease: '1h' });
    assert.deepEqual([again.status, again.body.error.code], [409, 'OperationNotAllowed']);
    assert.match(again.body.error.message, /it was released at \d{4}-/);
  }
  const audit = await kiln.api('GET', `${kiln.templatePath}/kept/audit`);
  const actions = audit.body.value.map(({ action }: any) => action);
  assert.deepEqual(actions.slice(0, 2), ['run.release', 'run.keep']);
});

test('onValidationError abort keeps the VMs for the lease of the template; a customizer error still cleans up', async () => {
  const handling = { onValidationError: 'abort', lease: '90m' };
  const failingCheck = validated('kept-too', [failing('check', 'no')]);
  failingCheck.properties.errorHandling = handling;
  const kept = await build('kept-too', failingCheck);
  assert.equal(kept.cleanup, 'kept');
  const minutes = (Date.parse(kept.keptUntil) - Date.parse(kept.endTime)) / 60_000;
  assert.ok(minutes > 85 && minutes < 95, kept.keptUntil);
  const id = `/subscriptions/${subscription}/resourceGroups/${kept.stagingGroup}/providers/Microsoft.Compute/virtualMachines/validate`;
  assert.equal((await kiln.arm('GET', id, '2024-07-01')).status, 200);

  const failingStep = template([failing('break', 'no')], [managedImage(subscription, 'gone')]);
  failingStep.properties.errorHandling = handling;
  const gone = await build('gone', failingStep);
  assert.equal(gone.cleanup, 'done');
  assert.equal((await group(gone.stagingGroup)).status, 404);
});
