import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { after, test } from 'node:test';
import { BlobServiceClient } from '@azure/storage-blob';
import { freePort } from '../../../local/main/free-port.ts';
import { LocalKiln, ROOT } from '../../support/local-kiln.ts';

const MAIN = path.join(ROOT, 'local/core-tools/main.ts');
const folder = mkdtempSync(path.join(tmpdir(), 'kiln-func-'));
after(() => rmSync(folder, { recursive: true, force: true }));

/** A program named func that notes how it was called and answers like a host with the app. Simulated: it runs no function. */
function fakeFunc(): string {
  const program = `#!${process.execPath}
const { createServer } = require('node:http');
const { writeFileSync } = require('node:fs');
if (process.argv[2] === '--version') { console.log('4.0.0-fake'); process.exit(); }
writeFileSync(${JSON.stringify(path.join(folder, 'called.json'))}, JSON.stringify({ args: process.argv.slice(2), cwd: process.cwd(), env: process.env, pid: process.pid }));
createServer((_, response) => response.end('{}')).listen(Number(process.argv.at(-1)), '127.0.0.1');
`;
  const file = path.join(folder, 'func');
  writeFileSync(file, program);
  chmodSync(file, 0o755);
  return `${folder}${path.delimiter}${process.env['PATH']}`;
}

test('without Core Tools it says where to get them', () => {
  const env = { ...process.env, PATH: folder };
  const { status, stderr } = spawnSync(process.execPath, [MAIN, '--port', '1', '--data', folder], {
    env,
    encoding: 'utf8',
  });
  assert.equal(status, 1);
  assert.match(stderr, /Core Tools \("func"\) are not installed; see https:\/\/learn\.microsoft\.com/);
});

test('Core Tools get the package, a port and storage of their own, and end with it', async () => {
  const port = await freePort();
  const args = [
    MAIN,
    '--app',
    path.join(ROOT, 'dist/app'),
    '--port',
    String(port),
    '--data',
    path.join(folder, 'data'),
  ];
  const child = spawn(process.execPath, args, {
    env: { ...process.env, PATH: fakeFunc() },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = await once(createInterface(child.stdout), 'line');
  assert.deepEqual([JSON.parse(line).ready, JSON.parse(line).url], [true, `http://127.0.0.1:${port}`]);
  const called = JSON.parse(readFileSync(path.join(folder, 'called.json'), 'utf8'));
  assert.deepEqual(called.args, ['start', '--javascript', '--port', String(port)]);
  assert.equal(called.cwd, path.join(ROOT, 'dist/app'));
  const { AzureWebJobsStorage: storage, FUNCTIONS_WORKER_RUNTIME: runtime } = called.env;
  assert.equal(runtime, 'node');
  for (const service of ['Blob', 'Queue', 'Table'])
    assert.match(storage, new RegExp(`;${service}Endpoint=http://127`));
  await BlobServiceClient.fromConnectionString(storage).createContainer('azure-webjobs-hosts');
  child.kill('SIGTERM');
  await once(child, 'exit');
  await assert.rejects(fetch(`http://127.0.0.1:${port}/health`));
});

const hasFunc = spawnSync('func', ['--version']).status === 0;
test(
  'the real host indexes the package and answers',
  {
    skip: hasFunc ? false : 'Azure Functions Core Tools are not installed; they are no npm or Debian package',
  },
  async () => {
    const kiln = await LocalKiln.start({ host: 'core-tools' });
    try {
      const { status, body } = await kiln.api('GET', kiln.templatePath);
      assert.equal(status, 200, JSON.stringify(body));
    } finally {
      await kiln.stop();
    }
  },
);
