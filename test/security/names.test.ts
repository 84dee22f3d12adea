import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import * as fc from 'fast-check';
import { ROUTES } from '../../functions/http/routes.ts';
import { KilnError } from '../../shared/errors/failure.ts';
import { DocumentContainer } from '../../shared/store/container.ts';
import { type Azurite, startAzurite } from '../support/azurite.ts';
import { Api, type Issuer, sampleBody, startIssuer, SUBSCRIPTION, TEMPLATES } from '../support/api.ts';

const PROVIDER = 'providers/Microsoft.VirtualMachineImages/imageTemplates';
const VICTIM = `/subscriptions/${SUBSCRIPTION}/resourceGroups/team-b/${PROVIDER}/golden`;
const RUN = '00000000-0000-4000-8000-000000000000';

/** What leads from a folder of one template to the documents of another, and to other containers. */
const WAYS_OUT = [
  '..%2f..%2f..%2fteam-b%2fgolden%2ftemplate',
  '..%2f..%2f..%2f..%2f..%2fslots',
  '..%2F..%2F..%2F..%2F..%2F..%2Fazure-webjobs-secrets%2Ffunc%2Fhost',
  '%2e%2e%2f%2e%2e%2f%2e%2e%2fteam-b%2fgolden%2ftemplate',
  '..',
  '.',
  '..%5c..%5ctemplate',
];

describe('names in a path stay inside the folder of what they name', () => {
  let azurite: Azurite;
  let issuer: Issuer;
  let api: Api;
  before(async () => {
    [azurite, issuer] = await Promise.all([startAzurite(), startIssuer()]);
    api = await Api.start(issuer, azurite);
    await api.submitted();
    assert.equal((await api.send('PUT', VICTIM, { body: sampleBody() })).status, 201);
  });
  after(async () => {
    issuer.stop();
    await azurite.stop();
  });

  test('no trigger of any name deletes, shows or makes another document', async () => {
    for (const name of WAYS_OUT.slice(0, 4)) {
      const trigger = `${TEMPLATES}/web/triggers/${name}`;
      for (const method of ['DELETE', 'GET']) {
        const { status, body } = await api.send(method, trigger, { role: 'Builder' });
        assert.deepEqual([status, body.error.code], [404, 'ResourceNotFound'], `${method} ${name}`);
      }
      const made = await api.send('PUT', trigger, { body: { properties: { kind: 'SourceImage' } } });
      assert.equal(made.status, 400, name);
    }
    assert.equal((await api.send('GET', VICTIM)).status, 200);
  });

  test('no parameter of any route reaches another document, whatever the method', async () => {
    const parameters: Record<string, string> = {
      subscriptionId: SUBSCRIPTION,
      resourceGroup: 'images',
      name: 'web',
      runId: RUN,
    };
    let asked = 0;
    for (const { method, path, name, anyVersion } of ROUTES.filter((route) => route.path.includes('{')))
      for (const [, parameter = ''] of path.matchAll(/\{\*?(\w+)\}/g))
        for (const way of WAYS_OUT.filter((text) => text.includes('%2'))) {
          const filled = path.replaceAll(/\{\*?(\w+)\}/g, (_, key: string) =>
            key === parameter ? way : (parameters[key] ?? 'x'),
          );
          const body = method === 'PUT' || method === 'POST' ? { body: {} } : {};
          const { status } = await api.send(method, `/${filled}`, body);
          asked += 1;
          const isRefusal = status >= 400 && status < 500;
          assert.ok(isRefusal || anyVersion === true, `${name}: ${method} ${filled} answered ${status}`);
        }
    assert.ok(asked > 100, `${asked} requests`);
    assert.equal((await api.send('GET', VICTIM)).status, 200);
  });
});

test('no blob client is made for a name with a segment that a URL would fold', () => {
  const container = new DocumentContainer('https://account.blob.core.windows.net/kiln');
  const clients = [
    (name: string) => container.getBlobClient(name),
    (name: string) => container.getBlockBlobClient(name),
    (name: string) => container.getAppendBlobClient(name),
    (name: string) => container.getPageBlobClient(name),
  ];
  const segment = fc.constantFrom('..', '.', '', 'a', 'a.', '...', '%2e%2e', 'ä', ' ', '\\', '?', '#');
  fc.assert(
    fc.property(
      fc.array(segment, { minLength: 1, maxLength: 5 }),
      fc.constantFrom(...clients),
      (parts, make) => {
        const name = parts.join('/');
        const folds = parts.some((part) => part === '' || part === '.' || part === '..');
        if (folds) return assert.throws(() => make(name), KilnError);
        const { url } = make(name);
        assert.ok(new URL(url).href.startsWith('https://account.blob.core.windows.net/kiln/'), url);
        assert.equal(new URL(url).pathname.split('/').length, 2 + parts.length, url);
      },
    ),
  );
});
