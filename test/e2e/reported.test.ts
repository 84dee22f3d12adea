// What was reported from outside in November 2026, as a stranger meets it: a whole local mode, and no module of Kiln. The same
// file says of an older build how that behaved: docs/findings-tests.md.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { LocalKiln } from '../support/local-kiln.ts';
import { managedImage, shell, template, vhd } from '../support/templates.ts';

const OTHER = '11111111-0000-4000-8000-000000000009';

let kiln: LocalKiln;
let files: Server;
let origin = '';
let asked = 0;

before(async () => {
  files = createServer((_, response) => {
    asked += 1;
    response.writeHead(404).end();
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => files.once('listening', resolve));
  origin = `http://127.0.0.1:${(files.address() as AddressInfo).port}`;
  kiln = await LocalKiln.start({ env: { KILN_URL_ALLOW: origin, KILN_IMAGES: '/nowhere/images.json' } });
});
after(async () => {
  await kiln.stop();
  files.close();
});

const group = (name: string, subscription = kiln.endpoints.subscriptionId): string =>
  `/subscriptions/${subscription}/resourceGroups/${name}`;
const templatesOf = (name: string, subscription?: string): string =>
  `${group(name, subscription)}/providers/Microsoft.VirtualMachineImages/imageTemplates`;
const plain = (properties: object = {}): any => {
  const body = template([shell('a', 'true')], [vhd]);
  return { ...body, properties: { ...body.properties, ...properties } };
};

type Told = { readonly state: string; readonly code?: string; readonly text: string };

/** How a submission ended, whether it was refused at once or after looking around. */
async function told(name: string, body: unknown): Promise<Told> {
  const answer = await kiln.submit(name, body);
  const { provisioningState: state = 'refused', provisioningError } = answer.body.properties ?? {};
  const error = provisioningError ?? answer.body.error;
  const code = error?.provisioningErrorCode ?? error?.code;
  return { state, ...(code && { code }), text: error === undefined ? '' : JSON.stringify(error) };
}

describe('what Azure VM Image Builder takes', { concurrency: true }, () => {
  const TAKEN: Record<string, () => any> = {
    'bug report 9: a name of a time zone of today': () =>
      plain({ refresh: { schedule: { cron: '0 3 * * SUN', timeZone: 'Asia/Kolkata' } } }),
    'R38: a step as an unprivileged user': () =>
      plain({ customize: [{ type: 'Shell', name: 'a', inline: ['true'], runAs: 'app' }] }),
    'clients D12: a staging group without the first slash': () =>
      plain({ stagingResourceGroup: group('takes-it').slice(1) }),
  };
  for (const [index, [name, body]] of Object.entries(TAKEN).entries())
    test(name, async () => {
      const { state, text } = await told(`taken-${index}`, body());
      assert.equal(state, 'Succeeded', text);
    });
});

describe('what cannot work is said at submission', { concurrency: true }, () => {
  const REFUSED: Record<string, readonly [() => any, RegExp]> = {
    'bug report 5, templates 9: a misspelt region, with the one that was meant': [
      () => {
        const image = managedImage(kiln.endpoints.subscriptionId, 'x');
        return plain({ distribute: [{ ...image, location: 'westeurop' }] });
      },
      /Did you mean westeurope\?/,
    ],
    'bug report 5, clients D8: a target group that is not there': [
      () => {
        const image: any = managedImage(kiln.endpoints.subscriptionId, 'x');
        const imageId = image.imageId.replace('resourceGroups/images', 'resourceGroups/nowhere');
        return plain({ distribute: [{ ...image, imageId }] });
      },
      /TargetNotFound.*\/properties\/distribute\/0\/imageId/,
    ],
    'bug report 10: a staging group of another subscription': [
      () => plain({ stagingResourceGroup: group('mystage', OTHER) }),
      /\/properties\/stagingResourceGroup/,
    ],
    'R54, clients D8: a size that is not there': [
      () => plain({ vmProfile: { vmSize: 'Standard_D2s_v55' } }),
      /SizeNotAvailable.*\/properties\/vmProfile\/vmSize/,
    ],
    'R55: a run output that is called ..': [
      () => plain({ distribute: [{ ...vhd, runOutputName: '..' }] }),
      /\/properties\/distribute\/0\/runOutputName/,
    ],
    'templates 8: braces in the name of an image': [
      () => {
        const image = managedImage(kiln.endpoints.subscriptionId, 'web-{{timestamp}}');
        return plain({ distribute: [{ ...image, runOutputName: 'x' }] });
      },
      /\/properties\/distribute\/0\/imageId/,
    ],
    'templates 15: a source that is not there, with a remedy': [
      () => {
        const body = plain();
        body.properties.source.sku = '12-gen3';
        return body;
      },
      /Did you mean 12-gen2\?.*"remedy"/,
    ],
    'templates 16, house H2: a PowerShell step on Linux': [
      () => plain({ customize: [{ type: 'PowerShell', name: 'p', inline: ['Write-Host hi'] }] }),
      /StepNotCompatible.*\/properties\/customize\/0/,
    ],
    'templates 16: a system disk that is smaller than its image': [
      () => plain({ vmProfile: { osDiskSizeGB: 1 } }),
      /\/properties\/vmProfile\/osDiskSizeGB/,
    ],
    'powershell P11: a filter that PowerShell cannot read': [
      () => {
        const body = plain({ customize: [{ type: 'WindowsUpdate', filters: ['include:$_.Title -like ('] }] });
        const windows = {
          ...{ publisher: 'MicrosoftWindowsServer', offer: 'WindowsServer' },
          sku: '2022-datacenter-azure-edition',
        };
        Object.assign(body.properties.source, windows);
        return body;
      },
      /\/properties\/customize\/0\/filters\/0/,
    ],
  };
  for (const [index, [name, [body, words]]] of Object.entries(REFUSED).entries())
    test(name, async () => {
      const { state, text } = await told(`refused-${index}`, body());
      assert.notEqual(state, 'Succeeded', 'it was accepted');
      assert.match(text, words);
    });

  test('R46, clients D6: a script that answers 404 is told in seconds, after one look', async () => {
    const began = Date.now();
    const steps = [{ type: 'Shell', name: 'a', scriptUri: `${origin}/nope.sh` }];
    const { code, text } = await told('absent-script', plain({ customize: steps }));
    assert.equal(code, 'DownloadFailed', text);
    assert.match(text, /answered 404/);
    assert.equal(asked, 1);
    assert.ok(Date.now() - began < 40_000, `${Date.now() - began} ms`);
  });
});

describe('a template belongs to its resource group (clients D7)', { concurrency: true }, () => {
  test('and cannot be made without one', async () => {
    const answer = await kiln.api('PUT', `${templatesOf('nowhere')}/web`, plain());
    assert.deepEqual([answer.status, answer.body.error?.code], [404, 'ResourceGroupNotFound']);
  });

  test('of which nothing is listed when it is not there', async () => {
    const listed = await kiln.api('GET', templatesOf('nowhere'));
    assert.deepEqual([listed.status, listed.body.error?.code], [404, 'ResourceGroupNotFound']);
  });

  test('which its runs miss before anything is made, until the janitor takes it away', async () => {
    await kiln.arm('PUT', group('goes'), '2024-07-01', { location: 'westeurope' });
    const web = `${templatesOf('goes')}/web`;
    assert.equal((await kiln.api('PUT', web, plain())).status, 201);
    const submitted = async () =>
      (await kiln.api('GET', web)).body.properties.provisioningState === 'Succeeded' ? true : undefined;
    await kiln.until('the submission', submitted, 60);
    await kiln.arm('DELETE', group('goes'), '2024-07-01');
    const gone = async () =>
      (await kiln.arm('GET', group('goes'), '2024-07-01')).status === 404 ? true : undefined;
    await kiln.until('the removal of the group', gone, 60);
    assert.equal((await kiln.api('POST', `${web}/run`)).status, 202);
    const ended = async () => {
      const [run] = (await kiln.api('GET', `${web}/runs`)).body.value;
      return run?.endTime === undefined ? undefined : run;
    };
    const run: any = await kiln.until('the end of the run', ended, 60);
    assert.deepEqual([run.state, run.error.code], ['Failed', 'ResourceGroupNotFound'], run.message);
    assert.equal(run.stagingGroup, undefined);
  });
});

describe('clients that were written for Azure', { concurrency: true }, () => {
  test('D2: read an identity of every template', async () => {
    await told('bare', plain());
    const [one, all] = await Promise.all([
      kiln.api('GET', `${kiln.templatePath}/bare`),
      kiln.api('GET', kiln.templatePath),
    ]);
    assert.deepEqual(one.body.identity, { type: 'None' });
    assert.ok(all.body.value.length > 0);
    for (const { name, identity } of all.body.value) assert.equal(typeof identity?.type, 'string', name);
  });

  test('D13: may write a slash too much before the subscription', async () => {
    const url = `${kiln.endpoints.arm}/${templatesOf('images')}?api-version=2026-11-01`;
    const token = await kiln.token('https://management.azure.com');
    const answer = await fetch(url, { headers: { authorization: `Bearer ${token}` } });
    assert.equal(answer.status, 200, await answer.text());
  });

  test('D15: are told that images for real machines are not read', () => {
    const log = readFileSync(path.join(kiln.folder, 'logs/cloud.log'), 'utf8');
    assert.match(log, /KILN_IMAGES \(\/nowhere\/images\.json\) is not read/);
  });

  test('realhost 3: are told when their body arrives in chunks, which the Functions host drops', async () => {
    const token = await kiln.token(kiln.endpoints.audience);
    const url = `${kiln.endpoints.api}${templatesOf('images')}/chunked?api-version=2026-11-01`;
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const sent = request(url, { method: 'PUT', headers }, (answer) => {
        answer.resume().on('end', () => resolve(answer.statusCode));
      });
      sent.on('error', reject);
      sent.write('{');
      sent.end('"location":"westeurope"}');
    });
    assert.equal(status, 411);
  });

  test('realhost 5: are led to no other template by a path that is decoded twice', async () => {
    const answer = await kiln.api(
      'GET',
      `${kiln.endpoints.api}${templatesOf('images')}/x/%252e%252e/bare?api-version=2026-11-01`,
    );
    assert.equal(answer.status, 404, JSON.stringify(answer.body));
  });

  test('recordings L0, clients D9: find resources by tag without their tags, and by group', async () => {
    await kiln.arm('PUT', group('listed'), '2024-07-01', { location: 'westeurope' });
    const network = `${group('listed')}/providers/Microsoft.Network/virtualNetworks/net`;
    const addressSpace = { addressPrefixes: ['10.0.0.0/16'] };
    const body = { location: 'westeurope', tags: { stage: 'test' }, properties: { addressSpace } };
    await kiln.arm('PUT', network, '2024-01-01', body);
    const token = await kiln.token('https://management.azure.com');
    const headers = { authorization: `Bearer ${token}` };
    const list = async (filter: string): Promise<any[]> => {
      const query = new URLSearchParams({ 'api-version': '2024-07-01', $filter: filter });
      const { arm, subscriptionId } = kiln.endpoints;
      const found: any[] = [];
      let next: string | undefined = `${arm}/subscriptions/${subscriptionId}/resources?${query.toString()}`;
      while (next !== undefined) {
        const page: any = await (await fetch(next, { headers })).json();
        found.push(...page.value);
        next = page.nextLink;
      }
      return found;
    };
    const tagged = await list("tagName eq 'stage' and tagValue eq 'test'");
    assert.deepEqual(
      tagged.map(({ name, tags }: any) => [name, tags]),
      [['net', undefined]],
    );
    assert.deepEqual(
      (await list("resourceGroup eq 'listed'")).map(({ name }: any) => name),
      ['net'],
    );
  });
});
