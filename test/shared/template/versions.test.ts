import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import type { TemplateHead } from '../../../shared/model/documents/documents.ts';
import { runId } from '../../../shared/model/convert.ts';
import { parseTemplate } from '../../../shared/template/parse.ts';
import { project } from '../../../shared/template/project.ts';
import { isObject, type SchemaNode } from '../../../shared/template/schema/node.ts';
import { API_VERSIONS, findVersion, NEWEST } from '../../../shared/template/versions/all.ts';
import type { ApiVersion } from '../../../shared/template/versions/version.ts';
import { bodyOfVersion } from '../../support/body-of-version.ts';
import { fullBody, inGroup, REF } from '../../support/sample-templates.ts';

const versionOf = (name: string): ApiVersion => {
  const version = findVersion(name);
  assert.ok(version, name);
  return version;
};

function parsed(body: unknown, version: ApiVersion) {
  const result = parseTemplate(body, version, REF);
  assert.ok(result.ok, `${version.name}: ${JSON.stringify(result)}`);
  return result;
}

const headOf = (body: unknown, version: ApiVersion, changes: Partial<TemplateHead> = {}): TemplateHead => ({
  schema: 1,
  ref: REF,
  revision: 1,
  provisioningState: 'Succeeded',
  body,
  bodyApiVersion: version.name,
  createdAt: '2026-01-01T00:00:00Z',
  changedAt: '2026-01-02T00:00:00Z',
  ...changes,
});

const shell = (fields: object) => ({
  location: 'westus',
  properties: {
    source: { type: 'PlatformImage', publisher: 'P', offer: 'O', sku: 'S', version: '1.2.3' },
    customize: [fields],
    distribute: [
      {
        type: 'sharedimage',
        RunOutputName: 'out',
        galleryImageId: inGroup('Microsoft.Compute/galleries/g/images/i'),
        replicationRegions: ['westus'],
        tags: { a: 'b' },
      },
    ],
  },
});

describe('in every api-version', () => {
  for (const version of API_VERSIONS)
    test(`${version.name}: what is read can be sent back and means the same`, () => {
      const optional = Object.keys(bodyOfVersion(version).properties).filter(
        (key) => !['source', 'distribute', 'customize'].includes(key),
      );
      const count = (key: string) => (bodyOfVersion(version).properties[key] as unknown[]).length;
      const some = (key: string, least: number) =>
        fc.subarray([...Array(count(key)).keys()], { minLength: least });
      fc.assert(
        fc.property(
          fc.subarray(optional),
          some('customize', 0),
          some('distribute', 1),
          (dropped, customizers, targets) => {
            const body = bodyOfVersion(version);
            for (const key of dropped) delete body.properties[key];
            const pick = (key: string, kept: number[]) =>
              kept.map((index) => (body.properties[key] as unknown[])[index]);
            body.properties['customize'] = pick('customize', customizers);
            body.properties['distribute'] = pick('distribute', targets);
            const sent = parsed(body, version);
            const again = parsed(project(headOf(sent.body, version), version), version);
            assert.deepEqual(again.template, sent.template);
          },
        ),
        { numRuns: 60 },
      );
    });

  test('a template written in an older version means the same when it is read and sent in the newest, but for the default of hygiene', () => {
    for (const version of API_VERSIONS) {
      const sent = parsed(bodyOfVersion(version), version);
      const again = parsed(project(headOf(sent.body, version), NEWEST), NEWEST);
      const byDefault = sent.template.properties.hygieneByDefault;
      assert.equal(byDefault, version.extensions ? 'fail' : 'warn');
      const properties = { ...again.template.properties, hygieneByDefault: byDefault };
      assert.deepEqual({ ...again.template, properties }, sent.template, version.name);
    }
  });

  test('the answer has no field that the schema of the version does not have', () => {
    const wire = (node: SchemaNode | undefined, name: string) =>
      Object.entries(node?.properties ?? {}).find(([key, child]) => (child['wire'] ?? key) === name)?.[1];
    for (const version of API_VERSIONS) {
      const { properties } = project(headOf(fullBody(), NEWEST), version);
      assert.ok(isObject(properties));
      for (const name of Object.keys(properties))
        assert.ok(wire(version.schema.properties?.['properties'], name), `${version.name}: ${name}`);
    }
  });
});

