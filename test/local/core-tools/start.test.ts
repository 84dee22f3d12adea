import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { after, test } from 'node:test';
import { BlobServiceClient } from '@azure/storage-blob';
import { freePort } from '../../../local/main/free-port.ts';
import { raw } from '../../security/at-the-wire.ts';
import { LocalKiln, ROOT } from '../../support/local-kiln.ts';

const MAIN = path.join(ROOT, 'local/core-tools/main.ts');
const folder = mkdtempSync(path.join(tmpdir(), 'kiln-func-'));
after(() => rmSync(folder, { recursive: true, force: true }));

/**
 * A program named func that notes how it was called and answers like a host with the app. Simulated: it runs no function.
 * `status`: how it answers; it takes `goodbye` milliseconds to end, and notes whether its storage was there still.
 */
function fakeFunc({ status = 200, goodbye = 0 } = {}): string {
  const program = `#!${process.execPath}
const { createServer } = require('node:http');
const { writeFileSync } = require('node:fs');
if (process.argv[2] === '--version') { console.log('4.0.0-fake'); process.exit(); }
writeFileSync(${JSON.stringify(path.join(folder, 'called.json'))}, JSON.stringify({ args: process.argv.slice(2), cwd: process.cwd(), env: process.env, pid: process.pid }));
console.error('Value for functionTimeout must be less than 00:10:00');
process.on('SIGTERM', () => setTimeout(async () => {
  const blobs = /BlobEndpoint=([^;]+)/.exec(process.env.AzureWebJobsStorage)[1];
  const there = await fetch(blobs).then(() => true, () => false);
  writeFileSync(${JSON.stringify(path.join(folder, 'goodbye.json'))}, JSON.stringify({ there }));
  process.exit();
}, ${goodbye}));
createServer((_, response) => response.writeHead(${status}).end('{}')).listen(Number(process.argv.at(-1)), '127.0.0.1');
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

/** Starts it with a stand-in for func. */
function startTools(options: Parameters<typeof fakeFunc>[0], port: number, ...more: string[]): ChildProcess {
  const data = path.join(folder, 'data');
  const env = { ...process.env, PATH: fakeFunc(options), CONTAINER_NAME: 'build-machine' };
  const args = [MAIN, '--app', path.join(ROOT, 'dist/app'), '--port', String(port), '--data', data, ...more];
  return spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
}
const called = (): any => JSON.parse(readFileSync(path.join(folder, 'called.json'), 'utf8'));

test('a host that never comes up is an exit with its last error', async () => {
  const child = startTools({ status: 503 }, await freePort(), '--start-within', '4');
  let [said, out] = ['', ''];
  child.stderr?.on('data', (data) => (said += data));
  child.stdout?.on('data', (data) => (out += data));
  const [code] = await once(child, 'exit');
  assert.equal(code, 1);
  assert.equal(out, '', 'it never said ready');
  assert.match(said, /did not answer 4 s after its start\. Its last error: .*must be less than 00:10:00/);
});

/** Processes that name this folder among their arguments; none where there is no /proc. */
function runningIn(name: string): string[] {
  const pids = existsSync('/proc/self') ? readdirSync('/proc').filter((pid) => /^\d+$/.test(pid)) : [];
  const commands = pids.map((pid) => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
    } catch {
      return '';
    }
  });
  return commands.filter((command) => command.includes(path.join(folder, 'data', name)));
}

test('the host ends before its storage, and finds there what it had at the next start', async () => {
  const port = await freePort();
  const child = startTools({ goodbye: 1000 }, port);
  await once(createInterface(child.stdout ?? process.stdin), 'line');
  const { AzureWebJobsStorage: before, CONTAINER_NAME: name } = called().env;
  assert.equal(name, undefined, 'a host in a container of that name takes itself for Linux Consumption');
  await BlobServiceClient.fromConnectionString(before).createContainer('kept');
  child.kill('SIGTERM');
  await once(child, 'exit');
  const { there } = JSON.parse(readFileSync(path.join(folder, 'goodbye.json'), 'utf8'));
  assert.equal(there, true);
  assert.deepEqual(
    runningIn('func-storage'),
    [],
    'the storage has written all of it, and ended before the command',
  );
  const again = startTools({}, port);
  await once(createInterface(again.stdout ?? process.stdin), 'line');
  const storage = BlobServiceClient.fromConnectionString(called().env.AzureWebJobsStorage);
  assert.ok(await storage.getContainerClient('kept').exists());
  again.kill('SIGTERM');
  await once(again, 'exit');
});

test('a host that does not end is killed after some seconds', async () => {
  const port = await freePort();
  const child = startTools({ goodbye: 60_000 }, port);
  await once(createInterface(child.stdout ?? process.stdin), 'line');
  const began = Date.now();
  child.kill('SIGTERM');
  await once(child, 'exit');
  assert.ok(Date.now() - began < 8_000, `${Date.now() - began} ms`);
  await assert.rejects(fetch(`http://127.0.0.1:${port}/health`), 'it is gone');
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
  assert.deepEqual(called.args, ['start', '--javascript', '--enableAuth', '--port', String(port)]);
  assert.equal(called.env.AllowedHosts, 'localhost;127.0.0.1;[::1]');
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
      const { api } = kiln.endpoints;
      const elsewhere = await raw(`${api}/health`, 'GET', { host: 'rebind.evil.example' });
      assert.equal(elsewhere.status, 400, 'a name that was made to point here');
      const orchestrators = `${api}/runtime/webhooks/durabletask/orchestrators/delete-template`;
      const page = { 'content-type': 'text/plain', origin: 'https://evil.example' };
      for (const [method, url] of [
        ['POST', orchestrators],
        ['GET', `${api}/admin/functions`],
      ] as const)
        assert.equal((await raw(url, method, page)).status, 401, url);
    } finally {
      await kiln.stop();
    }
  },
);
