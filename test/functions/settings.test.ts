import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseSettings } from '../../functions/settings.ts';
import { KilnError } from '../../shared/errors/failure.ts';

const ACCOUNT = { KILN_STORAGE_ACCOUNT_URL: 'https://a.blob.core.windows.net/' };

test('little is needed: the rest has defaults', () => {
  assert.deepEqual(parseSettings(ACCOUNT), {
    appName: 'kiln',
    armEndpoint: 'https://management.azure.com',
    storage: { kind: 'identity', accountUrl: 'https://a.blob.core.windows.net' },
    storageContainer: 'kiln',
    urlAllow: [],
    hygieneBoot: true,
    isoHelper: { publisher: 'almalinux', offer: 'almalinux-x86_64', sku: '9-gen2', version: 'latest' },
    limits: { total: 50, perSubscription: 20 },
    retention: { operations: 7, requests: 30, artifacts: 30, logs: 0, runs: 0 },
    strictCreate: false,
    encryptionAtHost: false,
    provenance: { mostBytes: 0 },
    osvUrl: 'https://osv-vulnerabilities.storage.googleapis.com',
    auth: { missing: ['KILN_AUTH_ISSUER', 'KILN_AUTH_AUDIENCE', 'KILN_AUTH_JWKS_URL'] },
    policy: { mode: 'open', rules: [] },
  });
});

test('what is kept how long is said by kind, and the rest is as usual', () => {
  const kept = parseSettings({ ...ACCOUNT, KILN_RETENTION: '{"logs": 90, "artifacts": 0}' }).retention;
  assert.deepEqual(kept, { operations: 7, requests: 30, artifacts: 0, logs: 90, runs: 0 });
  for (const [text, words] of [
    ['ninety', /KILN_RETENTION is "ninety"; write JSON/],
    ['[1]', /write JSON such as/],
    ['{"log": 9}', /has "log": 9; write days from 0/],
    ['{"logs": -1}', /has "logs": -1/],
    ['{"runs": "365"}', /has "runs": "365"/],
  ] as const)
    assert.throws(() => parseSettings({ ...ACCOUNT, KILN_RETENTION: text }), words);
});

test('what the deployment says of rights is read whole, or refused', () => {
  const id = '11111111-1111-1111-1111-111111111111';
  const said = {
    ...{ roleSuffix: 'prod abc123', subscriptionId: id, buildSubscriptionId: '' },
    ...{ stagingGroupIds: [`/subscriptions/${id}/resourceGroups/staging`], imageGroupIds: [] },
  };
  const read = (rights: object | string) =>
    parseSettings({ ...ACCOUNT, KILN_RIGHTS: JSON.stringify(rights), KILN_PRINCIPAL_ID: id }).rights;
  assert.deepEqual(read(said), { ...said, principalId: id });
  assert.equal(parseSettings(ACCOUNT).rights, undefined);
  for (const wrong of [
    'x',
    {},
    { ...said, subscriptionId: 'mine' },
    { ...said, imageGroupIds: ['images'] },
    { ...said, stagingGroupIds: undefined },
  ])
    assert.throws(() => read(wrong), /KILN_RIGHTS is not as the deployment writes it/);
});

test('everything can be set', () => {
  const settings = parseSettings({
    KILN_STORAGE_CONNECTION: 'UseDevelopmentStorage=true',
    KILN_STORAGE_CONTAINER: 'other',
    KILN_ARM_ENDPOINT: 'http://127.0.0.1:7080',
    KILN_URL_ALLOW: 'https://Scripts.corp:443/, http://127.0.0.1:8000',
    KILN_APP_NAME: 'golden',
    KILN_AUTH_ISSUER: 'https://sts.windows.net/tenant/',
    KILN_AUTH_AUDIENCE: 'api://a, api://b',
    KILN_AUTH_JWKS_URL: 'https://login.microsoftonline.com/tenant/discovery/v2.0/keys',
    KILN_AUTH_TENANT: '22222222-2222-2222-2222-222222222222',
    KILN_AUTH_RESTRICT: '{"AAAA": ["images"]}',
    KILN_SUBSCRIPTION_ID: '11111111-1111-1111-1111-111111111111',
    KILN_STRICT_CREATE: 'True',
  });
  assert.deepEqual(settings.storage, { kind: 'connection', connectionString: 'UseDevelopmentStorage=true' });
  assert.deepEqual(settings.urlAllow, ['https://scripts.corp', 'http://127.0.0.1:8000']);
  assert.deepEqual(settings.auth, {
    // The slash at the end is part of the issuer: v1 tokens have it.
    issuer: 'https://sts.windows.net/tenant/',
    audiences: ['api://a', 'api://b'],
    jwksUrl: 'https://login.microsoftonline.com/tenant/discovery/v2.0/keys',
    tenant: '22222222-2222-2222-2222-222222222222',
  });
  assert.deepEqual(settings.policy, {
    mode: 'open',
    rules: [
      {
        name: 'KILN_AUTH_RESTRICT AAAA',
        principals: ['aaaa'],
        actions: ['read', 'run', 'write', 'approve', 'admin'],
        scopes: ['/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/images'],
      },
    ],
  });
  assert.equal(settings.strictCreate, true);
});

