import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { LocalKiln, ROOT } from '../support/local-kiln.ts';
import { managedImage, shell, template, vhd } from '../support/templates.ts';

// What a security team does with the roles of infra/: each at the smallest scope that works, in groups that the team owns.
// The local cloud holds the app to them, as Azure would.

const SUBSCRIPTION = '/subscriptions/00000000-0000-4000-8000-000000000001';
const STAGING = `${SUBSCRIPTION}/resourceGroups/staging`;
const PLATFORM = `${SUBSCRIPTION}/resourceGroups/platform/providers`;
const NETWORK = `${PLATFORM}/Microsoft.Network/virtualNetworks/hub`;
const IDENTITY = `${PLATFORM}/Microsoft.ManagedIdentity/userAssignedIdentities/build`;
const TRUSTED = `${SUBSCRIPTION}/resourceGroups/images/providers/Microsoft.Compute/galleries/goldens/images/trusted`;
const MISSING = 'Microsoft.Compute/virtualMachines/runCommands/write';

const PRINCIPAL = '00000000-0000-4000-8000-0000000000aa';
/** What the deployment says it gives: `crippled` was for builds once, and is for images now. */
const MEANT = {
  roleSuffix: 'prod abc123',
  subscriptionId: SUBSCRIPTION.split('/')[2],
  buildSubscriptionId: '',
  stagingGroupIds: [STAGING],
  imageGroupIds: [`${SUBSCRIPTION}/resourceGroups/images`, `${SUBSCRIPTION}/resourceGroups/crippled`],
};

type RoleFile = { actions: { action: string; why: string }[] };

let folder = '';
let kiln: LocalKiln;
before(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'kiln-roles-'));
  kiln = await LocalKiln.start({
    authorization: writeAssignments(),
    env: { KILN_RIGHTS: JSON.stringify(MEANT), KILN_PRINCIPAL_ID: PRINCIPAL },
  });
  await kiln.arm('PUT', STAGING, '2024-07-01', { location: 'westeurope' });
  await kiln.arm('PUT', `${SUBSCRIPTION}/resourceGroups/platform`, '2024-07-01', { location: 'westeurope' });
  await makeNetwork(NETWORK);
  await makeTrustedDefinition();
});
after(async () => {
  await kiln.stop();
  rmSync(folder, { recursive: true, force: true });
});

function role(name: string): RoleFile {
  return JSON.parse(readFileSync(path.join(ROOT, 'infra/roles', `${name}.json`), 'utf8'));
}

/** The builder role in the group `staging` is whole; in `crippled` it lacks one action. */
function writeAssignments(): string {
  const crippled = { actions: role('builder').actions.filter(({ action }) => action !== MISSING) };
  assert.equal(crippled.actions.length, role('builder').actions.length - 1);
  writeFileSync(path.join(folder, 'crippled.json'), JSON.stringify(crippled));
  const shipped = (name: string): string => path.join(ROOT, 'infra/roles', `${name}.json`);
  const assignments = [
    { role: shipped('catalogue-reader'), scope: SUBSCRIPTION },
    { role: shipped('builder'), scope: STAGING },
    { role: 'crippled.json', scope: `${SUBSCRIPTION}/resourceGroups/crippled` },
    { role: shipped('publisher'), scope: `${SUBSCRIPTION}/resourceGroups/images` },
    { role: shipped('network-user'), scope: NETWORK },
    { role: shipped('identity-assigner'), scope: IDENTITY },
  ];
  const file = path.join(folder, 'assignments.json');
  writeFileSync(file, JSON.stringify({ assignments }));
  return file;
}

function makeNetwork(id: string): Promise<unknown> {
  const subnets = [{ name: 'build', properties: { addressPrefix: '10.0.1.0/24' } }];
  const properties = { addressSpace: { addressPrefixes: ['10.0.0.0/16'] }, subnets };
  return kiln.arm('PUT', id, '2024-01-01', { location: 'westeurope', properties });
}

/** A version of it cannot be made from a machine: a temporary image comes between. */
async function makeTrustedDefinition(): Promise<void> {
  const properties = {
    osType: 'Linux',
    osState: 'Generalized',
    hyperVGeneration: 'V2',
    architecture: 'x64',
    identifier: { publisher: 'kiln', offer: 'debian', sku: 'trusted' },
    features: [{ name: 'SecurityType', value: 'TrustedLaunchSupported' }],
  };
  const answer = await kiln.arm('PUT', TRUSTED, '2023-07-03', { location: 'westeurope', properties });
  assert.ok(answer.status < 300, JSON.stringify(answer.body));
}

const trustedVersion = {
  type: 'SharedImage',
  runOutputName: 'trusted',
  galleryImageId: TRUSTED,
  targetRegions: [{ name: 'westeurope' }],
};

