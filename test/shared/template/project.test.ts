import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import type { TemplateHead } from '../../../shared/model/documents/documents.ts';
import { withDefaults } from '../../../shared/template/body.ts';
import { resourceId, runId } from '../../../shared/model/convert.ts';
import { parseTemplate } from '../../../shared/template/parse.ts';
import { project } from '../../../shared/template/project.ts';
import { API_VERSIONS, findVersion, NEWEST } from '../../../shared/template/versions/all.ts';
import { changed, fullBody, IDENTITY, REF } from '../../support/sample-templates.ts';

const head = (changes: Partial<TemplateHead> = {}): TemplateHead => ({
  schema: 1,
  ref: REF,
  revision: 1,
  provisioningState: 'Succeeded',
  body: fullBody(),
  bodyApiVersion: NEWEST.name,
  createdAt: '2026-01-01T00:00:00Z',
  changedAt: '2026-01-02T00:00:00Z',
  ...changes,
});

type Shown = {
  provisioningState: string;
  provisioningError: unknown;
  source: { exactVersion?: string };
  customize: unknown[];
  distribute: { replicationMode?: string }[];
  lastRunStatus?: { runSubState?: string };
};

const shown = (changes?: Partial<TemplateHead>, version = NEWEST): Shown =>
  project(head(changes), version)['properties'] as Shown;

const targets = () => fullBody().properties['distribute'] as { replicationMode?: string }[];

test('what is read can be sent back and means the same, for every subset of the optional fields', () => {
  const optional = Object.keys(fullBody().properties).filter(
    (key) => !['source', 'distribute'].includes(key),
  );
  fc.assert(
    fc.property(fc.subarray(optional), fc.constantFrom(...targets()), (dropped, target) => {
      const body = fullBody();
      for (const key of dropped) delete body.properties[key];
      body.properties['distribute'] = [target];
      const sent = parseTemplate(body, NEWEST, REF);
      const again = parseTemplate(project(head({ body }), NEWEST), NEWEST, REF);
      assert.ok(sent.ok && again.ok, JSON.stringify(again));
      assert.deepEqual(again.template, sent.template);
      assert.deepEqual(withDefaults(again.body, NEWEST), withDefaults(sent.body, NEWEST));
    }),
  );
});

test('a template without an identity is shown with none, in every version whose clients need the member', () => {
  const { identity: _, ...body } = fullBody();
  for (const version of API_VERSIONS) {
    const shown = project(head({ body }), version);
    const wanted = version.name >= '2020-02-14' ? { type: 'None' } : undefined;
    assert.deepEqual(shown['identity'], wanted, version.name);
  }
  assert.ok(parseTemplate(project(head({ body }), NEWEST), NEWEST, REF).ok, 'what is read can be sent back');
});

test('an identity is shown with its principal and its client, and without them can be sent back', () => {
  const found = { principalId: '1', clientId: '2' };
  // az writes ids in lower case.
  const identities = [{ id: resourceId(IDENTITY.toLowerCase()), ...found }];
  const { identity } = project(head({ identities }), NEWEST);
  assert.deepEqual(identity, { type: 'UserAssigned', userAssignedIdentities: { [IDENTITY]: found } });
  const unknown = [{ id: resourceId(`${IDENTITY}2`), ...found }];
  assert.deepEqual(project(head({ identities: unknown }), NEWEST)['identity'], fullBody()['identity']);
  const again = parseTemplate(project(head({ identities }), NEWEST), NEWEST, REF);
  const sent = parseTemplate(fullBody(), NEWEST, REF);
  assert.ok(again.ok && sent.ok);
  assert.deepEqual(withDefaults(again.body, NEWEST), withDefaults(sent.body, NEWEST));
});

test('an older api-version shows nothing that it does not know', () => {
  for (const version of API_VERSIONS.filter(({ extensions }) => !extensions)) {
    const projected = project(head(), version);
    const parsed = parseTemplate(projected, version, REF);
    assert.ok(parsed.ok, JSON.stringify(parsed));
  }
  const oldest = findVersion('2024-02-01');
  assert.ok(oldest);
  const properties = shown({}, oldest);
  assert.equal(properties.customize.length, 6);
  assert.equal(properties.distribute[1]?.replicationMode, undefined);
});

test('a body written in an old api-version shows the defaults of a newer reader', () => {
  const body = fullBody();
  changed('/properties/distribute/1/replicationMode', undefined, body);
  const properties = shown({ body, bodyApiVersion: '2024-02-01' });
  assert.equal(properties.distribute[1]?.replicationMode, 'Full');
});

test('a running template shows the time that is not yet, and the sub-state only while it runs', () => {
  const lastRun = {
    id: runId('22222222-2222-2222-2222-222222222222'),
    state: 'Running',
    subState: 'Building',
    startTime: '2026-01-01T00:00:00Z',
    message: '',
  } as const;
  assert.deepEqual(shown({ lastRun }).lastRunStatus, {
    startTime: '2026-01-01T00:00:00Z',
    endTime: '0001-01-01T00:00:00Z',
    runState: 'Running',
    runSubState: 'Building',
    message: '',
  });
  const ended = shown({ lastRun: { ...lastRun, state: 'Succeeded', endTime: '2026-01-01T01:00:00Z' } });
  assert.equal(ended.lastRunStatus?.runSubState, undefined);
  assert.equal(shown().lastRunStatus, undefined);
});

test('the resolved version is shown where the source has one', () => {
  assert.equal(shown({ exactVersion: '12.1.1' }).source.exactVersion, '12.1.1');
  assert.equal(shown().source.exactVersion, 'Latest');
  const iso = { type: 'ISO', sourceUri: 'https://example.com/a.iso', sha256Checksum: 'a'.repeat(64) };
  const body = fullBody();
  body.properties['source'] = iso;
  assert.deepEqual(shown({ body, exactVersion: 'x' }).source, iso);
});

test('a failed submission shows its reason and what to do', () => {
  const provisioningError = { code: 'ChecksumMismatch', message: 'It is another file.' } as const;
  const properties = shown({ provisioningState: 'Failed', provisioningError });
  assert.equal(properties.provisioningState, 'Failed');
  assert.deepEqual(properties.provisioningError, {
    provisioningErrorCode: 'ChecksumMismatch',
    message: 'It is another file.',
    remedy: 'Correct the checksum or the file.',
  });
});
