// What every ARM service has in common: tokens, versions, addresses, errors, groups.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { after, before, describe, test } from 'node:test';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import { listAt, numberAt, parseObject, textAt } from '../../../local/azure/json.ts';
import { makeGallery, makeVm, stage } from './bodies.ts';
import {
  assertRefused,
  cloudFixture,
  LOCATION,
  tokenFor,
  type CloudFixture,
  type RunningCloud,
} from './support.ts';

let fixture: CloudFixture;
let cloud: RunningCloud;

before(async () => {
  fixture = await cloudFixture();
  cloud = await fixture.start({ profile: { timeCompression: 5000 } });
});
after(() => fixture[Symbol.asyncDispose]());

describe('the front door', () => {
  const groups = () =>
    `${cloud.url}/subscriptions/${cloud.subscriptionId}/resourceGroups?api-version=2024-07-01`;
  const withToken = async (token: string) => {
    const answer = await fetch(groups(), { headers: { authorization: `Bearer ${token}` } });
    return { status: answer.status, headers: answer.headers, body: parseObject(await answer.text()) ?? {} };
  };

  test('refuses a call without a token and says where to get one', async () => {
    const answer = await fetch(groups());
    assert.equal(answer.status, 401);
    assert.match(answer.headers.get('www-authenticate') ?? '', /^Bearer authorization_uri="http/);
    assert.equal(textAt(parseObject(await answer.text()), 'error.code'), 'AuthenticationFailed');
  });

  test('refuses a token of somebody else and one for another audience', async () => {
    const [header, payload] = (await tokenFor(cloud.url, cloud.url)).split('.');
    assertRefused(await withToken(`${header}.${payload}.AAAA`), 401, 'InvalidAuthenticationToken');
    assertRefused(
      await withToken(await tokenFor(cloud.url, 'api://kiln')),
      401,
      'InvalidAuthenticationTokenAudience',
    );
    assert.equal((await withToken(await tokenFor(cloud.url, 'https://management.azure.com'))).status, 200);
  });

  test('requires an api-version', async () => {
    const token = await tokenFor(cloud.url, cloud.url);
    const answer = await fetch(groups().split('?')[0] ?? '', {
      headers: { authorization: `Bearer ${token}` },
    });
    assert.equal(answer.status, 400);
    assert.equal(textAt(parseObject(await answer.text()), 'error.code'), 'MissingApiVersionParameter');
  });

  test('does not know other subscriptions', async () => {
    const other = `${cloud.url}/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups`;
    assertRefused(await cloud.call('GET', other), 404, 'SubscriptionNotFound');
  });

  test('answers 501 for what it does not know, and says so in its log', async () => {
    const target = '/providers/Microsoft.Unknown/things';
    assertRefused(await cloud.call('GET', target), 501, 'NotSupportedByLocalCloud');
    assert.match(cloud.stderr(), /not supported: GET .*Microsoft\.Unknown/);
  });

  test('refuses a body that is not JSON', async () => {
    const token = await tokenFor(cloud.url, cloud.url);
    const answer = await fetch(groups().replace('?', '/g?'), {
      method: 'PUT',
      body: '{"location": west}',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    });
    assert.equal(answer.status, 400);
    assert.equal(textAt(parseObject(await answer.text()), 'error.code'), 'InvalidRequestContent');
  });

  test('gives each answer a request id and keeps the correlation id of the caller', async () => {
    const { headers } = await cloud.call('GET', '/resourceGroups', undefined, {
      'x-ms-correlation-request-id': 'c1',
    });
    assert.match(headers.get('x-ms-request-id') ?? '', /^[0-9a-f-]{36}$/);
    assert.equal(headers.get('x-ms-correlation-request-id'), 'c1');
  });

  test('forwards the resource provider of the app to the app', async () => {
    const app = createServer((request, response) => {
      response.end(JSON.stringify({ url: request.url, host: request.headers.host }));
    });
    await new Promise<void>((resolve) => app.listen(0, '127.0.0.1', resolve));
    const address = app.address();
    assert.ok(address !== null && typeof address === 'object');
    const front = await fixture.start({ appUrl: `http://127.0.0.1:${address.port}` });
    const target = '/resourceGroups/g/providers/Microsoft.VirtualMachineImages/imageTemplates/t';
    const { body } = await front.call('GET', `${target}?api-version=2025-10-01`);
    assert.equal(body['url'], `/subscriptions/${front.subscriptionId}${target}?api-version=2025-10-01`);
    assert.equal(body['host'], new URL(front.url).host);
    app.close();
    app.closeAllConnections();
    assertRefused(await front.call('GET', `${target}?api-version=2025-10-01`), 502, 'BadGateway');
    await front.stop();
  });
});

describe('identity', () => {
  test("gives the app a token by App Service's rules", async () => {
    const endpoint = textAt(cloud.ready, 'identityEndpoint') ?? '';
    const secret = textAt(cloud.ready, 'identityHeader') ?? '';
    const ask = `${endpoint}?resource=${encodeURIComponent('https://storage.azure.com/')}&api-version=2019-08-01`;
    assert.equal((await fetch(ask, { headers: { 'x-identity-header': 'wrong' } })).status, 401);
    const answer = await fetch(ask, { headers: { 'x-identity-header': secret } });
    const body = parseObject(await answer.text());
    assert.ok(Number(textAt(body, 'expires_on')) > Date.now() / 1000 + 3000);
    const keys = createRemoteJWKSet(new URL(`${cloud.url}/adfs/discovery/keys`));
    const { payload } = await jwtVerify(textAt(body, 'access_token') ?? '', keys, {
      issuer: `${cloud.url}/adfs`,
      audience: 'https://storage.azure.com/',
    });
    assert.deepEqual(payload['roles'], ['Admin']);
    assert.equal(payload['tid'], cloud.ready['tenantId']);
    assert.equal(typeof payload['oid'], 'string');
  });

  test('publishes the documents that az and MSAL read', async () => {
    const openId = parseObject(
      await (await fetch(`${cloud.url}/adfs/.well-known/openid-configuration`)).text(),
    );
    assert.equal(openId?.['issuer'], `${cloud.url}/adfs`);
    assert.equal(openId['token_endpoint'], `${cloud.url}/adfs/oauth2/token`);
    const metadata = await (await fetch(`${cloud.url}/metadata/endpoints?api-version=2019-05-01`)).text();
    const [entry] = listAt({ list: JSON.parse(metadata) as never }, 'list');
    assert.equal(textAt(entry, 'authentication.loginEndpoint'), `${cloud.url}/adfs`);
    assert.equal(textAt(entry, 'resourceManager'), cloud.url);
    const { body } = await cloud.call('GET', `${cloud.url}/subscriptions?api-version=2019-11-01`);
    assert.equal(textAt(listAt(body, 'value')[0], 'subscriptionId'), cloud.subscriptionId);
  });

  test('takes the roles of tokens from the profile', async () => {
    const other = await fixture.start({ profile: { roles: ['Reader'] } });
    const [, payload = ''] = (await tokenFor(other.url, 'api://kiln')).split('.');
    const claims = parseObject(Buffer.from(payload, 'base64url').toString());
    assert.deepEqual([claims?.['roles'], claims?.['aud']], [['Reader'], 'api://kiln']);
    await other.stop();
  });
});

describe('resource groups', () => {
  test('are made once with 201, changed with 200, and keep their region', async () => {
    const first = await cloud.call('PUT', '/resourcegroups/Group-A', {
      location: 'West Europe',
      tags: { a: '1' },
    });
    assert.equal(first.status, 201);
    assert.equal(first.body['location'], 'westeurope');
    assert.equal((await cloud.call('PUT', '/resourceGroups/group-a', { location: LOCATION })).status, 200);
    const moved = await cloud.call('PUT', '/resourceGroups/group-a', { location: 'eastus' });
    assertRefused(moved, 409, 'InvalidResourceGroupLocation');
    assert.equal((await cloud.call('HEAD', '/resourceGroups/GROUP-A')).status, 204);
    assert.equal((await cloud.call('HEAD', '/resourceGroups/none')).status, 404);
  });

  test('refuse an unknown region, a missing one and a name that is too long', async () => {
    const put = (name: string, body: unknown) => cloud.call('PUT', `/resourceGroups/${name}`, body);
    assertRefused(await put('g1', { location: 'moon' }), 400, 'LocationNotAvailableForResourceType');
    assertRefused(await put('g1', {}), 400, 'LocationRequired');
    assertRefused(await put('g'.repeat(91), { location: LOCATION }), 400, 'InvalidResourceGroup');
  });

  test('are found by tag name without case and tag value with it', async () => {
    await cloud.call('PUT', '/resourceGroups/tagged', { location: LOCATION, tags: { 'Kiln-App': 'One' } });
    const names = async (filter: string) => {
      const { body } = await cloud.call('GET', `/resourceGroups?$filter=${encodeURIComponent(filter)}`);
      return listAt(body, 'value').map((group) => textAt(group, 'name'));
    };
    assert.deepEqual(await names("tagName eq 'kiln-app' and tagValue eq 'One'"), ['tagged']);
    assert.deepEqual(await names("tagName eq 'kiln-app' and tagValue eq 'one'"), []);
    const broken = await cloud.call('GET', `/resourceGroups?$filter=${encodeURIComponent('nonsense')}`);
    assertRefused(broken, 400, 'InvalidFilterInQueryString');
  });

  test('change their tags by PATCH', async () => {
    await cloud.call('PUT', '/resourceGroups/patched', { location: LOCATION, tags: { a: '1', b: '2' } });
    const { body } = await cloud.call('PATCH', '/resourceGroups/patched', { tags: { c: '3' } });
    assert.deepEqual(body['tags'], { c: '3' });
  });

  test('that are missing are named in the refusal', async () => {
    const message = assertRefused(
      await cloud.call('GET', '/resourceGroups/nowhere/providers/Microsoft.Compute/disks/d'),
      404,
      'ResourceGroupNotFound',
    );
    assert.match(message, /'nowhere'/);
  });

  test('take everything with them, take nothing new meanwhile, and answer 404 afterwards', async () => {
    const slow = await fixture.start({ profile: { latencySeconds: { ResourceGroups_Delete: 600 } } });
    const staged = await stage(slow, 'doomed');
    await makeVm(slow, staged);
    await makeGallery(slow, staged.compute);
    const { body: before } = await slow.call('GET', `${staged.group}/resources`);
    assert.deepEqual(
      listAt(before, 'value')
        .map((item) => textAt(item, 'type')?.split('/').at(-1) ?? '')
        .sort((a, b) => a.localeCompare(b)),
      ['disks', 'galleries', 'images', 'networkInterfaces', 'virtualMachines', 'virtualNetworks'],
    );
    const deletion = slow.settle(
      'DELETE',
      `${staged.group}?forceDeletionTypes=Microsoft.Compute/virtualMachines`,
    );
    const late = await slow.call('PUT', `${staged.compute}/galleries/late`, { location: LOCATION });
    assertRefused(late, 409, 'ResourceGroupBeingDeleted');
    assert.equal((await deletion)['status'], 'Succeeded');
    assertRefused(await slow.call('GET', staged.group), 404, 'ResourceGroupNotFound');
    const { body: after } = await slow.call('GET', '/resources');
    assert.deepEqual(listAt(after, 'value'), []);
    await slow.stop();
  });

  test('are not deleted while a disk in them has a signature out', async () => {
    const staged = await stage(cloud, 'held');
    const disk = `${staged.compute}/disks/d`;
    await cloud.settle('PUT', disk, {
      location: LOCATION,
      properties: { creationData: { createOption: 'Empty' }, diskSizeGB: 1 },
    });
    await cloud.settle('POST', `${disk}/beginGetAccess`, { access: 'Read', durationInSeconds: 60 });
    const refused = await cloud.settle('DELETE', staged.group);
    assert.equal(textAt(refused, 'error.code'), 'ResourceGroupDeletionBlocked');
    await cloud.settle('POST', `${disk}/endGetAccess`);
    assert.equal((await cloud.settle('DELETE', staged.group))['status'], 'Succeeded');
  });
});

describe('addresses', () => {
  test('match without case, collapse slashes, and come back as their creators wrote them', async () => {
    await cloud.call('PUT', '/resourceGroups/CamelGroup', { location: LOCATION });
    const created = await cloud.settle(
      'PUT',
      '/RESOURCEGROUPS/camelgroup/providers/microsoft.network//NETWORKSECURITYGROUPS/MyNsg',
      { location: LOCATION, properties: {} },
    );
    assert.equal(created['status'], 'Succeeded');
    const { body } = await cloud.call(
      'GET',
      '/resourcegroups/CAMELGROUP/providers/Microsoft.Network/networksecuritygroups/mynsg',
    );
    assert.equal(
      body['id'],
      `/subscriptions/${cloud.subscriptionId}/resourceGroups/CamelGroup/providers/Microsoft.Network/networkSecurityGroups/MyNsg`,
    );
    assert.equal(body['type'], 'Microsoft.Network/networkSecurityGroups');
  });

  test('of operations lead back to the host that was asked', async () => {
    await cloud.call('PUT', '/resourceGroups/hosts', { location: LOCATION });
    const { headers } = await cloud.call(
      'PUT',
      '/resourceGroups/hosts/providers/Microsoft.Network/networkSecurityGroups/n',
      { location: LOCATION },
    );
    const poll = new URL(headers.get('azure-asyncoperation') ?? '');
    assert.equal(poll.origin, cloud.url);
    assert.equal(headers.get('retry-after'), '1');
    assert.equal(headers.get('retry-after-ms'), '75');
  });

  test('of sub-resources need their parent', async () => {
    await cloud.call('PUT', '/resourceGroups/orphans', { location: LOCATION });
    const answer = await cloud.call(
      'PUT',
      '/resourceGroups/orphans/providers/Microsoft.Compute/galleries/none/images/d',
      { location: LOCATION, properties: {} },
    );
    assertRefused(answer, 404, 'ParentResourceNotFound');
  });
});

describe('network', () => {
  test('gives interfaces addresses of their subnet and refuses a subnet that is not there', async () => {
    const staged = await stage(cloud, 'net');
    const nic = (name: string, subnet: string) =>
      cloud.call('PUT', `${staged.group}/providers/Microsoft.Network/networkInterfaces/${name}`, {
        location: LOCATION,
        properties: { ipConfigurations: [{ name: 'ip', properties: { subnet: { id: subnet } } }] },
      });
    const address = (body: Parameters<typeof listAt>[0]) =>
      textAt(listAt(body, 'properties.ipConfigurations')[0], 'properties.privateIPAddress');
    assert.equal(address((await nic('a', staged.subnetId)).body), '10.243.0.4');
    assert.equal(address((await nic('b', staged.subnetId)).body), '10.243.0.5');
    assertRefused(await nic('c', `${staged.subnetId}x`), 400, 'InvalidResourceReference');
    const used = await cloud.call('DELETE', staged.network);
    assertRefused(used, 400, 'InUseSubnetCannotBeDeleted');
  });

  test('adds and removes a subnet of a network', async () => {
    const staged = await stage(cloud, 'subnets');
    const extra = `${staged.network}/subnets/extra`;
    await cloud.settle('PUT', extra, { properties: { addressPrefix: '10.243.0.64/26' } });
    assert.equal((await cloud.call('GET', extra)).body['name'], 'extra');
    const { body } = await cloud.call('GET', staged.network);
    assert.equal(listAt(body, 'properties.subnets').length, 2);
    await cloud.settle('DELETE', extra);
    assertRefused(await cloud.call('GET', extra), 404, 'NotFound');
  });
});

describe('the catalogue', () => {
  const images = '/providers/Microsoft.Compute/locations/westeurope/publishers';

  test('lists publishers, offers and SKUs of the marketplace', async () => {
    const names = async (target: string) => {
      const { body } = await cloud.call('GET', target);
      const list: unknown = JSON.parse(textAt(body, 'list') ?? '[]');
      return listAt({ list: list as never }, 'list').map((item) => textAt(item, 'name'));
    };
    assert.deepEqual(await names(images), [
      'Debian',
      'kiln',
      'Canonical',
      'OpenLogic',
      'MicrosoftWindowsServer',
    ]);
    const offers = `${images}/Debian/artifacttypes/vmimage/offers`;
    assert.deepEqual(await names(offers), ['debian-12']);
    assert.deepEqual(await names(`${offers}/debian-12/skus`), ['12-gen2', '12']);
  });

  test('does not know an image or version that is not there', async () => {
    const offers = `${images}/Debian/artifacttypes/vmimage/offers/debian-12/skus`;
    assertRefused(await cloud.call('GET', `${offers}/13/versions`), 404, 'NotFound');
    assertRefused(await cloud.call('GET', `${offers}/12/versions/9.9.9`), 404, 'PlatformImageNotFound');
  });

  test('counts the cores of machines that are not deallocated', async () => {
    const used = async () => {
      const { body } = await cloud.call('GET', '/providers/Microsoft.Compute/locations/westeurope/usages');
      return numberAt(
        listAt(body, 'value').find((usage) => textAt(usage, 'name.value') === 'cores'),
        'currentValue',
      );
    };
    const before = await used();
    const vm = await makeVm(cloud, await stage(cloud, 'cores'));
    assert.equal(await used(), (before ?? 0) + 2);
    await cloud.settle('POST', `${vm}/deallocate`);
    assert.equal(await used(), before);
  });

  test('lists what is counted in the order of Azure, families last', async () => {
    const { body } = await cloud.call('GET', '/providers/Microsoft.Compute/locations/westeurope/usages');
    const names = listAt(body, 'value').map((usage) => textAt(usage, 'name.value'));
    assert.deepEqual(names.slice(0, 3), ['availabilitySets', 'cores', 'virtualMachines']);
    assert.match(names.at(-1) ?? '', /Family$/);
  });

  test('marks a size that the subscription may not use', async () => {
    const size = {
      name: 'Standard_X',
      family: 'x',
      vCpus: 1,
      memoryGiB: 1,
      generations: 'V2',
      architecture: 'x64',
      restrictedIn: ['westeurope'],
    };
    const small = await fixture.start({ profile: { sizes: [size] } });
    const { body } = await small.call(
      'GET',
      `/providers/Microsoft.Compute/skus?$filter=${encodeURIComponent("location eq 'westeurope'")}`,
    );
    const sku = listAt(body, 'value').find(({ name }) => name === 'Standard_X');
    assert.equal(textAt(listAt(sku, 'restrictions')[0], 'reasonCode'), 'NotAvailableForSubscription');
    await small.stop();
  });
});
