// Where something failed, the document itself says what to do: its reader has no catalogue at hand.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { ERRORS } from '../../../shared/errors/codes.ts';
import type { Failure } from '../../../shared/errors/failure.ts';
import type { Run, RunOutput } from '../../../shared/model/documents/documents.ts';
import { resourceId, runId } from '../../../shared/model/convert.ts';
import { type Azurite, startAzurite } from '../../support/azurite.ts';
import { Api, type Issuer, startIssuer, SUBSCRIPTION, TEMPLATES } from '../../support/api.ts';

const WEB = `${TEMPLATES}/web`;
const ref = { subscriptionId: SUBSCRIPTION, resourceGroup: 'images', name: 'web' };

const azure = { code: 'GalleryImageNotFound', message: 'It is gone.', correlationId: 'c-1' };
const inRegion: Failure = { code: 'RegionFailed', message: 'It did not arrive.', azure };
const whole: Failure = {
  code: 'DistributionFailed',
  message: '0 of 1 targets.',
  details: [{ code: 'AzureUnavailable', message: 'Azure did not answer.', azure }],
};
const outputs: readonly RunOutput[] = [
  {
    name: 'gallery',
    type: 'SharedImage',
    state: 'Failed',
    artifactId: resourceId('/subscriptions/s/galleries/g/images/web/versions/1.0.0'),
    regions: [{ region: 'westeurope', state: 'Failed', seconds: 1, error: inRegion }],
    error: inRegion,
  },
];

type Told = { code: keyof typeof ERRORS; message: string; remedy: string; azure?: object; details: Told[] };
type Output = { error: Told; regions: { error: Told }[] };
type Shown = { error: Told; outputs: Output[]; properties: Output; value: unknown[] };

describe('remedies over HTTP', () => {
  let azurite: Azurite;
  let issuer: Issuer;
  let api: Api;
  let id = '';
  let operation = '';
  before(async () => {
    [azurite, issuer] = await Promise.all([startAzurite(), startIssuer()]);
    api = await Api.start(issuer, azurite);
    await api.submitted();
    const answer = await api.send('POST', `${WEB}/run`);
    operation = answer.headers['location'] ?? '';
    const { body } = await api.send('GET', `${WEB}/runs`);
    id = body.value[0]?.id ?? '';
    await end({ state: 'Failed', error: whole, outputs });
  });
  after(async () => {
    issuer.stop();
    await azurite.stop();
  });

  async function end(changes: Partial<Run>): Promise<void> {
    const endTime = '2030-01-01T00:00:00Z';
    await api.store.runs.update(ref, runId(id), (run) => ({ ...run, endTime, ...changes }));
    await api.store.templates.update(ref, ({ activeRun: _activeRun, ...head }) => head);
    api.engine.ended.add(id);
  }

  async function shown(method: string, path: string, apiVersion = '2026-11-01'): Promise<Shown> {
    return (await api.send(method, path, { apiVersion })).body as unknown as Shown;
  }

  test('a failed run, its details, outputs and regions say what to do and what Azure said', async () => {
    const run = await shown('GET', `${WEB}/runs/${id}`);
    const [detail] = run.error.details;
    const [output] = run.outputs;
    const [region] = output?.regions ?? [];
    for (const error of [run.error, detail, output?.error, region?.error])
      assert.equal(error?.remedy, ERRORS[error?.code ?? 'InternalError'].remedy, JSON.stringify(error));
    assert.deepEqual([detail?.azure, region?.error.azure], [azure, azure]);
    assert.deepEqual((await shown('GET', `${WEB}/runs`)).value[0], run);
  });

  test('an output and the operation carry it in our own version, and keep their shape in the official ones', async () => {
    const own = (await shown('GET', `${WEB}/runOutputs/gallery`)).properties;
    assert.equal(own.regions[0]?.error.remedy, ERRORS.RegionFailed.remedy);
    assert.equal((await shown('GET', operation)).error.remedy, ERRORS.DistributionFailed.remedy);
    const official = await shown('GET', operation, '2024-02-01');
    assert.deepEqual(Object.keys(official.error).toSorted(), ['code', 'details', 'message']);
  });

  test('nobody is told to wait for what will not come', async () => {
    await end({ state: 'Succeeded' });
    const retry = (await shown('POST', `${WEB}/runs/${id}/retry`)).error;
    assert.match(`${retry.message} ${retry.remedy}`, /it has succeeded\. .*Start another run/);
    const download = (await shown('POST', `${WEB}/runOutputs/gallery/download`)).error;
    assert.match(`${download.message} ${download.remedy}`, /it is a SharedImage\. Add a VHD/);
    const absent = (await shown('GET', `${WEB}/runOutputs/nosuch`)).error;
    assert.match(
      `${absent.message} ${absent.remedy}`,
      /no output "nosuch"\. Name one of its outputs: "gallery"/,
    );
    const revision = (await shown('GET', `${WEB}/revisions/9`)).error;
    assert.match(`${revision.message} ${revision.remedy}`, /no revision 9\. `kiln revisions web` lists/);
    const inventory = (await shown('GET', `${WEB}/runs/${id}/inventory`)).error;
    assert.match(inventory.remedy, /without `inventory: false`/);
    for (const { remedy } of [retry, download]) assert.doesNotMatch(remedy, /^(Wait|Nothing:)/);
  });
});

test('no remedy of the catalogue is nothing, or waiting alone: by the time it is read Kiln has given up', () => {
  for (const [code, { remedy }] of Object.entries(ERRORS))
    assert.doesNotMatch(remedy, /^Nothing|^Wait[^.]*\.$|docs\//, code);
});
