import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import type { Failure } from '../../../shared/errors/failure.ts';
import { parseTemplate } from '../../../shared/template/parse.ts';
import { API_VERSIONS, findVersion, NEWEST } from '../../../shared/template/versions/all.ts';
import { changed, fullBody, IDENTITY, inGroup, REF, SUBSCRIPTION } from '../../support/sample-templates.ts';

function parse(body: unknown, apiVersion = NEWEST.name, allow: string[] = []) {
  const version = findVersion(apiVersion);
  assert.ok(version);
  return parseTemplate(body, version, REF, { allow });
}

function accepted(body: unknown, apiVersion?: string, allow?: string[]) {
  const parsed = parse(body, apiVersion, allow);
  assert.ok(parsed.ok, JSON.stringify(parsed));
  return parsed.template;
}

function failures(body: unknown, apiVersion?: string): readonly Failure[] {
  const parsed = parse(body, apiVersion);
  return parsed.ok ? [] : parsed.failures;
}

describe('a template that uses everything', () => {
  const template = accepted(fullBody());
  const { properties } = template;

  test('has canonical regions and lower-case checksums', () => {
    assert.equal(template.location, 'westus2');
    const [managed, shared] = properties.distribute;
    assert.equal(managed?.type === 'ManagedImage' && managed.location, 'westus2');
    assert.deepEqual(shared?.type === 'SharedImage' && shared.targetRegions, [
      { name: 'northeurope', replicaCount: 2, storageAccountType: 'Standard_ZRS' },
    ]);
    assert.partialDeepStrictEqual(properties.customize[1], {
      script: { kind: 'uri', sha256: 'a'.repeat(64) },
    });
  });

  test('has its defaults filled in', () => {
    assert.equal(properties.buildTimeoutInMinutes, 240);
    assert.deepEqual(properties.errorHandling, {
      onCustomizerError: 'abort',
      onValidationError: 'cleanup',
      leaseMinutes: 24 * 60,
    });
    assert.deepEqual(properties.customize[4], {
      type: 'WindowsRestart',
      name: 'WindowsRestart-5',
      restartCommand: 'shutdown /r /f /t 0 /c "packer restart"',
      restartCheckCommand: '',
      restartTimeout: 5400,
    });
    assert.partialDeepStrictEqual(properties.customize[5], {
      searchCriteria: 'BrowseOnly=0 and IsInstalled=0',
    });
    assert.partialDeepStrictEqual(properties.source, { version: 'latest', plan: { planName: 'a' } });
    assert.deepEqual(properties.optimize, {
      vmBoot: true,
      workload: { kind: 'uri', uri: 'https://example.com/w.sh' },
    });
    assert.equal(properties.validate?.continueDistributeOnFailure, true);
    assert.equal(properties.validate?.sourceValidationOnly, false);
  });

  test('a gallery target without regions goes to the location of the template, one with a version to that version', () => {
    const body = fullBody();
    body.properties['distribute'] = [
      {
        type: 'SharedImage',
        runOutputName: 'a',
        galleryImageId: inGroup('Microsoft.Compute/galleries/g/images/web/versions/1.2.3'),
      },
      {
        type: 'SharedImage',
        runOutputName: 'b',
        galleryImageId: inGroup('Microsoft.Compute/galleries/g/images/web'),
        replicationRegions: ['East US', 'eastus'],
        storageAccountType: 'Premium_LRS',
      },
    ];
    const [exact, old] = accepted(body).properties.distribute;
    assert.partialDeepStrictEqual(exact, {
      galleryImageId: inGroup('Microsoft.Compute/galleries/g/images/web'),
      versioning: { scheme: 'Exact', version: '1.2.3' },
      targetRegions: [{ name: 'westus2' }],
      replicationMode: 'Full',
    });
    assert.partialDeepStrictEqual(old, {
      versioning: { scheme: 'Latest', major: -1 },
      targetRegions: [{ name: 'eastus', replicaCount: 1, storageAccountType: 'Premium_LRS' }],
    });
  });
});

