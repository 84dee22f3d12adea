// The script that fetches an installation medium, run here against a server on loopback; its disk is a file.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { COMMON } from '../../../shared/guest/iso/common.ts';
import { fetchMedium } from '../../../shared/guest/iso/fetch-medium.ts';

const skip = spawnSync('curl', ['--version']).status === 0 ? false : 'curl not found';
const BLOCK = 2048;
let folder = '';
let server: Server;
let asked: string[] = [];

/** As much of ISO 9660 as tells its own size: the magic word in sector 16, and the number of blocks. */
function medium(blocks: number, bytes: number): Buffer {
  const file = Buffer.alloc(bytes);
  file.write('CD001', 16 * BLOCK + 1);
  file.writeUInt32LE(blocks, 16 * BLOCK + 80);
  return file;
}

const FILES: Record<string, Buffer> = {
  'whole.iso': medium(20, 20 * BLOCK),
  'short.iso': medium(30, 20 * BLOCK),
  'page.iso': Buffer.alloc(20 * BLOCK, '<html>'),
};

before(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'kiln-medium-'));
  server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://x');
    asked.push(request.url ?? '');
    const file = FILES[url.pathname.slice(1)];
    if (url.pathname === '/moved.iso') response.writeHead(302, { location: 'file:///etc/passwd' }).end();
    else if (file === undefined) response.writeHead(404).end();
    else response.end(file);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
});
after(() => {
  server.close();
  rmSync(folder, { recursive: true, force: true });
});

const shaOf = (name: string): string =>
  createHash('sha256')
    .update(FILES[name] ?? '')
    .digest('hex');

type Fetched = { status: number | null; stdout: string; stderr: string; disk: Buffer };

async function fetched(name: string, sha256: string, plainHttp = true): Promise<Fetched> {
  asked = [];
  const disk = path.join(folder, 'disk');
  writeFileSync(disk, '');
  const uri = `http://127.0.0.1:${(server.address() as AddressInfo).port}/${name}?sig=s"e\\cret`;
  const { text, environment, secrets } = fetchMedium(uri, sha256 as any, plainHttp);
  const script = path.join(folder, 'script');
  writeFileSync(script, text.replace(COMMON, `${COMMON}\ndisk_at() { echo '${disk}'; }\nsleep() { :; }\n`));
  chmodSync(script, 0o700);
  const env = { PATH: process.env['PATH'], ...environment, ...secrets };
  const child = spawn(script, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const said = { stdout: '', stderr: '' };
  child.stdout.on('data', (bytes) => (said.stdout += bytes));
  child.stderr.on('data', (bytes) => (said.stderr += bytes));
  const [status] = await once(child, 'close');
  return { status, ...said, disk: readFileSync(disk) };
}

test('a medium as the template says is on the disk, byte for byte', { skip }, async () => {
  const { status, stdout, stderr, disk } = await fetched('whole.iso', shaOf('whole.iso'));
  assert.equal(status, 0, stderr);
  assert.deepEqual(disk, FILES['whole.iso']);
  assert.match(stdout, /Downloaded 40960 bytes.*\nThe medium is as the template says\./s);
  assert.equal(decodeURIComponent(asked[0] ?? ''), '/whole.iso?sig=s"e\\cret');
});

test('a medium with another checksum is not read: it is told with both, and no more', { skip }, async () => {
  const { status, stderr } = await fetched('short.iso', '0'.repeat(64));
  assert.equal(status, 82);
  const want = `The medium has SHA-256 ${shaOf('short.iso')}, the template says ${'0'.repeat(64)}. Nothing was read from it.\n`;
  assert.equal(stderr, want);
});

test('a medium that was cut short before its checksum was taken says so', { skip }, async () => {
  const { status, stderr } = await fetched('short.iso', shaOf('short.iso'));
  assert.equal(status, 83);
  assert.match(stderr, /cut short: by its own header it has 61440 bytes, the file has 40960/);
});

test('a file that is no medium says so', { skip }, async () => {
  const { status, stderr } = await fetched('page.iso', shaOf('page.iso'));
  assert.equal(status, 83);
  assert.match(stderr, /no ISO 9660 medium/);
});

test(
  'what the server refuses is asked once, and the signature of the link is in no word',
  { skip },
  async () => {
    const { status, stdout, stderr } = await fetched('none.iso', shaOf('whole.iso'));
    assert.equal(status, 81);
    assert.equal(asked.length, 1);
    assert.match(stderr, /could not be downloaded: curl: \(22\).*404/);
    assert.ok(!`${stdout}${stderr}`.includes('cret'), stderr);
  },
);

test(
  'a redirect leaves neither for a file of the machine nor, by itself, for plain http',
  { skip },
  async () => {
    const moved = await fetched('moved.iso', shaOf('whole.iso'));
    assert.equal(moved.status, 81);
    assert.equal(moved.disk.length, 0);
    const plain = await fetched('whole.iso', shaOf('whole.iso'), false);
    assert.equal(plain.status, 81);
    assert.deepEqual(asked, []);
  },
);
