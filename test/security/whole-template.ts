// A team's template with everything that a path of the API can name, and what each operation is sent.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import type { Route } from '../../functions/http/exchange.ts';
import { runId } from '../../shared/model/convert.ts';
import type { AuditEntry } from '../../shared/model/documents/audit-entry.ts';
import type { Run } from '../../shared/model/documents/documents.ts';
import { timestamp } from '../../shared/model/time.ts';
import { anInventory } from '../shared/inventory/some-inventory.ts';
import { type Answer, type Api, sampleBody } from '../support/api.ts';
import { B, gallery, SUBSCRIPTION, templates } from './support.ts';

const RUN = runId('bbbbbbbb-0000-4000-8000-000000000001');
const REQUEST = runId('bbbbbbbb-0000-4000-8000-000000000002');
const OPERATION = 'BBBBBBBB-0000-4000-8000-000000000003';
export const STRANGER = 'cccccccc-0000-4000-8000-00000000000c';
const AT = timestamp(new Date('2026-11-29T20:00:00Z'));
export const BYTES = 'an artifact';
const SHA256 = createHash('sha256').update(BYTES).digest('hex');
/** What is team B's: this word is in what is stored and in no path; a refusal repeats the ids that it was asked for. */
export const SECRET = /secret-of-b/i;
export const OF_B = /team-b|bbbbbbbb|secret-of-b/i;

const NAMES: Readonly<Record<string, string>> = {
  subscriptionId: SUBSCRIPTION,
  resourceGroup: 'team-b',
  name: 'web',
  runId: RUN,
  requestId: REQUEST,
  operationId: OPERATION,
  location: 'westeurope',
  output: 'disk',
  trigger: 'new',
  revision: '1',
  log: 'build.out',
  sha256: SHA256,
  number: '1',
};

/** Queries without which there would be nothing to answer. */
const QUERIES: Readonly<Record<string, string>> = {
  'find-packages': '?name=openssl',
  'find-packages-in-subscription': '?name=openssl',
  'get-diff': `?against=${RUN}`,
  'check-access': `?who=${B}&action=read&id=${encodeURIComponent(`${templates('team-b')}/web`)}`,
};

export const pathOf = ({ name, path }: Route, names: object = {}): string => {
  const all: Record<string, string> = { ...NAMES, ...names };
  return `/${path.replaceAll(/\{(\w+)\}/g, (_, key: string) => all[key] ?? assert.fail(`${path}: what is {${key}}?`))}${QUERIES[name] ?? ''}`;
};
export const isRead = ({ method }: Route): boolean => method === 'GET' || method === 'HEAD';
export const refOf = (name: string) => ({ subscriptionId: SUBSCRIPTION, resourceGroup: 'team-b', name });

export const LATER = new Date(Date.now() + 3_600_000).toISOString();
const built = (name: string, more: Partial<Run> = {}): Run => ({
  ...{ schema: 1, id: RUN, ref: refOf(name), revision: 1, reason: 'secret-of-b', message: '', startTime: AT },
  state: 'Succeeded',
  endTime: AT,
  outputs: [],
  ...more,
});

/** What each operation that changes something is sent, what was there before, and what the audit has to say. */
type Write = { readonly action: AuditEntry['action']; readonly body?: unknown; readonly run?: Partial<Run> };
const KEPT: Partial<Run> = { state: 'Failed', cleanup: 'kept', keptUntil: LATER, retryUntil: LATER };
const TARGETS = { distribute: [{ type: 'VHD', runOutputName: 'second' }] };
export const WRITES: Readonly<Record<string, Write>> = {
  'put-template': { action: 'template.write', body: sampleBody({ buildTimeoutInMinutes: 99 }) },
  'patch-template': { action: 'template.write', body: { tags: { changed: 'yes' } } },
  'delete-template': { action: 'template.delete' },
  'run-template': { action: 'run.start' },
  'cancel-run': { action: 'run.cancel', run: { state: 'Running' } },
  'retry-run': { action: 'run.retry', run: { ...KEPT, state: 'PartiallySucceeded' } },
  'distribute-run': { action: 'run.distribute', body: TARGETS, run: { retryUntil: LATER } },
  'keep-run': { action: 'run.keep', body: { lease: '24h' }, run: KEPT },
  'release-run': { action: 'run.release', run: KEPT },
  'approve-ring': {
    action: 'run.approve',
    body: { output: 'gallery', ring: 1, approved: true },
    run: { state: 'Running' },
  },
  'download-run-output': { action: 'output.download', run: {} },
  'put-trigger': { action: 'trigger.write', body: { properties: { kind: 'SourceImage' } } },
  'delete-trigger': { action: 'trigger.delete' },
  'put-artifact': { action: 'artifact.write', body: BYTES },
  'delete-artifact': { action: 'artifact.delete' },
  'put-drain': { action: 'drain.start', body: { reason: 'upgrade' } },
  'delete-drain': { action: 'drain.end' },
  'resubmit-dead-letter': { action: 'request.resubmit' },
  'discard-dead-letter': { action: 'request.discard' },
};

