import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { probePrerequisites } from '../../../../local/images/prerequisites.ts';
import { DiskStore } from '../../../../local/machines/qemu/disk-store.ts';
import { checkVhd } from '../../../../local/machines/qemu/vhd.ts';

const { missing, remedy } = await probePrerequisites('machines');
const options = { skip: missing.includes('qemu-img') ? `qemu-img is missing: ${remedy}` : false };

const folder = mkdtempSync(join(tmpdir(), 'kiln-disks-'));
after(() => rmSync(folder, { recursive: true }));

const MIB = 1024 * 1024;
let stores = 0;

async function open(base = `store-${++stores}`) {
  const dataDir = join(folder, base);
  execFileSync('mkdir', ['-p', dataDir]);
  return { dataDir, store: await DiskStore.open(dataDir), files: () => readdirSync(join(dataDir, 'disks')) };
}

function baseFile(name: string, content = 'base'): string {
  const file = join(folder, name);
  writeFileSync(file, Buffer.concat([Buffer.from(content), Buffer.alloc(3 * MIB + 512)]), { flag: 'w' });
  return file;
}

/** Writes as a guest would. */
function write(file: string, pattern: number): void {
  execFileSync('qemu-io', ['-f', 'qcow2', '-c', `write -P ${pattern} 0 64k`, file]);
}

function reads(file: string, pattern: number): boolean {
  const output = execFileSync('qemu-io', [
    '-f',
    'qcow2',
    '-r',
    '-c',
    `read -P ${pattern} 0 64k`,
    file,
  ]).toString();
  return !output.includes('Pattern verification failed');
}

test('the same file is the same disk, and it is not copied', options, async () => {
  const { store, files } = await open();
  const file = baseFile('same.raw');
  const disk = await store.adopt(file, 'raw');
  assert.equal(await store.adopt(join(folder, '.', 'same.raw'), 'raw'), disk);
  assert.deepEqual(files(), []);
  assert.equal(await store.virtualSize(disk), 3 * MIB + 1024, 'whole sectors');
  store.close();
});

test('an overlay of a file that has changed since is refused', options, async () => {
  const { store } = await open();
  const file = baseFile('changing.raw');
  const disk = await store.adopt(file, 'raw');
  writeFileSync(file, 'something else altogether');
  await assert.rejects(store.overlay(disk), /changing\.raw has changed/);
  store.close();
});

test('a snapshot keeps its content while the disk goes on', options, async () => {
  const { store } = await open();
  const disk = await store.blank(1);
  write(store.layerOf(disk).path, 1);
  const snapshot = await store.snapshot(disk);
  write(store.layerOf(disk).path, 2);
  assert.ok(reads(store.layerOf(snapshot).path, 1));
  assert.ok(reads(store.layerOf(disk).path, 2));
  store.close();
});

test('writing to a disk after an overlay was made of it does not change the overlay', options, async () => {
  const { store } = await open();
  const parent = await store.blank(1);
  write(store.layerOf(parent).path, 3);
  const child = await store.overlay(parent, 2);
  write(store.layerOf(parent).path, 4);
  assert.ok(reads(store.layerOf(child).path, 3));
  assert.equal(await store.virtualSize(child), 2 * 1024 * MIB);
  await assert.rejects(store.overlay(child, 1), /1 GiB cannot hold its source of 2\.0 GiB/);
  store.close();
});

test('the file of a removed disk stays until nothing is layered on it', options, async () => {
  const { store, files } = await open();
  const base = baseFile('shared.raw');
  const parent = await store.overlay(await store.adopt(base, 'raw'));
  const child = await store.overlay(await store.snapshot(parent));
  const file = store.layerOf(child).path;
  await store.remove(parent);
  write(file, 5);
  assert.ok(reads(file, 5));
  await assert.rejects(store.virtualSize(parent), /there is no disk/);
  assert.ok(files().length > 1);
  store.close();
  assert.ok(existsSync(base), 'files of others are never deleted');
});

test('removing the last disk of a chain removes the whole chain', options, async () => {
  const { store, files } = await open();
  const parent = await store.blank(1);
  const child = await store.overlay(parent);
  await store.remove(parent);
  await store.remove(child);
  assert.deepEqual(files(), []);
  store.close();
});

test('a store that is opened again knows its disks and deletes what a crash left', options, async () => {
  const first = await open('again');
  const disk = await first.store.blank(1);
  first.store.close();
  writeFileSync(join(first.dataDir, 'disks', 'orphan.qcow2'), 'half a file');
  const second = await open('again');
  assert.equal(await second.store.virtualSize(disk), 1024 * MIB);
  assert.equal(second.files().length, 1);
  second.store.close();
});

test('two stores cannot use one folder', options, async () => {
  const first = await open('twice');
  await assert.rejects(open('twice'), /in use by another Kiln/);
  first.store.close();
  (await open('twice')).store.close();
});

test('a disk in use by a machine can neither be exported, captured nor removed', options, async () => {
  const { store } = await open();
  const disk = await store.blank(1);
  await store.attach(disk);
  for (const attempt of [
    store.snapshot(disk),
    store.remove(disk),
    store.exportVhd(disk, join(folder, 'no.vhd')),
  ])
    await assert.rejects(attempt, /in use by a running machine/);
  store.release(disk);
  await store.remove(disk);
  store.close();
});

test(
  'an export is a fixed VHD of whole MiB with the content of the disk, sparse on disk',
  options,
  async () => {
    const { store } = await open();
    const file = join(folder, 'out.vhd');
    // 3 MiB + 516 bytes; Azure wants 4 MiB.
    await store.exportVhd(await store.adopt(baseFile('odd.raw', 'KILN'), 'raw'), file);
    await checkVhd(file, 4 * MIB);
    assert.equal(statSync(file).size, 4 * MIB + 512);
    assert.ok(statSync(file).blocks * 512 < MIB);
    assert.equal(execFileSync('head', ['-c', '4', file]).toString(), 'KILN');
    assert.equal(existsSync(`${file}.part`), false);
    store.close();
  },
);
