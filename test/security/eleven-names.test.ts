// Eleven ways in which a template of one team may name what is another's. A whole local mode, spoken to as a stranger would.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { freePort } from '../../local/main/free-port.ts';
import { LocalKiln } from '../support/local-kiln.ts';
import { galleryVersion, managedImage, shell, template, vhd } from '../support/templates.ts';
import { PIPELINE_A, PIPELINE_B, type Send, sendAs } from './at-the-wire.ts';

/** The subscription of every local cloud; team B owns the group of its sample world. */
const SUBSCRIPTION = '00000000-0000-4000-8000-000000000001';
const group = (name: string): string => `/subscriptions/${SUBSCRIPTION}/resourceGroups/${name}`;
const ofB = (rest: string): string => `${group('images')}/providers/${rest}`;
const templateOf = (team: string, name: string): string =>
  `${group(team)}/providers/Microsoft.VirtualMachineImages/imageTemplates/${name}`;
const VAULT = 'team-b.vault.azure.net';
const SUBNET = ofB('Microsoft.Network/virtualNetworks/hub/subnets/db');
const IDENTITY = ofB('Microsoft.ManagedIdentity/userAssignedIdentities/builder');

/** Each of A's templates has an image of its own: one template does not replace what another has made. */
let images = 0;
const imageOfA = (): object => ({
  type: 'ManagedImage',
  runOutputName: 'own',
  imageId: `${group('team-a')}/providers/Microsoft.Compute/images/own${(images += 1)}`,
  location: 'westeurope',
});

let kiln: LocalKiln;
let asA: Send;
let asB: Send;
/** Where team B's VHD lies. */
let published = '';

before(async () => {
  const restrict = { [PIPELINE_A]: [group('team-a')] };
  // A template may name the local storage account only where it is allowed.
  const storagePort = await freePort();
  const env = {
    KILN_AUTH_RESTRICT: JSON.stringify(restrict),
    KILN_URL_ALLOW: `http://127.0.0.1:${storagePort}`,
  };
  kiln = await LocalKiln.start({ storagePort, env });
  [asA, asB] = await Promise.all([sendAs(kiln, PIPELINE_A), sendAs(kiln, PIPELINE_B)]);
  await worldOfB();
});
after(() => kiln.stop());

/** A network, an identity, a secret, and what one build of B published. */
async function worldOfB(): Promise<void> {
  const location = 'westeurope';
  await kiln.arm('PUT', group('team-a'), '2024-07-01', { location });
  const subnets = [{ name: 'db', properties: { addressPrefix: '10.0.1.0/24' } }];
  const properties = { addressSpace: { addressPrefixes: ['10.0.0.0/16'] }, subnets };
  await kiln.arm('PUT', SUBNET.replace('/subnets/db', ''), '2024-01-01', { location, properties });
  await kiln.arm('PUT', IDENTITY, '2023-01-31', { location });
  const vault = await sendAs(kiln, PIPELINE_B, 'https://vault.azure.net');
  const secret = `${kiln.endpoints.arm}/key-vaults/${VAULT}/secrets/password`;
  assert.equal((await vault('PUT', secret, { value: 'hunter2-of-team-b' }, '7.4')).status, 200);
  const golden = template(
    [shell('one', 'true')],
    [managedImage(SUBSCRIPTION, 'golden'), galleryVersion(SUBSCRIPTION, ['westeurope']), vhd],
  );
  assert.equal(await outcome(asB, templateOf('images', 'golden'), golden), 'Succeeded');
  const path = `${templateOf('images', 'golden')}/runOutputs/web-vhd`;
  published = (await asB('GET', path)).body.properties.artifactUri;
}