/** Lists of what is the caller's, and what is everybody's. */
export const OPEN_TO_ALL: readonly string[] = [
  'audit',
  'audit-of-subscription',
  'find-packages',
  'find-packages-in-subscription',
  'get-doctor',
  'get-drain',
  'get-open-api',
  'get-overview',
  'get-subscription',
  'list-dead-letters',
  'list-locations',
  'list-provider-operations',
  'list-resource-groups',
  'list-subscriptions',
  'list-templates-of-subscription',
  'put-artifact',
];

type Put = (path: string, body: unknown) => Promise<Answer>;

/** A template of team B with everything that a path can name. */
export async function setUp(api: Api, put: Put, name: string, more: Partial<Run> = {}): Promise<void> {
  const ref = refOf(name);
  assert.equal((await put(`${templates('team-b')}/${name}`, sampleBody())).status, 201);
  const artifactUri = `${api.container.url.replace(/\/[^/]+$/, '')}/vhds/${SUBSCRIPTION}/team-b/${name}/disk.vhd`;
  const outputs = [{ name: 'disk', type: 'VHD', state: 'Succeeded', artifactUri }] as const;
  const run = built(name, { outputs, ...more });
  await api.store.runs.create(run);
  const { id, state, startTime, message } = run;
  // A run without an instance would be begun again by whoever looks at it.
  api.engine.started.clear();
  await api.engine.start(id, { name: 'build-image', input: {} } as never);
  await api.store.templates.update(ref, ({ operationId: _none, ...head }) => ({
    ...head,
    provisioningState: 'Succeeded',
    lastRun: { id, state, startTime, message },
    ...(state === 'Running' && { activeRun: id }),
  }));
  await api.store.ledger.open({
    schema: 1,
    ref,
    runId: RUN,
    stagingGroup: 'IT_x',
    ownsGroup: true,
    expires: LATER,
  });
  if (!name.endsWith('-put-trigger'))
    await api.store.triggers.put({ schema: 1, ref, name: 'new', kind: 'SourceImage', status: {} } as never);
  const target = { ...gallery('team-b'), rings: [{ approval: true }, {}] };
  await api.store.distributions.put(ref, RUN, { schema: 1, plan: { targets: [target] } } as never);
  if (name === 'web') await fill(api);
}

async function fill({ store }: Api): Promise<void> {
  const ref = refOf('web');
  await store.inventories.put(ref, RUN, {
    ...{ schema: 1, takenAt: AT, inventory: anInventory, source: anInventory },
  });
  const image = { ref, runId: RUN, at: AT, versions: ['1.0.0'], os: 'debian 12' };
  await store.packageIndex.note({ schema: 1, image, packages: [['deb', 'openssl', '3.0.15']] });
  const proof = { name: 'secret-of-b', result: 'passed', expected: '', found: '' } as const;
  await store.proofs.put(ref, RUN, 'checks', { schema: 1, at: AT, proofs: [proof] });
  await store.provenance.put(ref, RUN, { schema: 1, outputs: [] });
  await store.logs.append(ref, RUN, 'build.out', Buffer.from('secret-of-b'));
  const line = { id: 'x', at: AT, phase: 'customize', event: 'note', message: 'secret-of-b' } as const;
  await store.timeline.append(ref, RUN, [line]);
  const request = { schema: 1, id: REQUEST, key: 'k', ref, reason: 'secret-of-b', priority: 0 } as const;
  await store.buildRequests.create({ ...request, whenBusy: 'queue', acceptedAt: AT, state: 'waiting' });
  const operation = { schema: 1, id: OPERATION, status: 'Succeeded', startTime: AT, endTime: AT } as const;
  await store.operations.put({ ...operation, templateId: `${templates('team-b')}/web` });
}
