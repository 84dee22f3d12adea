// The Packer half of `npm run bench:local`: the same base disk and the same steps as a Kiln build, with Packer's qemu
// builder as quick as its options allow (backing file, no VNC, no boot wait, no flushes). Prints one line of JSON:
// {"wallMs", "phases"} or {"skipped": why}.
//   node test/bench/packer-side.js --base disk.qcow2 [--restart] [--keep]
import { execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { parseArgs } from 'node:util';

// Place of the root partition in Kiln's base image: local/images/debian/disk-image.ts.
const ROOT_OFFSET = 66 * 1024 * 1024;

const DEPROVISION = `#!/bin/sh
set -u
rm -f /etc/ssh/ssh_host_*_key /etc/ssh/ssh_host_*_key.pub /var/lib/systemd/random-seed
rm -f /root/.bash_history /root/.ssh/authorized_keys
: > /etc/machine-id
apt-get clean
rm -rf /var/lib/apt/lists/* /var/log/journal/*
find /var/log -type f -exec truncate -s0 {} +
fstrim /
sync
`;

const CUSTOMIZE = `#!/bin/sh
set -eu
mkdir -p /opt/app
echo "built $(date -u +%FT%TZ)" > /opt/app/build-info
`;

/** Lines of Packer's output that begin a phase. */
const PHASES = [
  ['prepare', /Retrieving Disk|Starting HTTP|Copying|Creating hard drive/],
  ['waitForSsh', /Waiting for SSH to become available/],
  ['provision', /Connected to SSH/],
  ['restart', /systemctl reboot|inline script|Pausing/],
  ['deprovision', /deprovision\.sh/],
  ['powerOff', /Gracefully halting/],
];

function has(program) {
  try {
    execFileSync(program, ['version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** Packer needs SSH: a copy of the base with a throw-away login and host key, outside the cache and deleted afterwards. */
function makeBaseWithKey(base, folder) {
  const raw = join(folder, 'base.raw');
  const disk = join(folder, 'base.qcow2');
  for (const name of ['login', 'host'])
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'bench', '-f', join(folder, name)]);
  execFileSync('qemu-img', ['convert', '-O', 'raw', base, raw]);
  const files = [
    ['login.pub', '/root/.ssh/authorized_keys', '0100600'],
    ['host', '/etc/ssh/ssh_host_ed25519_key', '0100600'],
    ['host.pub', '/etc/ssh/ssh_host_ed25519_key.pub', '0100644'],
  ];
  const commands = [
    'mkdir /root/.ssh',
    'set_inode_field /root/.ssh mode 040700',
    ...files.flatMap(([from, to, mode]) => [
      `write ${join(folder, from)} ${to}`,
      `set_inode_field ${to} mode ${mode}`,
      `set_inode_field ${to} uid 0`,
      `set_inode_field ${to} gid 0`,
    ]),
  ];
  writeFileSync(join(folder, 'debugfs'), `${commands.join('\n')}\n`);
  const env = { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/sbin` };
  const debugfs = ['-w', '-f', join(folder, 'debugfs'), `${raw}?offset=${ROOT_OFFSET}`];
  execFileSync('debugfs', debugfs, { stdio: 'ignore', env });
  execFileSync('qemu-img', ['convert', '-f', 'raw', '-O', 'qcow2', raw, disk]);
  rmSync(raw);
  return disk;
}

function template(folder, base, { restart, accelerator }) {
  const cpu = accelerator === 'kvm' ? 'host' : 'Nehalem,vendor=AuthenticAMD';
  const builder = {
    type: 'qemu',
    iso_url: base,
    iso_checksum: 'none',
    disk_image: true,
    output_directory: join(folder, 'out'),
    vm_name: 'image',
    format: 'qcow2',
    accelerator,
    headless: true,
    memory: 1024,
    cpus: 2,
    ssh_username: 'root',
    ssh_private_key_file: join(folder, 'login'),
    ssh_timeout: '10m',
    net_device: 'virtio-net',
    disk_interface: 'virtio',
    shutdown_command: 'poweroff',
    qemuargs: [
      ['-cpu', cpu],
      ['-smp', '2'],
      ['-m', '1024'],
    ],
    disk_size: '2048M',
    use_backing_file: true,
    skip_compaction: true,
    disk_cache: 'unsafe',
    disk_discard: 'unmap',
    boot_wait: '1ms',
    disable_vnc: true,
    skip_resize_disk: true,
  };
  const reboot = [
    { type: 'shell', inline: ['systemctl reboot'], expect_disconnect: true },
    // Packer cannot tell the going-down machine from the one that is up again: its documentation says to pause.
    { type: 'shell', inline: ['cat /proc/sys/kernel/random/boot_id'], pause_before: '5s' },
  ];
  const provisioners = [
    { type: 'shell', script: join(folder, 'customize.sh') },
    { type: 'file', source: join(folder, 'payload.bin'), destination: '/opt/app/payload.bin' },
    ...(restart ? reboot : []),
    { type: 'shell', script: join(folder, 'deprovision.sh') },
  ];
  return JSON.stringify({ builders: [builder], provisioners });
}

/** Runs Packer and notes when each phase began. Rejects with the end of its output when it fails. */
function runPacker(folder) {
  const env = { ...process.env, CHECKPOINT_DISABLE: '1', PACKER_CACHE_DIR: join(folder, 'cache') };
  const started = performance.now();
  const begun = {};
  let output = '';
  return new Promise((resolve, reject) => {
    const args = ['build', '-color=false', join(folder, 'template.json')];
    const child = spawn('packer', args, { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] });
    const read = (chunk) => {
      output += chunk;
      for (const [name, pattern] of PHASES)
        if (begun[name] === undefined && pattern.test(String(chunk)))
          begun[name] = performance.now() - started;
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    child.once('error', reject);
    child.once('close', (code) => {
      if (code === 0) resolve({ begun, ended: performance.now() - started });
      else reject(new Error(`packer ended with ${code}:\n${output.slice(-3000)}`));
    });
  });
}

/** Beginnings → durations, in the order in which they happened. */
function durations(begun, ended) {
  const order = Object.entries(begun).sort(([, a], [, b]) => a - b);
  return Object.fromEntries(
    order.map(([name, start], index) => [name, Math.round((order[index + 1]?.[1] ?? ended) - start)]),
  );
}

async function bench({ base, restart, keep, accelerator }) {
  const folder = mkdtempSync(join(tmpdir(), 'kiln-packer-'));
  try {
    writeFileSync(join(folder, 'customize.sh'), CUSTOMIZE);
    writeFileSync(join(folder, 'deprovision.sh'), DEPROVISION);
    writeFileSync(join(folder, 'payload.bin'), randomBytes(1024 * 1024));
    const withKey = makeBaseWithKey(base, folder);
    writeFileSync(join(folder, 'template.json'), template(folder, withKey, { restart, accelerator }));
    const { begun, ended } = await runPacker(folder);
    const converting = performance.now();
    const vhd = join(folder, 'image.vhd');
    const options = ['-f', 'qcow2', '-O', 'vpc', '-o', 'subformat=fixed,force_size'];
    execFileSync('qemu-img', ['convert', ...options, join(folder, 'out', 'image'), vhd]);
    const convert = performance.now() - converting;
    const phases = { ...durations(begun, ended), vhd: Math.round(convert) };
    return { wallMs: Math.round(ended + convert), phases, vhdBytes: statSync(vhd).size };
  } finally {
    if (!keep) rmSync(folder, { recursive: true });
  }
}

const { values } = parseArgs({
  options: {
    base: { type: 'string' },
    restart: { type: 'boolean', default: false },
    keep: { type: 'boolean', default: false },
    accelerator: { type: 'string', default: 'tcg' },
  },
});

if (values.base === undefined) {
  console.error('Which base disk? --base FILE, for example the newest of ~/.cache/kiln/images.');
  process.exitCode = 2;
} else if (has('packer')) console.log(JSON.stringify(await bench(values)));
else console.log(JSON.stringify({ skipped: 'packer is not installed: apt-get install packer' }));
