import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { renderBootMark } from '../../../shared/guest/render.ts';
import { afterEach, beforeEach, describe, test } from 'node:test';
import type { Machine, MachineRoom, RunRequest } from '../../../local/machines/machine.ts';
import { createSimulatedRoom } from '../../../local/machines/simulated/index.ts';
import { planScript } from '../../../local/machines/simulated/script.ts';
import { FOOTER_BYTES, readFooter } from '../../../local/machines/vhd-footer.ts';
import { exportVhd } from '../../support/vhd-file.ts';

const GIB = 1024 ** 3;
const IMAGE = {
  publisher: 'P',
  offer: 'o',
  sku: 's',
  version: '1.0.0',
  generation: 'V2',
  osType: 'Linux',
} as const;
let dir: string;
let room: MachineRoom;
let base: string;

beforeEach(async () => {
  dir = await mkdtemp(path.join(os.tmpdir(), 'kiln-sim-'));
  const times = {
    bootSeconds: 0.005,
    scriptSeconds: 0.005,
    powerOffSeconds: 0.01,
    powerOffPattern: '\\bpoweroff\\b',
  };
  const made = createSimulatedRoom({ dataDir: dir, times, images: () => [IMAGE] });
  room = made.room;
  base = await made.marketplace.disk(IMAGE);
});
afterEach(async () => {
  await room.close();
  await rm(dir, { recursive: true, force: true });
});

describe('a scripted outcome', () => {
  const defaults = { scriptSeconds: 0.5, powerOffPattern: /\bpoweroff\b/, bootId: 'b', bootedAt: new Date() };

  test('is read from every line, in order', () => {
    const script = `#!/bin/sh
      # kiln-simulate: seconds=2 stdout="a \\"quoted\\"\\tword"
      echo real
      rem kiln-simulate: exit=1
      # kiln-simulate: exit=3 stderr=plain`;
    assert.deepEqual(planScript('s', script, defaults), {
      steps: [
        { seconds: 2, stdout: 'a "quoted"\tword\n', stderr: '' },
        { seconds: 0, stdout: '', stderr: '' },
        { seconds: 0, stdout: '', stderr: 'plain\n' },
      ],
      exitCode: 3,
      powersOff: false,
      restarts: false,
      serial: '',
    });
  });

  test('says that nothing ran when the script says nothing', () => {
    const plan = planScript('step-1', 'apt-get install nginx', defaults);
    assert.deepEqual(plan, {
      steps: [{ seconds: 0.5, stdout: 'simulated: step-1 did not run\n', stderr: '' }],
      exitCode: 0,
      powersOff: false,
      restarts: false,
      serial: '',
    });
  });

  test('is what the profile says, where it says something', () => {
    const scripted = { exit: 7, stdout: 'as told', serial: 'panic' };
    assert.deepEqual(planScript('s', '# kiln-simulate: exit=1', { ...defaults, scripted }), {
      steps: [{ seconds: 0, stdout: 'as told\n', stderr: '' }],
      exitCode: 7,
      powersOff: false,
      restarts: false,
      serial: 'panic',
    });
  });

  test('a question for the boot is answered with the boot, whatever the system', () => {
    const answers = (['Linux', 'Windows'] as const).map(
      (osType) => planScript('s', renderBootMark(osType).text, defaults).steps[0]?.stdout,
    );
    assert.deepEqual(answers, ['b\n', 'b\n']);
  });

  test('powers off by pattern or by instruction', () => {
    const powersOff = (script: string) => planScript('s', script, defaults).powersOff;
    assert.deepEqual(['sync; poweroff', '# kiln-simulate: power-off', 'echo power'].map(powersOff), [
      true,
      true,
      false,
    ]);
  });
});

