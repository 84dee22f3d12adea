// Packer's qemu builder on the same base disk and the same steps, tuned as far as its options go.
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { createMarketplace, defaultCacheDir } from '../../local/images/marketplace.ts';
import { createQemuRoom } from '../../local/machines/qemu/room.ts';
import { exportVhd } from '../support/vhd-file.ts';
import { CUSTOMIZE, DEPROVISION, PAYLOAD, PAYLOAD_PATH, seconds } from './steps.ts';

export type Measured = { readonly seconds: number; readonly phases: Readonly<Record<string, number>> };

export const packerIsThere = (): boolean => spawnSync('packer', ['--version']).status === 0;

/** Packer gets in by SSH, so its base needs a key; host keys are made beforehand, so that this is not timed. */
export async function preparePackerBase(folder: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  rmSync(path.join(folder, 'key'), { force: true });
  spawnSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', path.join(folder, 'key')]);
  const log = (): void => undefined;
  const room = await createQemuRoom({
    dataDir: path.join(folder, 'room'),
    cacheDir: defaultCacheDir(),
    log,
    warm: 'on request',
  });
  try {
    const marketplace = createMarketplace({ cacheDir: defaultCacheDir(), disks: room.disks, log });
    const image = (await marketplace.list()).find(({ generation }) => generation === 'V1');
    if (image === undefined) throw new Error('The marketplace has no image of generation 1.');
    const disk = await room.disks.overlay(await marketplace.disk(image));
    const machine = await room.create({
      id: 'packer-base',
      generation: 'V1',
      disk,
      dataDisks: [],
      memoryMiB: 1024,
      cpus: 2,
    });
    await machine.start();
    const key = readFileSync(path.join(folder, 'key.pub'), 'utf8').trim();
    const script =
      'mkdir -p -m 700 /root/.ssh; echo "$KEY" > /root/.ssh/authorized_keys; ssh-keygen -A; : > /etc/machine-id; sync';
    await machine.run({ id: 'key', script, environment: { KEY: key }, timeoutSeconds: 120, onOutput: log });
    await machine.powerOff(false);
    await exportVhd(await room.disks.content(disk), path.join(folder, 'base.vhd'));
  } finally {
    await room.close();
  }
  const convert = [
    'convert',
    '-f',
    'vpc',
    '-O',
    'qcow2',
    path.join(folder, 'base.vhd'),
    path.join(folder, 'base.qcow2'),
  ];
  spawnSync('qemu-img', convert);
}

export async function buildWithPacker(folder: string, restart: boolean): Promise<Measured> {
  writeFileSync(path.join(folder, 'payload.bin'), PAYLOAD);
  writeFileSync(path.join(folder, 'customize.sh'), `#!/bin/sh -e\n${CUSTOMIZE.join('\n')}\n`);
  writeFileSync(path.join(folder, 'deprovision.sh'), `${DEPROVISION}fstrim /\nsync\n`);
  writeFileSync(path.join(folder, 'template.json'), JSON.stringify(template(folder, restart)));
  rmSync(path.join(folder, 'out'), { recursive: true, force: true });
  const started = performance.now();
  await run('packer', ['build', '-timestamp-ui', 'template.json'], folder);
  const built = seconds(started);
  const vhd = [
    'convert',
    '-f',
    'qcow2',
    '-O',
    'vpc',
    '-o',
    'subformat=fixed,force_size',
    'out/image',
    'image.vhd',
  ];
  await run('qemu-img', vhd, folder);
  return {
    seconds: seconds(started),
    phases: { build: built, vhd: Math.round((seconds(started) - built) * 10) / 10 },
  };
}

function template(folder: string, restart: boolean): object {
  const reboot = [
    { type: 'shell', inline: ['systemctl reboot'], expect_disconnect: true },
    { type: 'shell', inline: ['cat /proc/sys/kernel/random/boot_id'], pause_before: '5s' },
  ];
  return {
    builders: [
      {
        ...{ type: 'qemu', iso_url: path.join(folder, 'base.qcow2'), iso_checksum: 'none', disk_image: true },
        ...{ output_directory: 'out', vm_name: 'image', format: 'qcow2', accelerator: 'tcg', headless: true },
        ...{
          memory: 1024,
          cpus: 2,
          net_device: 'virtio-net',
          disk_interface: 'virtio',
          shutdown_command: 'poweroff',
        },
        ...{ ssh_username: 'root', ssh_private_key_file: path.join(folder, 'key'), ssh_timeout: '10m' },
        ...{ use_backing_file: true, skip_compaction: true, skip_resize_disk: true, disable_vnc: true },
        ...{ disk_cache: 'unsafe', disk_discard: 'unmap', boot_wait: '1ms' },
        qemuargs: [
          ['-cpu', 'Nehalem,vendor=AuthenticAMD'],
          ['-smp', '2'],
          ['-m', '1024'],
        ],
      },
    ],
    provisioners: [
      { type: 'shell', script: 'customize.sh' },
      { type: 'file', source: 'payload.bin', destination: PAYLOAD_PATH },
      ...(restart ? reboot : []),
      { type: 'shell', script: 'deprovision.sh' },
    ],
  };
}

/** Packer 1.6.6 names no format for the backing file, which today's qemu-img insists on: the wrapper adds it. */
function wrapQemuImg(folder: string): string {
  const bin = path.join(folder, 'bin');
  mkdirSync(bin, { recursive: true });
  const real = spawnSync('which', ['qemu-img'], { encoding: 'utf8' }).stdout.trim();
  const script = `#!/bin/sh\nif [ "$1" = create ]; then shift; exec ${real} create -F qcow2 "$@"; fi\nexec ${real} "$@"\n`;
  writeFileSync(path.join(bin, 'qemu-img'), script, { mode: 0o755 });
  return bin;
}

function run(command: string, args: readonly string[], cwd: string): Promise<void> {
  const own = { CHECKPOINT_DISABLE: '1', PACKER_CACHE_DIR: path.join(cwd, 'cache') };
  const env = { ...process.env, ...own, PATH: `${wrapQemuImg(cwd)}:${process.env['PATH'] ?? ''}` };
  return new Promise((resolve, reject) => {
    let output = '';
    const child = spawn(command, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
    child.stdout.on('data', (data) => (output += data));
    child.stderr.on('data', (data) => (output += data));
    child.once('close', (code) =>
      code === 0 ? resolve() : reject(new Error(`${command} ended with ${code}:\n${output.slice(-2000)}`)),
    );
  });
}
