// Kiln works with its own rights. What a template names has to be the caller's: when it is submitted, and each time that it runs.
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { ContainerClient } from '@azure/storage-blob';
import type { Effects } from '../../functions/activities/activity.ts';
import { planRedistribution } from '../../functions/activities/distribute/plan-redistribution.ts';
import { resolvePlan } from '../../functions/activities/template/resolve-plan.ts';
import type { App } from '../../functions/app.ts';
import type { BuildPlan } from '../../shared/model/plan.ts';
import { KilnError } from '../../shared/errors/failure.ts';
import type { AccessPolicy } from '../../shared/access/policy.ts';
import { createVhdBlobs } from '../../shared/store/blob-vhds.ts';
import { runId } from '../../shared/model/convert.ts';
import { type Answer, Api, type Issuer, sampleBody, startIssuer } from '../support/api.ts';
import { type Azurite, startAzurite } from '../support/azurite.ts';
import {
  A,
  B,
  gallery,
  group,
  inGroup,
  managed,
  shell,
  SUBSCRIPTION,
  templates,
  tokenOf,
  twoTeams,
} from './support.ts';

const IDENTITY = inGroup('team-b', 'Microsoft.ManagedIdentity/userAssignedIdentities/builder');
const SUBNET = inGroup('team-b', 'Microsoft.Network/virtualNetworks/hub/subnets/db');
const SECRET = 'https://team-b.vault.azure.net/secrets/password';

/** What team A may name of team B's: nothing. Each with the pointer of the refusal. */
const FOREIGN: readonly (readonly [string, object, string])[] = [
  [
    'a managed image to build from',
    { source: { type: 'ManagedImage', imageId: inGroup('team-b', 'Microsoft.Compute/images/golden') } },
    '/properties/source/imageId',
  ],
  [
    'the latest of a gallery to build from',
    {
      source: {
        type: 'SharedImageVersion',
        imageVersionId: inGroup('team-b', 'Microsoft.Compute/galleries/g/images/d/versions/latest'),
      },
    },
    '/properties/source/imageVersionId',
  ],
  ['a gallery to publish to', { distribute: [gallery('team-b')] }, '/properties/distribute/0/galleryImageId'],
  ['a new managed image', { distribute: [managed('team-b', 'new')] }, '/properties/distribute/0/imageId'],
  ['a managed image to replace', { distribute: [managed('team-b')] }, '/properties/distribute/0/imageId'],
  ['a group to stage in', { stagingResourceGroup: group('team-b') }, '/properties/stagingResourceGroup'],
  [
    'a subnet to join',
    { vmProfile: { vnetConfig: { subnetId: SUBNET } } },
    '/properties/vmProfile/vnetConfig/subnetId',
  ],
  [
    'an identity of the build VM',
    { vmProfile: { userAssignedIdentities: [IDENTITY] } },
    '/properties/vmProfile/userAssignedIdentities/0',
  ],
  [
    'a secret',
    { customize: [shell({ secrets: { PASSWORD: SECRET } })] },
    '/properties/customize/0/secrets/PASSWORD',
  ],
  [
    'a VHD in an account of its own',
    {
      distribute: [
        { type: 'VHD', runOutputName: 'disk', uri: 'https://teamb.blob.core.windows.net/golden/web.vhd' },
      ],
    },
    '/properties/distribute/0/uri',
  ],
];

const OPEN_TO_ALL: AccessPolicy = { mode: 'open', rules: [] };
const WEB = `${templates('team-a')}/web`;
const ref = { subscriptionId: SUBSCRIPTION, resourceGroup: 'team-a', name: 'web' };