/** How far it came: the refusal at submission or at the run, or the state in which the run ended. */
async function outcome(send: Send, path: string, body: unknown): Promise<string> {
  const put = await send('PUT', path, body);
  if (put.status >= 400) return `refused: ${put.status} ${put.body.error.code}`;
  const state = await kiln.until('the submission', async () => {
    const { provisioningState } = (await send('GET', path)).body.properties;
    return ['Creating', 'Updating'].includes(provisioningState) ? undefined : provisioningState;
  });
  if (state !== 'Succeeded') return `refused: submission ${state}`;
  const run = await send('POST', `${path}/run`);
  if (run.status >= 400) return `refused: ${run.status} ${run.body.error.code}`;
  return ended(send, path);
}

const ended = (send: Send, path: string): Promise<string> =>
  kiln.until('the end of the run', async () => {
    const run = (await send('GET', `${path}/runs`)).body.value?.[0];
    if (run?.endTime === undefined) return undefined;
    return run.state === 'Failed' ? `refused: run ${run.error?.code}` : String(run.state);
  });

const own = (changes: object): any => {
  const body = template([shell('one', 'true')], [imageOfA()]);
  return { ...body, properties: { ...body.properties, ...changes } };
};
const target = (value: object): any => own({ distribute: [value] });

/** Row H1 of the security report, in its order. The VHD's address is known when B has built. */
const TEMPLATES: readonly (readonly [string, () => any])[] = [
  [
    'a managed image to build from',
    () => own({ source: { type: 'ManagedImage', imageId: ofB('Microsoft.Compute/images/golden') } }),
  ],
  [
    'the latest of a gallery to build from',
    () => {
      const imageVersionId = ofB('Microsoft.Compute/galleries/goldens/images/debian-web/versions/latest');
      return own({ source: { type: 'SharedImageVersion', imageVersionId } });
    },
  ],
  ['a gallery to publish to', () => target(galleryVersion(SUBSCRIPTION, ['westeurope']))],
  ['a new managed image', () => target(managedImage(SUBSCRIPTION, 'new'))],
  ['a managed image to replace', () => target(managedImage(SUBSCRIPTION, 'golden'))],
  ['a group to stage in', () => own({ stagingResourceGroup: group('images') })],
  ['a subnet to join', () => own({ vmProfile: { vnetConfig: { subnetId: SUBNET } } })],
  [
    'an identity of the build VM',
    () => ({
      ...own({ vmProfile: { userAssignedIdentities: [IDENTITY] } }),
      identity: { type: 'UserAssigned', userAssignedIdentities: { [IDENTITY]: {} } },
    }),
  ],
  [
    'a secret',
    () => {
      const secrets = { PASSWORD: `https://${VAULT}/secrets/password` };
      return own({ customize: [{ ...shell('leak', 'base64 <<< "$PASSWORD"'), secrets }] });
    },
  ],
  ['a published VHD', () => target({ ...vhd, uri: published })],
];

/** More targets for a run that has ended. */
async function distribution(): Promise<string> {
  const path = templateOf('team-a', 'mine');
  assert.equal(await outcome(asA, path, own({})), 'Succeeded', 'a team that names its own is not in the way');
  const { id } = (await asA('GET', `${path}/runs`)).body.value[0];
  const body = { distribute: [galleryVersion(SUBSCRIPTION, ['westeurope'])] };
  const answer = await asA('POST', `${path}/runs/${id.split('/').at(-1)}/distribute`, body);
  return answer.status >= 400 ? `refused: ${answer.status} ${answer.body.error.code}` : 'accepted';
}

test('of eleven ways to name what is another team’s, all eleven are refused to a restricted caller', async () => {
  const outcomes = [['targets of a run that has ended', await distribution()]];
  for (const [index, [what, body]] of TEMPLATES.entries())
    outcomes.push([what, await outcome(asA, templateOf('team-a', `t${index}`), body())]);
  assert.equal(outcomes.length, 11);
  const refused = outcomes.filter(([, how]) => how?.startsWith('refused: '));
  assert.equal(refused.length, 11, `${refused.length} of 11 refused:\n${outcomes.join('\n')}`);
  // Before anything is made, not by luck later.
  for (const [what, how] of outcomes) assert.equal(how, 'refused: 403 LinkedAuthorizationFailed', what);
});