describe('what is ignored', () => {
  test('read-only fields, fields of the envelope and nulls', () => {
    const body = fullBody();
    Object.assign(body, {
      id: 5,
      name: {},
      type: 'x',
      apiVersion: 'y',
      dependsOn: [],
      systemData: {},
      etag: '',
    });
    Object.assign(body.properties, {
      provisioningState: 'Succeeded',
      provisioningError: null,
      lastRunStatus: {},
      exactStagingResourceGroup: '',
      validate: null,
    });
    changed('/properties/source/exactVersion', '1.2.3', body);
    changed('/properties/distribute/1/versioning', null, body);
    const withPrincipal = { [IDENTITY]: { principalId: 'a', clientId: 'b' } };
    changed('/identity/userAssignedIdentities', withPrincipal, body);
    assert.equal(accepted(body).properties.validate, undefined);
  });

  test('the staging group may be named without its first slash, as az sends it', () => {
    const body = fullBody();
    const id = `subscriptions/${REF.subscriptionId}/resourceGroups/staging`;
    body.properties['stagingResourceGroup'] = id;
    const parsed = parseTemplate(body, NEWEST, REF);
    assert.ok(parsed.ok, JSON.stringify(parsed));
    assert.equal(parsed.template.properties.stagingResourceGroup, `/${id}`);
  });

  test('an empty text where a generated client has nothing to say', () => {
    const body = fullBody();
    body.properties['customize'] = [{ type: 'Shell', inline: ['a'], scriptUri: '', sha256Checksum: '' }];
    body.properties['stagingResourceGroup'] = '';
    changed('/properties/vmProfile/vnetConfig', { subnetId: '', containerInstanceSubnetId: '' }, body);
    const { properties } = accepted(body);
    assert.equal(properties.vmProfile.subnetId, undefined);
    assert.equal(properties.stagingResourceGroup, undefined);
  });
});

