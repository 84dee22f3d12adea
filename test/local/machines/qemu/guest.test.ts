// Boots real guests, one after the other: minutes under emulation the first time (the base image is made), then about one.
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { copyFileSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { spawn } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { createMarketplace, defaultCacheDir } from '../../../../local/images/marketplace.ts';
import { probePrerequisites } from '../../../../local/images/prerequisites.ts';
import type { DiskId, Machine } from '../../../../local/machines/machine.ts';
import { UEFI_CODE, UEFI_VARIABLES } from '../../../../local/machines/qemu/arguments.ts';
import { createQemuRoom, type QemuRoom } from '../../../../local/machines/qemu/room.ts';
import { exportVhd } from '../../../support/vhd-file.ts';

const SHAPE = { generation: 'V1', memoryMiB: 1024, cpus: 2 } as const;
const MARK = `kiln-${randomBytes(6).toString('hex')}`;

const folder = mkdtempSync(join(tmpdir(), 'kiln-guest-'));
const vhd = join(folder, 'out.vhd');
const lines: string[] = [];
const log = (line: string): void => {
  lines.push(line);
  console.log(`# ${line}`);
};

const { missing, remedy } = await probePrerequisites('images');
let why = missing.length > 0 ? `${missing.join(', ')} missing: ${remedy}` : '';
let room: QemuRoom;
let base: DiskId;
let disk: DiskId;
let machine: Machine;

if (why === '') {
  const cacheDir = defaultCacheDir();
  room = await createQemuRoom({ dataDir: join(folder, 'data'), cacheDir, log, warm: 'on request' });
  const marketplace = createMarketplace({ cacheDir, disks: room.disks, log });
  try {
    const image = (await marketplace.list()).find(({ sku }) => sku === '12');
    base = await marketplace.disk(image!);
  } catch (error) {
    why = `the base image cannot be made here: ${String(error)}`;
  }
}

async function timed<T>(what: string, work: () => Promise<T>): Promise<T> {
  const started = performance.now();
  const value = await work();
  console.log(`# ${what}: ${((performance.now() - started) / 1000).toFixed(2)} s`);
  return value;
}

before(async () => {
  if (why !== '') return;
  console.log(`# ${room.description}`);
  await timed('warm snapshot', () => room.prepareWarm(base, SHAPE));
  disk = await room.disks.overlay(base);
  machine = await room.create({ id: 'guest', disk, dataDisks: [], ...SHAPE });
});

after(async () => {
  await room?.close();
  rmSync(folder, { recursive: true });
});

type Options = { timeoutSeconds?: number; environment?: Record<string, string>; signal?: AbortSignal };

async function run(script: string, { timeoutSeconds = 60, environment = {}, signal }: Options = {}) {
  const output = { stdout: [] as Buffer[], stderr: [] as Buffer[] };
  const onOutput = (stream: 'stdout' | 'stderr', chunk: Uint8Array) =>
    output[stream].push(Buffer.from(chunk));
  const request = { id: 'step-1', script, environment, timeoutSeconds, onOutput };
  const { exitCode } = await machine.run({ ...request, ...(signal === undefined ? {} : { signal }) });
  return { exitCode, stdout: Buffer.concat(output.stdout), stderr: Buffer.concat(output.stderr).toString() };
}

const real = { skip: why === '' ? false : why, timeout: 600_000 };

test('a machine of a warm base is up at once, with its own clock, machine id and agent', real, async () => {
  // Three seconds on a quiet machine, where a cold start takes five times as long; `lines` says how it came up.
  await timed('start', () => machine.start());
  assert.ok(lines.at(-1)?.includes('warm start'), lines.at(-1));
  assert.equal(machine.power, 'running');
  assert.match(machine.agent ?? '', /^qemu-ga \d/);
  const { stdout } = await run('date +%s; cat /etc/machine-id');
  const [seconds, id] = stdout.toString().split('\n');
  assert.ok(Math.abs(Number(seconds) - Date.now() / 1000) < 10);
  assert.match(id ?? '', /^[0-9a-f]{32}$/);
});

test('exit code, standard output and standard error come back apart', real, async () => {
  const result = await timed('run', () => run('echo out; echo err >&2; exit 42'));
  assert.deepEqual(
    { ...result, stdout: result.stdout.toString() },
    { exitCode: 42, stdout: 'out\n', stderr: 'err\n' },
  );
  assert.equal((await run('kill -TERM $$')).exitCode, -1);
});

test(
  'a script runs with the interpreter of its first line, from a place that is empty afterwards',
  real,
  async () => {
    const { stdout } = await run('#!/usr/bin/perl\nprint "$]\\n"');
    assert.match(stdout.toString(), /^5\./);
    assert.equal((await run('#!/no/such/thing\n')).exitCode, 126);
    assert.equal((await run('ls -A /var/lib/kiln')).stdout.toString(), 'step-1\n');
  },
);

test('a script of 4 MiB arrives byte for byte', real, async () => {
  const ballast = randomBytes(2 * 1024 * 1024).toString('hex');
  const script = `#!/bin/sh\nsha256sum < "$0"\nexit\n${ballast}\n`;
  const { stdout } = await timed('4 MiB', () => run(script));
  assert.equal(stdout.toString().split(' ')[0], createHash('sha256').update(script).digest('hex'));
});

test('the environment arrives byte for byte and is never run', real, async () => {
  const environment = { TRICKY: `'"\`id\` $(id) \\ \n\t;&|é🔥`, 'not.a-name': '1', EMPTY: '' };
  const script = '#!/usr/bin/perl\nprint join("\\0", map { "$_=$ENV{$_}" } qw(TRICKY not.a-name EMPTY))';
  const { stdout } = await run(script, { environment });
  assert.equal(
    stdout.toString(),
    Object.entries(environment)
      .map(([name, value]) => `${name}=${value}`)
      .join('\0'),
  );
});

test('100 MB of binary output arrive unchanged without filling memory', real, async () => {
  const before = process.memoryUsage().rss;
  const hash = createHash('sha256');
  let size = 0;
  let peak = 0;
  await timed('100 MB', () =>
    machine.run({
      id: 'big',
      script: `perl -e '$b = join "", map { chr } 0..255; $b x= 4096; print $b for 1..100'`,
      environment: {},
      timeoutSeconds: 300,
      onOutput: (_, chunk) => {
        size += chunk.length;
        hash.update(chunk);
        peak = Math.max(peak, process.memoryUsage().rss - before);
      },
    }),
  );
  const block = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
  const wanted = createHash('sha256');
  for (let i = 0; i < 100; i += 1) wanted.update(Buffer.alloc(1024 * 1024, block));
  assert.equal(size, 100 * 1024 * 1024);
  assert.equal(hash.digest('hex'), wanted.digest('hex'));
  assert.ok(peak < 80 * 1024 * 1024, `${Math.round(peak / 1024 / 1024)} MiB more memory`);
});

test(
  'a script that runs out of time is killed with its children and has the exit code -1',
  real,
  async () => {
    // A guest on a busy machine takes more than a second to begin.
    const { exitCode, stdout } = await run('echo begun; sleep 1000 & sleep 1000', { timeoutSeconds: 5 });
    assert.equal(exitCode, -1);
    assert.equal(stdout.toString(), 'begun\n');
    assert.equal((await run('pgrep -x sleep')).exitCode, 1, 'no sleep is left');
  },
);

test('an aborted script is killed and rejects with the reason', real, async () => {
  const abort = new AbortController();
  setTimeout(() => abort.abort(new Error('not wanted any more')), 300);
  await assert.rejects(run('sleep 1000', { signal: abort.signal }), /not wanted any more/);
  assert.equal((await run('pgrep -x sleep')).exitCode, 1);
});

test('a daemon that keeps the output open does not keep the run open', real, async () => {
  assert.equal((await timed('run', () => run('sleep 5 & echo done'))).stdout.toString(), 'done\n');
});

test('a restart ends in another boot, in which scripts run', real, async () => {
  const boot = async () => (await run('cat /proc/sys/kernel/random/boot_id')).stdout.toString();
  const before = await boot();
  await run(`echo ${MARK} >> /etc/issue; sync`);
  await timed('restart', () => machine.restart());
  assert.notEqual(await boot(), before);
  assert.equal((await run(`grep -c ${MARK} /etc/issue`)).stdout.toString(), '1\n');
  assert.match(await machine.serialLog(), /login:/);
});

test('a script that switches the machine off is rejected, and the listener is told once', real, async () => {
  let told = 0;
  machine.onPowerOff(() => (told += 1));
  await timed('power off', () => assert.rejects(run('poweroff; sleep 60'), /machine stopped/));
  assert.equal(machine.power, 'stopped');
  assert.equal(told, 1);
  await machine.powerOff(false);
});

test(
  'a snapshot of the stopped machine exports as a VHD, and nothing of the machine is left',
  real,
  async () => {
    const snapshot = await timed('snapshot', () => room.disks.snapshot(disk));
    await timed('export', async () => exportVhd(await room.disks.content(snapshot), vhd));
    assert.equal(statSync(vhd).size, (await room.disks.virtualSize(snapshot)) + 512);
    await machine.dispose();
    await room.disks.remove(disk);
    await room.disks.remove(snapshot);
    assert.deepEqual(readdirSync(join(folder, 'data', 'machines')), []);
  },
);

test('the VHD boots by itself with UEFI and shows the change on its console', real, async (t) => {
  const variables = join(folder, 'vars.fd');
  copyFileSync(UEFI_VARIABLES, variables);
  const args = [
    ['--pdeathsig', 'KILL', 'qemu-system-x86_64', '-machine', 'q35', '-m', '1024', '-smp', '2', '-nographic'],
    ['-accel', 'tcg,thread=multi', '-cpu', 'Nehalem,vendor=AuthenticAMD', '-nic', 'none'],
    ['-drive', `if=pflash,format=raw,readonly=on,file=${UEFI_CODE}`],
    ['-drive', `if=pflash,format=raw,file=${variables}`],
    ['-drive', `file=${vhd},format=vpc,if=virtio,cache=unsafe`],
  ].flat();
  // The test's own time limit kills QEMU as well; otherwise the console would be read for ever.
  const child = spawn('setpriv', args, { signal: t.signal, killSignal: 'SIGKILL' });
  child.on('error', () => undefined);
  const limit = setTimeout(() => child.kill('SIGKILL'), 300_000);
  try {
    await timed('boot of the VHD', async () => {
      let seen = '';
      for await (const chunk of child.stdout) {
        seen += String(chunk);
        if (seen.includes(MARK)) break;
        assert.ok(seen.length < 1024 * 1024, seen.slice(-500));
      }
      assert.ok(seen.includes(MARK), `no mark on the console, which ends with:\n${seen.slice(-2000)}`);
    });
  } finally {
    clearTimeout(limit);
    child.kill('SIGKILL');
  }
});
