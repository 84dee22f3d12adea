// What clients read back of a template beside what its author wrote.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, test } from 'node:test';
import { LocalKiln } from '../support/local-kiln.ts';
import { shell, template, vhd } from '../support/templates.ts';

const SCRIPT = '#!/bin/sh\ntrue\n';

let kiln: LocalKiln;
let files: Server;
let origin = '';
before(async () => {
  files = createServer((_, response) => response.end(SCRIPT)).listen(0, '127.0.0.1');
  await new Promise((resolve) => files.once('listening', resolve));
  origin = `http://127.0.0.1:${(files.address() as AddressInfo).port}`;
  kiln = await LocalKiln.start({ env: { KILN_URL_ALLOW: origin } });
});
after(async () => {
  await kiln.stop();
  files.close();
});

test('the checksum of a pinned script is shown, and sending back what was read changes nothing', async () => {
  const body = template(
    [{ type: 'Shell', name: 'a', scriptUri: `${origin}/a.sh` }, shell('b', 'true')],
    [vhd],
  );
  const submitted = (await kiln.submit('pinned', body)).body;
  assert.equal(submitted.properties.provisioningState, 'Succeeded');
  const expected = createHash('sha256').update(SCRIPT).digest('hex');
  assert.equal(submitted.properties.customize[0].sha256Checksum, expected);
  const again = await kiln.api('PUT', `${kiln.templatePath}/pinned`, submitted);
  assert.equal(again.status, 200);
  const difference = JSON.stringify([submitted.properties, again.body.properties]);
  assert.equal(again.headers.get('azure-asyncoperation'), null, `no new revision: ${difference}`);
});

test('the group of the active or last run is shown by its id', async () => {
  await kiln.submit('grouped', template([shell('a', 'true')], [vhd]));
  const shown = async (): Promise<string> =>
    (await kiln.api('GET', `${kiln.templatePath}/grouped`)).body.properties.exactStagingResourceGroup;
  assert.equal(await shown(), '');
  const run = await kiln.run('grouped', 60);
  assert.equal(run.state, 'Succeeded', run.message);
  const { subscriptionId } = kiln.endpoints;
  assert.equal(await shown(), `/subscriptions/${subscriptionId}/resourceGroups/${run.stagingGroup}`);
});
