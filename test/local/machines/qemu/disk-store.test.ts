import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { probePrerequisites } from '../../../../local/images/prerequisites.ts';
import { DiskStore } from '../../../../local/machines/qemu/disk-store.ts';
import type { DiskContent } from '../../../../local/machines/disk-content.ts';
import { exportVhd } from '../../../support/vhd-file.ts';

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

test('a disk in use by a machine can neither be read, captured nor removed', options, async () => {
  const { store } = await open();
  const disk = await store.blank(1);
  await store.attach(disk);
  for (const attempt of [store.snapshot(disk), store.remove(disk), store.content(disk)])
    await assert.rejects(attempt, /in use by a running machine/);
  store.release(disk);
  await store.remove(disk);
  store.close();
});

test('an export is a fixed VHD of whole MiB with the content of the disk', options, async () => {
  const { store } = await open();
  const file = join(folder, 'out.vhd');
  // 3 MiB + 516 bytes; Azure wants 4 MiB.
  await exportVhd(await store.content(await store.adopt(baseFile('odd.raw', 'KILN'), 'raw')), file);
  assert.equal(statSync(file).size, 4 * MIB + 512);
  assert.equal(execFileSync('head', ['-c', '4', file]).toString(), 'KILN');
  store.close();
});

/** Writes 64 KiB of a byte at an offset, as a guest would; `discard` gives the place back instead. */
function change(file: string, offset: number, pattern: number | 'discard'): void {
  const verb = pattern === 'discard' ? 'discard' : `write -P ${pattern}`;
  execFileSync('qemu-io', ['-f', 'qcow2', '-d', 'unmap', '-c', `${verb} ${offset} 64k`, file]);
}

const KIB64 = 64 * 1024;

async function bytesOf(content: DiskContent): Promise<Buffer> {
  const bytes = await content.read(0, content.size);
  await content.close();
  return bytes;
}

test('the content of a disk is told by what differs from the file at its bottom', options, async () => {
  const { store } = await open();
  const file = join(folder, 'bottom.raw');
  writeFileSync(file, Buffer.alloc(2 * MIB, 'b'));
  const base = await store.adopt(file, 'raw');
  const disk = await store.overlay(base);
  change(store.layerOf(disk).path, MIB, 0x31);
  await store.snapshot(disk);
  change(store.layerOf(disk).path, 0, 'discard');
  const content = await store.content(disk);
  assert.equal(content.key, undefined, 'a disk that can change has no name');
  assert.deepEqual(content.changes, [
    { offset: 0, length: KIB64, zero: true },
    { offset: MIB, length: KIB64, zero: false },
  ]);
  const below = await content.base?.open();
  assert.ok(below !== undefined && below.key === content.base?.key);
  assert.ok((await bytesOf(below)).equals(Buffer.alloc(2 * MIB, 'b')));
  const wanted = Buffer.alloc(2 * MIB, 'b')
    .fill(0, 0, KIB64)
    .fill(0x31, MIB, MIB + KIB64);
  assert.ok((await bytesOf(content)).equals(wanted));
  store.close();
});

test('what is written after its content was opened does not show', options, async () => {
  const { store } = await open();
  const disk = await store.blank(1);
  change(store.layerOf(disk).path, 0, 0x31);
  const content = await store.content(disk);
  change(store.layerOf(disk).path, 0, 0x32);
  assert.equal((await content.read(0, 1))[0], 0x31);
  await store.remove(disk);
  assert.equal((await content.read(0, 1))[0], 0x31, 'also when the disk is gone');
  await content.close();
  store.close();
});

test('the bytes of a compressed file are read as well, and nothing is left of them', options, async () => {
  const { store, files } = await open();
  const plain = join(folder, 'plain.raw');
  writeFileSync(plain, Buffer.alloc(MIB, 'kiln '));
  const packed = join(folder, 'packed.qcow2');
  execFileSync('qemu-img', ['convert', '-c', '-f', 'raw', '-O', 'qcow2', plain, packed]);
  const content = await store.content(await store.adopt(packed, 'qcow2'));
  assert.ok((await bytesOf(content)).equals(Buffer.alloc(MIB, 'kiln ')));
  assert.deepEqual(files(), []);
  store.close();
});

test('a file that was replaced has another name than before', options, async () => {
  const { store } = await open();
  const file = baseFile('replaced.raw');
  const first = await store.content(await store.adopt(file, 'raw'));
  await first.close();
  store.close();
  rmSync(file);
  writeFileSync(file, Buffer.alloc(MIB));
  const second = (await open()).store;
  const again = await second.content(await second.adopt(file, 'raw'));
  await again.close();
  assert.ok(first.key !== undefined && again.key !== undefined && first.key !== again.key);
  second.close();
});

/** What a machine does with its disk while it runs, played by the test. */
async function running(store: DiskStore, disk: string) {
  let { path } = await store.attach(disk);
  write(path, 1);
  const machine = {
    get file() {
      return path;
    },
    fails: false,
  };
  store.whileRunning(disk, async (file) => {
    if (machine.fails) throw new Error('the machine has no room');
    path = file;
  });
  return machine;
}

test('a disk of a running machine is frozen while the machine goes on in another file', options, async () => {
  const { store } = await open();
  const disk = await store.overlay(await store.adopt(baseFile('live.raw'), 'raw'));
  const machine = await running(store, disk);
  const before = machine.file;
  const frozen = await store.snapshot(disk);
  assert.notEqual(machine.file, before);
  write(machine.file, 2);
  const copy = await store.overlay(frozen);
  assert.ok(reads(store.layerOf(copy).path, 1), 'the copy has what was there then');
  assert.ok(reads(store.layerOf(disk).path, 2), 'and the machine what it wrote since');
  store.release(disk);
  assert.equal((await store.attach(disk)).path, machine.file, 'it starts again with what it wrote');
  assert.equal(
    store.pristineBase(store.layerOf(disk)),
    undefined,
    'and never from the memory of a fresh one',
  );
});

test('a machine that cannot go on in another file keeps its own, and nothing is left', options, async () => {
  const { store, files } = await open();
  const disk = await store.overlay(await store.adopt(baseFile('live-fails.raw'), 'raw'));
  const machine = await running(store, disk);
  machine.fails = true;
  await assert.rejects(store.snapshot(disk), /no room/);
  assert.equal(store.layerOf(disk).path, machine.file);
  assert.equal(files().length, 1);
});
