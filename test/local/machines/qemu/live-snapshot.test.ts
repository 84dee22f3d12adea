// What QEMU itself does with a disk that is kept while its machine is on. No guest is booted: QEMU's own monitor writes to the disk.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { probePrerequisites } from '../../../../local/images/prerequisites.ts';
import { DiskStore } from '../../../../local/machines/qemu/disk-store.ts';
import { JsonChannel } from '../../../../local/machines/qemu/json-channel.ts';
import { qemuArguments } from '../../../../local/machines/qemu/arguments.ts';

const { missing, remedy } = await probePrerequisites('machines');
const skip = missing.length === 0 ? false : `${missing.join(', ')} not found; install: ${remedy}`;
const folder = mkdtempSync(join(tmpdir(), 'kiln-live-'));
after(() => rmSync(folder, { recursive: true }));

/** The drive of a machine as Kiln gives it to QEMU, in one that stands still. */
async function standingStill(disk: string) {
  const hardware = { accelerator: 'tcg', generation: 'V1', memoryMiB: 64, cpus: 1 } as const;
  const all = qemuArguments({ ...hardware, disk, dataDisks: [], sockets: folder, variables: '' });
  const drive = all.find((argument) => argument.startsWith(`file=${disk}`)) ?? '';
  const socket = join(folder, 'monitor');
  const server = createServer().listen(socket);
  const connected = once(server, 'connection');
  const base = ['-nodefaults', '-no-user-config', '-display', 'none', '-S', '-machine', 'q35', '-m', '64'];
  const own = ['-drive', drive, '-device', 'virtio-blk-pci,drive=os'];
  const monitor = ['-chardev', `socket,id=qmp,path=${socket}`, '-mon', 'chardev=qmp,mode=control'];
  const qemu = spawn('qemu-system-x86_64', [...base, ...own, ...monitor], { stdio: 'ignore' });
  const [stream] = await connected;
  server.close();
  const qmp = new JsonChannel(stream as Socket);
  await qmp.call('qmp_capabilities');
  const io = (line: string) => qmp.call('human-monitor-command', { 'command-line': `qemu-io os "${line}"` });
  const exited = once(qemu, 'exit');
  const end = async (): Promise<void> => {
    qemu.kill('SIGKILL');
    await exited;
  };
  return { qmp, io, end };
}

function reads(file: string, pattern: number): boolean {
  const args = ['-U', '-f', 'qcow2', '-r', '-c', `read -P ${pattern} 0 64k`, file];
  return !execFileSync('qemu-io', args).toString().includes('Pattern verification failed');
}

test(
  'QEMU goes on in another layer, and what it had written is whole in the one that is kept',
  { skip },
  async () => {
    const store = await DiskStore.open(folder);
    const disk = await store.blank(1);
    const { path } = await store.attach(disk);
    const machine = await standingStill(path);
    try {
      store.whileRunning(disk, async (file) => {
        const options = { device: 'os', 'snapshot-file': file, format: 'qcow2', mode: 'existing' };
        await machine.qmp.call('blockdev-snapshot-sync', options);
      });
      await machine.io('write -P 1 0 64k');
      const frozen = await store.snapshot(disk);
      await machine.io('write -P 2 0 64k');
      const copy = await store.overlay(frozen);
      assert.ok(reads(store.layerOf(copy).path, 1), 'what was written before is in what is kept');
      await machine.io('flush');
      await machine.end();
      store.release(disk);
      assert.ok(reads(store.layerOf(copy).path, 1), 'and nothing of what was written since');
      assert.ok(reads(store.layerOf(disk).path, 2), 'which the machine still has');
    } finally {
      await machine.end();
      store.close();
    }
  },
);