describe('what a template names', () => {
  let azurite: Azurite;
  let issuer: Issuer;
  let api: Api;
  before(async () => {
    [azurite, issuer] = await Promise.all([startAzurite(), startIssuer()]);
  });
  after(async () => {
    issuer.stop();
    await azurite.stop();
  });
  beforeEach(async () => {
    api = await Api.start(issuer, azurite, { policy: twoTeams() });
  });

  const as = async (oid: string, method: string, path: string, body?: unknown): Promise<Answer> =>
    api.send(method, path, { token: await tokenOf(issuer, oid), body });
  const pointers = ({ body }: Answer): string[] => body.error.details?.map(({ target }) => target) ?? [];

  function assertLinked(answer: Answer, pointer: string): void {
    assert.deepEqual([answer.status, answer.body.error?.code], [403, 'LinkedAuthorizationFailed']);
    assert.ok(pointers(answer).includes(pointer), pointers(answer).join());
    assert.match(answer.body.error.message, new RegExp(`object id '${A}'`));
  }

  /** A template that team B's names stand in, made while nothing was refused. */
  async function planted(changes: object): Promise<void> {
    const { policy } = api;
    api.policy = OPEN_TO_ALL;
    const made = await as(A, 'PUT', WEB, sampleBody(changes as Record<string, unknown>));
    assert.equal(made.status, 201, JSON.stringify(made.body));
    await api.store.templates.update(ref, (head) => ({ ...head, provisioningState: 'Succeeded' }));
    api.policy = policy;
  }

  for (const [what, changes, pointer] of FOREIGN) {
    test(`${what} of another team is refused at submission, and nothing is stored`, async () => {
      assertLinked(await as(A, 'PUT', WEB, sampleBody(changes as Record<string, unknown>)), pointer);
      assert.equal(await api.store.templates.get(ref), undefined);
    });

    test(`${what} of another team is refused at the run, by the policy as it is then`, async () => {
      await planted(changes);
      assertLinked(await as(A, 'POST', `${WEB}/run`), pointer);
      assert.equal((await api.store.templates.get(ref))?.value.activeRun, undefined);
    });
  }

  test('a published VHD of another team, in the account of Kiln, can be named by nobody', async () => {
    const vhds = createVhdBlobs(new ContainerClient('https://kiln.blob.core.windows.net/kiln'));
    api.isOwnBlob = vhds.isOwn;
    const to = (path: string) => {
      const uri = `https://kiln.blob.core.windows.net/${path}/web.vhd`;
      return sampleBody({ distribute: [{ type: 'VHD', runOutputName: 'disk', uri }] });
    };
    const foreign = `vhds/${SUBSCRIPTION}/team-b/golden`;
    assertLinked(await as(A, 'PUT', WEB, to(foreign)), '/properties/distribute/0/uri');
    await planted({});
    const own = `vhds/${SUBSCRIPTION}/Team-A/web`;
    assert.equal((await as(A, 'PUT', WEB, to(own))).status, 200);
    // Whoever nothing is denied to cannot name it either: its submission fails.
    assert.throws(
      () => vhds.location(`https://kiln.blob.core.windows.net/${foreign}/web.vhd`, '', ref),
      /is in the storage account of Kiln and not the template's own/,
    );
  });

  test('everything is told at once, with one pointer each', async () => {
    const answer = await as(
      A,
      'PUT',
      WEB,
      sampleBody({
        source: { type: 'ManagedImage', imageId: inGroup('team-b', 'Microsoft.Compute/images/golden') },
        customize: [shell({ secrets: { PASSWORD: SECRET } })],
        distribute: [managed('team-a'), gallery('team-b')],
        vmProfile: { vnetConfig: { subnetId: SUBNET }, userAssignedIdentities: [IDENTITY] },
        stagingResourceGroup: group('team-b'),
      }),
    );
    assert.deepEqual(pointers(answer).sort(), [
      '/properties/customize/0/secrets/PASSWORD',
      '/properties/distribute/1/galleryImageId',
      '/properties/source/imageId',
      '/properties/stagingResourceGroup',
      '/properties/vmProfile/userAssignedIdentities/0',
      '/properties/vmProfile/vnetConfig/subnetId',
    ]);
  });

  test('of its own group and vault a team may name everything', async () => {
    const mine = (value: unknown): unknown =>
      JSON.parse(JSON.stringify(value).replaceAll('team-b', 'team-a'));
    for (const [index, [what, changes]] of FOREIGN.slice(0, -1).entries()) {
      const body = sampleBody(mine(changes) as Record<string, unknown>);
      const answer = await as(A, 'PUT', `${WEB}-${index}`, body);
      assert.equal(answer.status, 201, `${what}: ${JSON.stringify(answer.body)}`);
    }
  });

  test('a group whose name begins as that of the team is another group', async () => {
    const answer = await as(A, 'PUT', WEB, sampleBody({ distribute: [managed('team-ab')] }));
    assertLinked(answer, '/properties/distribute/0/imageId');
  });

  test('a PATCH may not bring in what a PUT may not', async () => {
    await planted({ distribute: [managed('team-a')] });
    const distribute = [managed('team-a'), gallery('team-b')];
    const answer = await as(A, 'PATCH', WEB, { properties: { distribute } });
    assertLinked(answer, '/properties/distribute/1/galleryImageId');
  });

  test('new targets of a run, and the repetition of old ones, are asked for like those of a template', async () => {
    await planted({ distribute: [gallery('team-b')] });
    const id = runId(crypto.randomUUID());
    await api.store.runs.create({
      schema: 1,
      id,
      ref,
      revision: 1,
      reason: 'request',
      state: 'PartiallySucceeded',
      startTime: '2026-01-01T00:00:00Z',
      endTime: '2026-01-01T01:00:00Z',
      retryUntil: '2099-01-01T00:00:00Z',
      message: '',
      outputs: [],
    });
    const targets = { distribute: [{ ...managed('team-b'), runOutputName: 'more' }] };
    const more = await as(A, 'POST', `${WEB}/runs/${id}/distribute`, targets);
    assertLinked(more, '/distribute/0/imageId');
    assertLinked(await as(A, 'POST', `${WEB}/runs/${id}/retry`), '/properties/distribute/0/galleryImageId');
  });

  test('a run that waited is asked again when its turn comes, and so is a distribution', async () => {
    await planted({ distribute: [managed('team-a')] });
    assert.equal((await as(A, 'POST', `${WEB}/run`)).status, 202);
    const id = (await api.store.templates.get(ref))?.value.activeRun ?? runId('');
    const run = { ref, runId: id, revision: 1 };
    const mine = twoTeams();
    const gate = { policy: { ...mine, rules: mine.rules.slice(1) }, isOwnBlob: () => false };
    const isDenied = (error: unknown) =>
      error instanceof KilnError && error.failure.code === 'LinkedAuthorizationFailed';
    // Before anything is asked of Azure: there is none here.
    const app = { store: api.store, gate } as unknown as App;
    const engine = {} as Effects;
    await assert.rejects(resolvePlan(app, { ...run, startedAt: '2026-01-01T00:00:00Z' }, engine), isDenied);
    const operationId = 'OPERATION';
    const captured = {};
    const plan = { ...run, targets: [] } as unknown as BuildPlan;
    await api.store.distributions.put(ref, id, { schema: 1, plan, captured });
    const requestedBy = { kind: 'user', id: A } as const;
    await api.store.redistributionRequests.put(ref, id, operationId, { schema: 1, requestedBy });
    await assert.rejects(planRedistribution(app, { run, operationId }, engine), isDenied);
    // Of a run that does not say who asked: whoever changed the template last.
    await api.store.runs.update(ref, id, ({ requestedBy: _who, ...rest }) => rest);
    await assert.rejects(resolvePlan(app, { ...run, startedAt: '2026-01-01T00:00:00Z' }, engine), isDenied);
  });

  test('who runs a template lends it what it names, not who wrote it', async () => {
    const shared = { ...twoTeams(), rules: [...twoTeams().rules] };
    shared.rules.push({ name: 'b runs a', principals: [B], actions: ['read', 'run'], scopes: [WEB] });
    api.policy = shared;
    await planted({ distribute: [managed('team-a')] });
    assertLinkedBy(await as(B, 'POST', `${WEB}/run`), B);
    assert.equal((await as(A, 'POST', `${WEB}/run`)).status, 202);
  });

  function assertLinkedBy(answer: Answer, oid: string): void {
    assert.equal(answer.body.error?.code, 'LinkedAuthorizationFailed');
    assert.match(answer.body.error.message, new RegExp(oid));
  }
});