describe('every problem is told with its pointer and what to write', () => {
  const P = '/properties';
  const cases: [string, unknown, string, string, RegExp][] = [
    ['/locaton', 'x', '/locaton', 'UnknownField', /Did you mean "location"/],
    ['/location', undefined, '/location', 'MissingField', /"location" is missing/],
    ['/location', '<region>', '/location', 'UnfilledToken', /<region>/],
    ['/location', 5, '/location', 'InvalidValue', /5 is not of type string/],
    [`${P}/buildTimeoutInMinutes`, 3, `${P}/buildTimeoutInMinutes`, 'InvalidValue', /at least 6/],
    [`${P}/buildTimeoutInMinutes`, 961, `${P}/buildTimeoutInMinutes`, 'InvalidValue', /at most 960/],
    [`${P}/distribute`, [], `${P}/distribute`, 'InvalidValue', /at least 1 item/],
    [`${P}/source/type`, 'platformimage', `${P}/source/type`, 'InvalidValue', /Did you mean "PlatformImage"/],
    [`${P}/source/type`, undefined, `${P}/source/type`, 'MissingField', /one of "PlatformImage"/],
    [`${P}/source/sku`, '', `${P}/source/sku`, 'InvalidValue', /not empty/],
    [`${P}/customize/0/inline`, [], `${P}/customize/0`, 'MissingField', /"inline" and "scriptUri"/],
    [`${P}/customize/0/inlin`, [], `${P}/customize/0/inlin`, 'UnknownField', /Shell customizer .* "inline"/],
    [`${P}/customize/1/inline`, ['a'], `${P}/customize/1`, 'ConflictingFields', /exclude each other/],
    [
      `${P}/customize/1/sha256Checksum`,
      'abc',
      `${P}/customize/1/sha256Checksum`,
      'InvalidValue',
      /64 hexadecimal/,
    ],
    [
      `${P}/customize/2/runElevated`,
      false,
      `${P}/customize/2/runAsSystem`,
      'ConflictingFields',
      /"runElevated"/,
    ],
    [`${P}/customize/3/destination`, 'a/b', `${P}/customize/3/destination`, 'InvalidValue', /absolute path/],
    [
      `${P}/customize/3/destination`,
      '/tmp/',
      `${P}/customize/3/destination`,
      'InvalidValue',
      /absolute path/,
    ],
    [`${P}/customize/3/sourceUri`, '', `${P}/customize/3/sourceUri`, 'UrlNotAllowed', /not a URL/],
    [
      `${P}/customize/4/restartTimeout`,
      '5 min',
      `${P}/customize/4/restartTimeout`,
      'InvalidValue',
      /5m or 2h/,
    ],
    [
      `${P}/distribute/0/imageId`,
      inGroup('Microsoft.Compute/disks/a'),
      `${P}/distribute/0/imageId`,
      'InvalidResourceId',
      /type Microsoft\.Compute\/images/,
    ],
    [
      `${P}/distribute/1/replicationRegions`,
      ['eastus'],
      `${P}/distribute/1/replicationRegions`,
      'ConflictingFields',
      /exclude/,
    ],
    [
      `${P}/distribute/1/targetRegions`,
      [{ name: 'a' }, { name: 'A' }],
      `${P}/distribute/1/targetRegions/1/name`,
      'DuplicateValue',
      /item 0/,
    ],
    [
      `${P}/distribute/1/galleryImageId`,
      inGroup('Microsoft.Compute/galleries/g/images/i/versions/latest'),
      `${P}/distribute/1/galleryImageId`,
      'InvalidValue',
      /three integers/,
    ],
    [
      `${P}/distribute/2/runOutputName`,
      'IMAGE',
      `${P}/distribute/2/runOutputName`,
      'DuplicateValue',
      /already used/,
    ],
    [`${P}/distribute/2/runOutputName`, 'a b', `${P}/distribute/2/runOutputName`, 'InvalidValue', /1 to 64/],
    [
      `${P}/vmProfile/vnetConfig/containerInstanceSubnetId`,
      inGroup('Microsoft.Network/virtualNetworks/n/subnets/c'),
      '',
      '',
      /^$/,
    ],
    ['/identity/type', 'None', '/identity/type', 'ConflictingFields', /identities are listed/],
  ];
  for (const [pointer, value, target, code, message] of cases)
    test(`${pointer} = ${JSON.stringify(value)}`, () => {
      const found = failures(changed(pointer, value));
      if (code === '') return assert.deepEqual(found, []);
      const failure = found.find((one) => one.target === target);
      assert.ok(failure, JSON.stringify(found));
      assert.equal(failure.code, code);
      assert.match(failure.message, message);
    });

  test('all of them at once', () => {
    const told = cases.filter(([pointer, , target, code]) => pointer === target && code === 'InvalidValue');
    const deep = told.filter(([pointer]) => !/distribute$|source\/type$/.test(pointer));
    const body = fullBody();
    for (const [pointer, value] of deep) changed(pointer, value, body);
    const targets = failures(body).map(({ target }) => target);
    for (const [pointer] of deep) assert.ok(targets.includes(pointer), pointer);
    assert.ok(deep.length > 7);
  });

  test('the signature of a URL is never repeated', () => {
    const text = JSON.stringify(
      failures(changed('/properties/customize/3/sourceUri', 'ftp://e.com/f?sig=hush')),
    );
    assert.match(text, /ftp:\/\/e\.com\/f/);
    assert.doesNotMatch(text, /hush/);
  });
});