function identityOf(id: string): object {
  return { type: 'UserAssigned', userAssignedIdentities: { [id]: {} } };
}

function ownScopes(group: string, network: string, name: string): any {
  const subscription = SUBSCRIPTION.split('/')[2] ?? '';
  const body = template([shell('first', 'echo one')], [managedImage(subscription, name), vhd]);
  body.identity = identityOf(IDENTITY);
  body.properties.stagingResourceGroup = `${SUBSCRIPTION}/resourceGroups/${group}`;
  body.properties.vmProfile = {
    vnetConfig: { subnetId: `${network}/subnets/build` },
    userAssignedIdentities: [IDENTITY],
  };
  return body;
}

test("with each role at its own scope a build runs in a group, a network and with an identity of the team's", async () => {
  const accepted = await kiln.submit('scoped', ownScopes('staging', NETWORK, 'scoped'));
  assert.equal(accepted.body.properties.provisioningState, 'Succeeded', JSON.stringify(accepted.body));
  const run = await kiln.run('scoped');
  assert.equal(run.state, 'Succeeded', JSON.stringify(run));
  assert.equal(run.cleanup, 'kept', JSON.stringify(run));
  const left = await kiln.arm('GET', `${STAGING}/resources`, '2024-07-01');
  assert.deepEqual(left.body.value, [], "the team's group is empty again");
});

test("a group of the team's in which the build makes its own network is empty afterwards, temporary image included", async () => {
  const body = ownScopes('staging', NETWORK, 'emptied');
  delete body.properties.vmProfile;
  body.properties.distribute = [trustedVersion];
  await kiln.submit('emptied', body);
  const run = await kiln.run('emptied');
  assert.equal(run.state, 'Succeeded', JSON.stringify(run));
  const left = await kiln.arm('GET', `${STAGING}/resources`, '2024-07-01');
  assert.deepEqual(left.body.value, []);
});

test('without one action of the role the build fails and names the action and the scope', async () => {
  const group = `${SUBSCRIPTION}/resourceGroups/crippled`;
  await kiln.arm('PUT', group, '2024-07-01', { location: 'westeurope' });
  await kiln.submit('crippled', ownScopes('crippled', NETWORK, 'crippled'));
  const run = await kiln.run('crippled');
  assert.equal(run.state, 'Failed');
  assert.match(run.message, new RegExp(`grant .* the action ${MISSING} at ${group}/providers/`));
  const { body } = await kiln.api('GET', `${kiln.templatePath}/crippled`);
  assert.match(body.properties.lastRunStatus.message, new RegExp(MISSING));
});

test('an identity that may not be read fails the submission, which names the action and the identity', async () => {
  const foreign = IDENTITY.replace(/build$/, 'foreign');
  const body = ownScopes('staging', NETWORK, 'foreign');
  body.identity = identityOf(foreign);
  const { properties } = (await kiln.submit('foreign', body)).body;
  assert.equal(properties.provisioningState, 'Failed');
  assert.equal(properties.provisioningError.provisioningErrorCode, 'IdentityNotUsable');
  const wanted = `the action Microsoft.ManagedIdentity/userAssignedIdentities/read at ${foreign}`;
  assert.ok(properties.provisioningError.message.includes(wanted), properties.provisioningError.message);
});

test('a right that is missing on something the build refers to is named with the scope of that thing', async () => {
  const network = `${PLATFORM}/Microsoft.Network/virtualNetworks/foreign`;
  await makeNetwork(network);
  await kiln.submit('linked', ownScopes('staging', network, 'linked'));
  const run = await kiln.run('linked');
  assert.equal(run.state, 'Failed');
  const wanted = `the action Microsoft.Network/virtualNetworks/subnets/join/action at ${network}/subnets/build`;
  assert.ok(run.message.includes(wanted), run.message);
});

test('the doctor asks Azure what Kiln may do, and names the place where that is more than the deployment gives', async () => {
  const { status, body } = await kiln.api('GET', '/providers/Microsoft.VirtualMachineImages/doctor');
  assert.equal(status, 200, JSON.stringify(body));
  const found = body.findings.filter(({ code }: { code: string }) => code === 'RightsTooMany');
  assert.equal(found.length, 1, JSON.stringify(found));
  const [{ severity, what, detail, next }] = found;
  assert.equal(severity, 'look');
  assert.match(what, /\/resourcegroups\/crippled$/);
  assert.match(detail, /^\d\d actions more .*Microsoft\.Compute\/virtualMachines\/write/);
  assert.match(next, /az role assignment delete --assignee 00000000-0000-4000-8000-0000000000aa --scope/);
});