test('the bus is reached as the Functions trigger reaches it, and a webhook needs a real secret', () => {
  assert.deepEqual(
    parseSettings({ ...ACCOUNT, ServiceBusConnection__fullyQualifiedNamespace: 'k.servicebus.windows.net' })
      .bus,
    { kind: 'identity', namespace: 'k.servicebus.windows.net' },
  );
  const secret = Buffer.alloc(24, 7);
  const webhook = {
    KILN_WEBHOOK_URL: 'https://hooks.corp/kiln',
    KILN_WEBHOOK_SECRET: secret.toString('base64'),
  };
  assert.deepEqual(parseSettings({ ...ACCOUNT, ...webhook }).webhook, {
    url: 'https://hooks.corp/kiln',
    secret,
  });
  assert.throws(
    () => parseSettings({ ...ACCOUNT, ...webhook, KILN_WEBHOOK_SECRET: 'short' }),
    /KILN_WEBHOOK_SECRET has 3 bytes; write 24 or more/,
  );
});

test('every problem is told at once', () => {
  const bad = {
    KILN_STORAGE_CONTAINER: 'A',
    KILN_ARM_ENDPOINT: 'http://management.azure.com',
    KILN_URL_ALLOW: 'scripts.corp,https://a.example/path',
    KILN_AUTH_ISSUER: 'x',
    KILN_AUTH_AUDIENCE: 'y',
    KILN_AUTH_JWKS_URL: 'http://keys.example',
    KILN_AUTH_RESTRICT: '{"a": "images"}',
  };
  assert.throws(
    () => parseSettings(bad),
    (error) => {
      assert.ok(error instanceof KilnError && error.failure.code === 'NotConfigured');
      for (const part of [
        'KILN_STORAGE_ACCOUNT_URL',
        'KILN_STORAGE_CONTAINER',
        'KILN_ARM_ENDPOINT',
        '"scripts.corp"',
        'a.example/path',
        'KILN_AUTH_JWKS_URL',
        'KILN_AUTH_RESTRICT',
      ])
        assert.ok(error.message.includes(part), part);
      return true;
    },
  );
});

test('the image of the ISO helper is a whole URN', () => {
  const { isoHelper } = parseSettings({ ...ACCOUNT, KILN_ISO_HELPER_IMAGE: 'a:b:c:1.0.0' });
  assert.deepEqual(isoHelper, { publisher: 'a', offer: 'b', sku: 'c', version: '1.0.0' });
  for (const urn of ['a:b:c', 'a:b:c:d:e'])
    assert.throws(
      () => parseSettings({ ...ACCOUNT, KILN_ISO_HELPER_IMAGE: urn }),
      /publisher:offer:sku:version/,
    );
});

test('provenance is signed by a key of a vault, or by a file whose whole path is told', () => {
  const of = (at: string, gb = '') =>
    parseSettings({ ...ACCOUNT, KILN_PROVENANCE_KEY: at, KILN_PROVENANCE_VHD_GB: gb }).provenance;
  const id = 'https://team.vault.azure.net/keys/kiln';
  assert.deepEqual(of(id, '2'), { key: { kind: 'vault', at: id }, mostBytes: 2 * 1024 ** 3 });
  assert.deepEqual(of('/data/key.pem'), { key: { kind: 'file', at: '/data/key.pem' }, mostBytes: 0 });
  for (const wrong of [
    'https://evil.example/keys/kiln',
    'key.pem',
    'https://team.vault.azure.net/secrets/kiln',
  ])
    assert.throws(() => of(wrong), /KILN_PROVENANCE_KEY/);
});

test('advisories come over https, or from a folder', () => {
  const of = (url: string) => parseSettings({ ...ACCOUNT, KILN_OSV_URL: url }).osvUrl;
  for (const url of ['file:///mnt/osv', 'https://mirror.example/osv', 'http://127.0.0.1:8080'])
    assert.equal(of(url), url);
  for (const url of ['http://mirror.example', 'file://server/share', 'osv'])
    assert.throws(() => of(url), /KILN_OSV_URL/);
});