describe('the api-versions', () => {
  const official = () => {
    const body = fullBody();
    const { customize } = body.properties;
    assert.ok(Array.isArray(customize));
    customize.pop();
    return body;
  };

  test('the newest official one knows neither ISO nor a restart of Linux', () => {
    assert.deepEqual(failures(official(), '2025-10-01'), []);
    const [failure] = failures(fullBody(), '2025-10-01');
    assert.equal(failure?.target, '/properties/customize/6/type');
  });

  test('2024-02-01 lacks data disks, workload and replication mode', () => {
    assert.deepEqual(
      new Set(failures(official(), '2024-02-01').map((failure) => failure.target)),
      new Set([
        '/properties/additionalDataDisks',
        '/properties/distribute/1/replicationMode',
        '/properties/optimize/workload',
      ]),
    );
  });

  test('official ones need exactly one identity, ours takes none', () => {
    for (const identity of [undefined, { type: 'None' }]) {
      assert.deepEqual(failures(changed('/identity', identity)), []);
      assert.equal(failures(changed('/identity', identity, official()), '2025-10-01').length, 1);
    }
    const two = { [IDENTITY]: {}, [`${IDENTITY}2`]: {}, '<identity>': {} };
    const found = failures(changed('/identity/userAssignedIdentities', two));
    assert.deepEqual(
      found.map(({ code, target }) => [code, target]),
      [
        ['UnfilledToken', '/identity/userAssignedIdentities/<identity>'],
        ['InvalidValue', '/identity/userAssignedIdentities'],
      ],
    );
  });

  test('uploaded artifacts are ours only', () => {
    const uri = `kiln-artifact://sha256/${'B'.repeat(64)}`;
    const pointer = '/properties/customize/1/scriptUri';
    assert.deepEqual(failures(changed(pointer, uri)), []);
    assert.equal(failures(changed(pointer, uri, official()), '2025-10-01')[0]?.code, 'UrlNotAllowed');
    assert.equal(failures(changed(pointer, 'kiln-artifact://sha256/1'))[0]?.target, pointer);
  });

  test('an origin on the allow-list may be private and plain', () => {
    const body = () => changed('/properties/customize/1/scriptUri', 'http://127.0.0.1:8000/a.sh');
    assert.equal(failures(body()).length, 1);
    accepted(body(), NEWEST.name, ['http://127.0.0.1:8000']);
  });
});

describe('any body', () => {
  test('gives a result, never an exception', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.constantFrom(...API_VERSIONS), (body, version) => {
        const parsed = parseTemplate(body, version, REF);
        return (
          parsed.ok || parsed.failures.every(({ target, message }) => target !== undefined && message !== '')
        );
      }),
    );
  });

  test('with one value replaced is accepted, or refused with a pointer', () => {
    const pointers: string[] = [];
    const walk = (value: unknown, at: string): void => {
      if (at !== '') pointers.push(at);
      if (typeof value === 'object' && value !== null)
        for (const [key, child] of Object.entries(value)) if (!key.includes('/')) walk(child, `${at}/${key}`);
    };
    walk(fullBody(), '');
    fc.assert(
      fc.property(fc.constantFrom(...pointers), fc.jsonValue(), (pointer, value) => {
        const parsed = parseTemplate(changed(pointer, value), NEWEST, REF);
        return parsed.ok || parsed.failures.length > 0;
      }),
      { numRuns: 500 },
    );
  });

  test('names are accepted exactly when they have the form of the service', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 70, unit: 'grapheme-ascii' }), (name) => {
        const parsed = parseTemplate(fullBody(), NEWEST, { ...REF, name });
        // The two names of folders are no names in a URL.
        return parsed.ok === (/^[A-Za-z0-9_.-]{1,64}$/.test(name) && name !== '.' && name !== '..');
      }),
      { examples: [['.'], ['..'], ['...'], ['.a']] },
    );
  });
});

const data =
  process.env['KILN_REFERENCE_DATA'] ?? path.resolve(import.meta.dirname, '../../../../shared/data');
const examples = path.join(data, 'imagebuilder-examples/2024-02-01');
const skip = existsSync(examples) ? false : `reference data not found at ${data}; set KILN_REFERENCE_DATA`;

test('the official examples of 2024-02-01 are accepted', { skip }, () => {
  for (const file of ['CreateImageTemplateLinux.json', 'CreateImageTemplateWindows.json']) {
    const text = readFileSync(path.join(examples, file), 'utf8').replaceAll(
      '{subscription-id}',
      SUBSCRIPTION,
    );
    const example = JSON.parse(text) as { parameters: { parameters: unknown } };
    accepted(example.parameters.parameters, '2024-02-01');
  }
});
