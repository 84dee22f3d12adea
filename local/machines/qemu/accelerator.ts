import { access, constants, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { command } from '../command.ts';
import { isObject } from './json-channel.ts';
import { type Accelerator, QEMU } from './emulator.ts';

export type Verdict = {
  readonly accelerator: Accelerator;
  /** Why, for people: `KVM is present but a probe guest did not boot`. */
  readonly reason: string;
};

/** A kernel that panics for want of a root disk has got further than any broken KVM; with hardware it takes a second. */
const PROBE_DEADLINE_MS = 8000;

/** Where the image recipe leaves the kernel of the newest base image. */
export function probeKernel(cacheDir: string): string {
  return join(cacheDir, 'probe-kernel');
}

export async function qemuVersion(): Promise<string> {
  const text = await command(QEMU, ['--version']);
  const version = /version ([\d.]+)/.exec(text)?.[1];
  if (version === undefined) throw new Error(`${QEMU} --version answered "${text.slice(0, 80)}"`);
  return version;
}

/**
 * KVM when a guest's kernel really runs on it: under some hypervisors /dev/kvm opens, makes a machine and even runs the
 * BIOS, yet a kernel hangs. The verdict is kept per boot of the host and QEMU version.
 */
export async function chooseAccelerator(cacheDir: string, version: string): Promise<Verdict> {
  const usable = await access('/dev/kvm', constants.R_OK | constants.W_OK).then(
    () => true,
    () => false,
  );
  if (!usable) return { accelerator: 'tcg', reason: 'no usable /dev/kvm' };
  const known = await readVerdict(cacheDir, version);
  if (known !== undefined) return known;
  const kernel = probeKernel(cacheDir);
  const hasKernel = await access(kernel, constants.R_OK).then(
    () => true,
    () => false,
  );
  if (!hasKernel)
    return { accelerator: 'tcg', reason: 'KVM is present but not tried before the first base image' };
  const works = await kernelRuns(kernel);
  const verdict: Verdict = works
    ? { accelerator: 'kvm', reason: 'a probe guest ran' }
    : { accelerator: 'tcg', reason: 'KVM is present but a probe guest did not boot' };
  await storeVerdict(cacheDir, version, verdict);
  return verdict;
}

async function verdictKey(version: string): Promise<string> {
  const bootId = await readFile('/proc/sys/kernel/random/boot_id', 'utf8');
  return `${bootId.trim()} ${version}`;
}

async function readVerdict(cacheDir: string, version: string): Promise<Verdict | undefined> {
  const text = await readFile(join(cacheDir, 'accelerator.json'), 'utf8').catch(() => '{}');
  const stored = parse(text);
  if (stored?.['key'] !== (await verdictKey(version))) return undefined;
  const { accelerator, reason } = stored;
  if ((accelerator !== 'kvm' && accelerator !== 'tcg') || typeof reason !== 'string') return undefined;
  return { accelerator, reason };
}

/** Also called when a machine under KVM did not come up: the next one is emulated. */
export async function storeVerdict(cacheDir: string, version: string, verdict: Verdict): Promise<void> {
  const file = join(cacheDir, 'accelerator.json');
  const temporary = `${file}.${process.pid}`;
  await mkdir(cacheDir, { recursive: true });
  await writeFile(temporary, JSON.stringify({ key: await verdictKey(version), ...verdict }));
  await rename(temporary, file).catch(() => rm(temporary, { force: true }));
}

function parse(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

const PROBE_ARGUMENTS = [
  ['-nodefaults', '-no-user-config', '-display', 'none', '-machine', 'q35', '-accel', 'kvm', '-cpu', 'host'],
  ['-m', '256', '-chardev', 'stdio,id=console,signal=off', '-serial', 'chardev:console', '-no-reboot'],
  ['-append', 'console=ttyS0 panic=-1', '-kernel'],
].flat();

function kernelRuns(kernel: string): Promise<boolean> {
  return new Promise((resolve) => {
    const child = spawn('setpriv', ['--pdeathsig', 'KILL', QEMU, ...PROBE_ARGUMENTS, kernel], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const deadline = setTimeout(() => child.kill('SIGKILL'), PROBE_DEADLINE_MS);
    let seen = '';
    child.stdout.on('data', (chunk: Buffer) => {
      seen = (seen + chunk.toString('latin1')).slice(-65_536);
    });
    child.once('error', () => resolve(false));
    child.once('close', () => {
      clearTimeout(deadline);
      resolve(seen.includes('Kernel panic'));
    });
  });
}
