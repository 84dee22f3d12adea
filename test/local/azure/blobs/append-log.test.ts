import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { ContainerSASPermissions, type ContainerClient } from '@azure/storage-blob';
import { AppendLog } from '../../../../local/azure/blobs/append-log.ts';
import { type Azurite, startAzurite } from '../../../support/azurite.ts';

let azurite: Azurite;
let container: ContainerClient;
before(async () => {
  azurite = await startAzurite();
  container = await azurite.container();
});
after(() => azurite.stop());

async function lengthOf(name: string, mebibytes: number): Promise<{ bytes: number; said: string[] }> {
  const sas = await container.generateSasUrl({
    permissions: ContainerSASPermissions.parse('racw'),
    expiresOn: new Date(Date.now() + 3_600_000),
  });
  const said: string[] = [];
  const rate = { mebibytes, seconds: 3600 };
  const options = { rate, log: (line: string) => void said.push(line) };
  const log = await AppendLog.open(sas.replace('?', `/${name}?`), options);
  log.write(Buffer.alloc(1000, 'a'));
  log.write(Buffer.alloc(1024 * 1024, 'b'));
  log.write(Buffer.alloc(10, 'c'));
  await log.close();
  const { contentLength = 0 } = await container.getBlobClient(name).getProperties();
  return { bytes: contentLength, said };
}

test('nothing more comes into a log after an output that was too fast, as with the agent of Azure', async () => {
  const { bytes, said } = await lengthOf('fast.out', 1);
  assert.equal(bytes, 1000);
  assert.match(said.join(), /fast\.out: more than 1 MiB in 3600 s/);
});

test('an output within the rate, or of a cloud without one, is written whole', async () => {
  const whole = { bytes: 1000 + 1024 * 1024 + 10, said: [] };
  assert.deepEqual(await lengthOf('slow.out', 2), whole);
  assert.deepEqual(await lengthOf('any.out', 0), whole);
});
