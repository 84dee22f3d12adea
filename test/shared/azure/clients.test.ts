import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { pinApiVersion } from '../../../shared/azure/api-versions.ts';
import { createCredential } from '../../../shared/azure/credential.ts';
import { createAzure } from '../../../shared/azure/index.ts';
import { KilnError } from '../../../shared/errors/failure.ts';
import { credential, error, failureOf, standIn, SUBSCRIPTION } from './stand-in.ts';

const at = (endpoint: string) => createAzure({ endpoint, credential, subscriptionId: SUBSCRIPTION });

test('plain http is refused for every host but this machine', () => {
  for (const endpoint of [
    'http://management.azure.com',
    'http://127.0.0.1.evil.example',
    'http://10.0.0.1',
    'ftp://127.0.0.1',
    'management.azure.com',
  ])
    assert.throws(() => at(endpoint), KilnError, endpoint);
  for (const endpoint of [
    'http://127.0.0.1:1',
    'http://localhost:1',
    'http://[::1]:1',
    'https://management.azure.com',
  ])
    assert.ok(at(endpoint), endpoint);
});

test('requests carry the token, the correlation id and the user agent of this version', async () => {
  const arm = await standIn(() => ({ body: { location: 'West Europe', tags: { a: 'b' } } }), {
    correlationId: 'c-1',
  });
  assert.deepEqual(await arm.azure.groups.get('staging'), {
    location: 'westeurope',
    tags: { a: 'b' },
    provisioningState: '',
  });
  const [request] = arm.received;
  assert.equal(request?.headers['authorization'], 'Bearer secret-token');
  assert.equal(request?.headers['x-ms-correlation-request-id'], 'c-1');
  const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
  assert.ok(String(request?.headers['user-agent']).startsWith(`kiln/${version} azsdk-js-`));
});

test('the SDK repeats nothing and sleeps not at all: Retry-After is handed to the caller', async () => {
  const arm = await standIn(() => ({
    status: 429,
    headers: { 'retry-after': '120' },
    body: error('TooManyRequests', 'Slow down.'),
  }));
  const failure = await failureOf(arm.azure.groups.get('staging'));
  assert.equal(failure.code, 'AzureThrottled');
  assert.equal(failure.retryAfterMs, 120_000);
  assert.equal(arm.received.length, 1);
});

test('a connection that breaks is AzureUnavailable, not an error of the SDK', async () => {
  const arm = await standIn(() => ({}));
  await arm.close();
  const failure = await failureOf(arm.azure.groups.get('staging'));
  assert.equal(failure.code, 'AzureUnavailable');
  assert.match(failure.message, /ECONNREFUSED/);
});

test('no token for Azure is AzureDenied and says which setting to check', async () => {
  const broken = {
    getToken: () =>
      Promise.reject(Object.assign(new Error('no identity'), { name: 'CredentialUnavailableError' })),
  };
  const azure = createAzure({
    endpoint: 'http://127.0.0.1:1',
    credential: broken,
    subscriptionId: SUBSCRIPTION,
  });
  const failure = await failureOf(azure.groups.get('staging'));
  assert.equal(failure.code, 'AzureDenied');
  assert.match(failure.message, /AZURE_CLIENT_ID/);
});

test('the token follows neither a redirect nor a next link to another origin', async () => {
  const elsewhere = await standIn(() => ({ body: { value: [] } }));
  const arm = await standIn(({ path }) =>
    path.endsWith('/resources')
      ? { body: { value: [], nextLink: `${elsewhere.base}/page2` } }
      : { status: 307, headers: { location: `${elsewhere.base}/stolen` } },
  );
  const listing = await failureOf(arm.azure.groups.resources('staging', { name: 'a', value: 'b' }));
  assert.match(listing.message, /not the configured endpoint/);
  assert.equal((await failureOf(arm.azure.groups.get('staging'))).code, 'AzureRefused');
  assert.deepEqual(elsewhere.received, []);
});

test('filters keep their spaces as %20 and double the quotes', async () => {
  const arm = await standIn(() => ({ body: { value: [] } }));
  await arm.azure.groups.resources('staging', { name: 'kiln-run', value: "o'r" });
  assert.match(arm.received[0]?.url ?? '', /%20/);
  assert.doesNotMatch(arm.received[0]?.url ?? '', /\+/);
  assert.equal(arm.received[0]?.query.get('$filter'), "tagName eq 'kiln-run' and tagValue eq 'o''r'");
  assert.equal(arm.received[0]?.query.get('api-version'), '2024-07-01');
});

test('api-versions are pinned by resource type and left alone on operations', () => {
  const compute = `https://a.example/subscriptions/${SUBSCRIPTION}/resourceGroups/g/providers/Microsoft.Compute`;
  const locations = `https://a.example/subscriptions/${SUBSCRIPTION}/providers/Microsoft.Compute/locations/westeurope`;
  const rows: [string, string][] = [
    [`${compute}/virtualMachines/v`, '2024-07-01'],
    [`${compute}/virtualMachines/v/runCommands/c`, '2024-07-01'],
    [`${compute}/images/i`, '2024-07-01'],
    [`${compute}/disks/d/beginGetAccess`, '2024-03-02'],
    [`${compute}/snapshots/s`, '2024-03-02'],
    [`${compute}/galleries/g/images/i/versions/1.0.0`, '2023-07-03'],
    [`https://a.example/subscriptions/${SUBSCRIPTION}/providers/Microsoft.Compute/skus`, '2021-07-01'],
    [`https://a.example/subscriptions/${SUBSCRIPTION}/resourcegroups/operations`, '2024-07-01'],
    [`${compute.replace('Compute', 'Network')}/virtualNetworks/n`, '2024-01-01'],
    [`${locations}/publishers/p/artifacttypes/vmimage/offers/o/skus/s/versions`, '2024-07-01'],
    [`${locations}/operations/1`, '2099-01-01'],
    [`${locations}/DiskOperations/1`, '2099-01-01'],
    [`${locations}/capsOperations/1`, '2099-01-01'],
    [`https://a.example/subscriptions/${SUBSCRIPTION}/operationresults/abc`, '2099-01-01'],
    [`https://a.example/subscriptions/${SUBSCRIPTION}/providers/Microsoft.Other/things/x`, '2099-01-01'],
  ];
  for (const [url, version] of rows)
    assert.equal(
      pinApiVersion(`${url}?api-version=2099-01-01&$filter=a%20b`),
      `${url}?api-version=${version}&$filter=a%20b`,
    );
});

test('the credential is made from AZURE_CLIENT_ID, and without it', () => {
  assert.equal(typeof createCredential({ AZURE_CLIENT_ID: SUBSCRIPTION }).getToken, 'function');
  assert.equal(typeof createCredential({}).getToken, 'function');
});