describe('before 2024-02-01', () => {
  test('names are read in any case and unknown fields are ignored', () => {
    const body = shell({ TYPE: 'shell', INLINE: ['true'], unknown: 1 });
    const { template } = parsed(
      { ...body, identity: bodyOfVersion(NEWEST)['identity'] },
      versionOf('2022-02-14'),
    );
    assert.partialDeepStrictEqual(template.properties.customize, [
      { type: 'Shell', script: { kind: 'inline', lines: ['true'] } },
    ]);
    const [target] = template.properties.distribute;
    assert.deepEqual(target?.artifactTags, {}, 'tags of a distributor are not a field of 2022-02-14');
  });

  test('the same body is refused from 2024-02-01 on, each problem with what was meant', () => {
    const result = parseTemplate(
      { ...shell({ type: 'shell', inline: ['true'] }), identity: bodyOfVersion(NEWEST)['identity'] },
      versionOf('2024-02-01'),
      REF,
    );
    assert.ok(!result.ok);
    const said = result.failures.map(({ target, message }) => `${target} ${message}`).join('\n');
    assert.match(said, /customize\/0\/type "shell" is not one of .* Did you mean "Shell"\?/);
    assert.match(said, /distribute\/0\/type "sharedimage" .* Did you mean "SharedImage"\?/);
  });

  test('a field with its proper name wins over another spelling of it', () => {
    const body = shell({ type: 'Shell', inline: ['right'], Inline: ['wrong'] });
    const { template } = parsed(body, versionOf('2019-05-01-preview'));
    assert.partialDeepStrictEqual(template.properties.customize, [{ script: { lines: ['right'] } }]);
  });

  test('regions of a later version are shown by name', () => {
    const { properties } = project(headOf(fullBody(), NEWEST), versionOf('2022-02-14'));
    const targets = (properties as { distribute: Record<string, unknown>[] }).distribute;
    assert.deepEqual(targets[1]?.['replicationRegions'], ['North Europe']);
    assert.equal(targets[1]?.['targetRegions'], undefined);
  });
});

describe('the previews', () => {
  test('know the ISO source in both spellings, no identity, and old names of fields', () => {
    for (const [name, uri] of [
      ['2018-02-01-preview', 'sourceURI'],
      ['2019-02-01-preview', 'sourceUri'],
      ['2019-05-01-preview', 'sourceURI'],
    ] as const) {
      const body = shell({ type: 'shell', script: 'https://example.com/a.sh' });
      const source = { type: 'ISO', [uri]: 'https://example.com/a.iso', sha256Checksum: 'a'.repeat(64) };
      const { template } = parsed({ ...body, properties: { ...body.properties, source } }, versionOf(name));
      assert.partialDeepStrictEqual(template.properties, {
        source: { type: 'ISO', sourceUri: 'https://example.com/a.iso' },
        customize: [{ type: 'Shell', script: { kind: 'uri', uri: 'https://example.com/a.sh' } }],
        distribute: [{ type: 'SharedImage', artifactTags: { a: 'b' } }],
      });
    }
  });

  test('answer in their own words', () => {
    const body = shell({ type: 'shell', script: 'https://example.com/a.sh' });
    const source = { type: 'ISO', sourceURI: 'https://example.com/a.iso', sha256Checksum: 'a'.repeat(64) };
    const version = versionOf('2018-02-01-preview');
    const sent = parsed({ ...body, properties: { ...body.properties, source } }, version);
    const lastRun = {
      id: runId('22222222-2222-2222-2222-222222222222'),
      state: 'Running',
      subState: 'Validating',
      startTime: '2026-01-01T00:00:00Z',
      message: '',
    } as const;
    const state = { provisioningState: 'Updating', lastRun } as const;
    const { properties } = project(headOf(sent.body, version, state), version);
    assert.partialDeepStrictEqual(properties, {
      source: { type: 'ISO', sourceURI: 'https://example.com/a.iso' },
      customize: [{ type: 'shell', script: 'https://example.com/a.sh' }],
      distribute: [{ type: 'sharedImage' }],
      provisioningState: 'Creating',
      lastRunStatus: { runState: 'running', runSubState: 'building' },
    });
  });

  test('take a network by its names', () => {
    const body = shell({ type: 'Shell', inline: ['true'] });
    const vmProfile = { vnetConfig: { name: 'net', subnetName: 'sub', resourceGroupName: 'nets' } };
    const { template } = parsed(
      { ...body, properties: { ...body.properties, vmProfile } },
      versionOf('2019-05-01-preview'),
    );
    assert.equal(
      template.properties.vmProfile.subnetId,
      `/subscriptions/${REF.subscriptionId}/resourceGroups/nets/providers/Microsoft.Network/virtualNetworks/net/subnets/sub`,
    );
  });
});

test('official versions say why a submission failed in their own codes, with ours in the message', () => {
  const provisioningError = { code: 'SourceNotFound', message: 'There is no such image.' } as const;
  const head = headOf(fullBody(), NEWEST, { provisioningState: 'Failed', provisioningError });
  const { properties } = project(head, versionOf('2025-10-01'));
  assert.partialDeepStrictEqual(properties, {
    provisioningError: {
      provisioningErrorCode: 'BadPIRSource',
      message: 'SourceNotFound: There is no such image.',
    },
  });
});
