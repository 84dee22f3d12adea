// More builds than the quota of the region has cores for: simulated machines, and the local cloud's own quota.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { LocalKiln } from '../support/local-kiln.ts';
import { managedImage, shell, template } from '../support/templates.ts';

/** Two machines of the usual size. */
const QUOTA = 4;
const names = ['one', 'two', 'three', 'four', 'five', 'six'];

let kiln: LocalKiln;
before(async () => {
  kiln = await LocalKiln.start({ profile: { coreQuota: QUOTA } });
});
after(() => kiln.stop());

const runsOf = async (name: string): Promise<any[]> =>
  (await kiln.api('GET', `${kiln.templatePath}/${name}/runs`)).body.value;

test('builds wait in line for cores that other builds have, and all of them succeed', async () => {
  const subscription: string = kiln.endpoints.subscriptionId;
  for (const name of names) {
    const body = template([shell('a', '# kiln-simulate: seconds=8')], [managedImage(subscription, name)]);
    const accepted = await kiln.submit(name, body);
    assert.equal(accepted.body.properties?.provisioningState, 'Succeeded', JSON.stringify(accepted.body));
  }
  for (const name of names) await kiln.api('POST', `${kiln.templatePath}/${name}/run`);
  const waiting = await kiln.until('a place in the line', async () => {
    const runs = (await Promise.all(names.map(runsOf))).flat();
    const places = runs.flatMap(({ position, subState }) =>
      subState === 'Queued' && position ? [position] : [],
    );
    return places.length >= 3 ? places.toSorted() : undefined;
  });
  assert.equal(waiting[0], 1);
  const { quotas } = (await kiln.api('GET', '/providers/Microsoft.VirtualMachineImages/doctor')).body;
  const [fullest] = quotas;
  assert.deepEqual([fullest.location, fullest.used, fullest.limit], ['westeurope', QUOTA, QUOTA]);
  // Accepted all the same: in an hour it may be otherwise.
  const late = await kiln.submit(
    'late',
    template([shell('a', 'true')], [managedImage(subscription, 'late')]),
  );
  assert.equal(late.body.properties.provisioningState, 'Succeeded');
  assert.match(
    late.body.properties.warnings.join(),
    /needs 2 vCPUs in westeurope, .*"cores" 4 of 4 are in use now/,
  );
  for (const name of names) {
    const run = await kiln.ended(name, 240);
    assert.equal(run.state, 'Succeeded', `${name}: ${run.message}`);
  }
  const notes = (await Promise.all(names.map(notesOf))).flat();
  const told = notes.filter((text) => /^2 vCPUs of standard\w+ in westeurope are waited for/.test(text));
  assert.ok(told.length >= names.length - QUOTA / 2, notes.join('\n'));
});

async function notesOf(name: string): Promise<string[]> {
  const [run] = await runsOf(name);
  const { body } = await kiln.api('GET', `${kiln.templatePath}/${name}/runs/${run.id}/timeline`);
  return body.value.filter(({ event }: any) => event === 'note').map(({ message }: any) => message);
}