describe('a simulated machine', () => {
  const spec = (disk: string) =>
    ({ id: 'm', generation: 'V2', disk, dataDisks: [], memoryMiB: 512, cpus: 1 }) as const;
  const request = (script: string, more: Partial<RunRequest> = {}): RunRequest => ({
    id: 'r',
    script,
    environment: {},
    timeoutSeconds: 60,
    onOutput: () => undefined,
    ...more,
  });
  let machine: Machine;
  beforeEach(async () => {
    machine = await room.create(spec(await room.disks.overlay(base)));
  });

  test('has an agent only while it runs', async () => {
    assert.deepEqual([machine.power, machine.agent], ['stopped', undefined]);
    await machine.start();
    assert.deepEqual([machine.power, machine.agent], ['running', 'simulated']);
    await machine.powerOff(false);
    await machine.powerOff(true);
    assert.deepEqual([machine.power, machine.agent], ['stopped', undefined]);
    await assert.rejects(machine.run(request('true')), /is stopped/);
    assert.match(await machine.serialLog(), /simulated shutdown/);
  });

  test('runs one script at a time', async () => {
    await machine.start();
    const first = machine.run(request('# kiln-simulate: seconds=60'));
    await assert.rejects(machine.run(request('true')), /another script/);
    await machine.powerOff(true);
    await assert.rejects(first, /stopped while r ran/);
  });

  test('ends a script at its time-out and when it is cancelled, with -1', async () => {
    await machine.start();
    const script = '# kiln-simulate: seconds=60';
    assert.deepEqual(await machine.run(request(script, { timeoutSeconds: 0.02 })), { exitCode: -1 });
    assert.deepEqual(await machine.run(request(script, { signal: AbortSignal.timeout(10) })), {
      exitCode: -1,
    });
  });

  test('says once that its guest switched itself off', async () => {
    await machine.start();
    let times = 0;
    const off = new Promise<void>((resolve) => {
      machine.onPowerOff(() => {
        times += 1;
        resolve();
      });
    });
    assert.deepEqual(await machine.run(request('poweroff')), { exitCode: 0 });
    assert.equal(machine.power, 'running');
    await off;
    assert.deepEqual([machine.power, times], ['stopped', 1]);
    await machine.start();
    await machine.powerOff(false);
    assert.equal(times, 1);
  });
});

describe('simulated disks', () => {
  test('keep sizes, grow, and do not shrink', async () => {
    const { disks } = room;
    assert.equal(await disks.virtualSize(base), 30 * GIB);
    assert.equal(await disks.virtualSize(await disks.overlay(base, 64)), 64 * GIB);
    assert.equal(await disks.virtualSize(await disks.overlay(base, 1)), 30 * GIB);
    assert.equal(await disks.virtualSize(await disks.blank(5)), 5 * GIB);
  });

  test('freeze: what is written later is not in the snapshot', async () => {
    const disk = await room.disks.overlay(base);
    const machine = await room.create({
      id: 'm',
      generation: 'V2',
      disk,
      dataDisks: [],
      memoryMiB: 1,
      cpus: 1,
    });
    await machine.start();
    const run = (id: string) =>
      machine.run({ id, script: '', environment: {}, timeoutSeconds: 9, onOutput: () => undefined });
    await run('before');
    const frozen = await room.disks.snapshot(disk);
    await run('after');
    const text = async (id: string) => {
      const file = path.join(dir, `${id}.vhd`);
      await exportVhd(await room.disks.content(id), file);
      return (await readFile(file)).toString('utf8', 0, 1024);
    };
    assert.match(await text(frozen), /run before/);
    assert.doesNotMatch(await text(frozen), /run after/);
    assert.match(await text(disk), /run before[^]*run after/);
  });

  test('go when nothing is layered on them, and not before', async () => {
    const { disks } = room;
    const files = async () => (await readdir(path.join(dir, 'simulated-disks'))).length;
    const parent = await disks.overlay(base);
    const child = await disks.overlay(parent);
    await disks.remove(parent);
    assert.equal(await files(), 3);
    await disks.remove(child);
    assert.equal(await files(), 1);
    await disks.remove(child);
    await assert.rejects(disks.overlay(child), /does not exist/);
  });

  test('adopt a file once, whatever its format', async () => {
    const { disks } = room;
    const vhd = path.join(dir, 'export.vhd');
    await exportVhd(await disks.content(base), vhd);
    const bytes = await readFile(vhd);
    assert.equal(readFooter(bytes.subarray(-FOOTER_BYTES))?.size, 1024 * 1024);
    const adopted = await disks.adopt(vhd, 'vpc');
    assert.equal(await disks.adopt(vhd, 'vpc'), adopted);
    assert.equal(await disks.virtualSize(adopted), 1024 * 1024);
    const raw = path.join(dir, 'raw.img');
    await writeFile(raw, Buffer.alloc(4096));
    assert.equal(await disks.virtualSize(await disks.adopt(raw, 'raw')), 4096);
    await assert.rejects(disks.adopt(raw, 'vpc'), /not a fixed VHD/);
  });
});
