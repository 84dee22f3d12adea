import { execFileSync, spawn } from 'node:child_process';
import { accessSync, constants, existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { list, object, parseJson, text } from '../api/json.ts';
import { nodeForLocalMode } from '../local/node-for-local-mode.ts';
import { packageRoot } from '../local/package-root.ts';
import type { Output } from '../output/output.ts';

/** What to type, each command with the rights that it needs. */
export function installLine(packages: readonly string[], isRoot: boolean): string {
  const sudo = isRoot ? '' : 'sudo ';
  return `${sudo}apt-get update && ${sudo}apt-get install -y --no-install-recommends ${packages.join(' ')}`;
}

/** Administrators' folders are often not in a user's PATH, and half of the tools live there. */
const SYSTEM_FOLDERS = ['/usr/local/sbin', '/usr/sbin', '/sbin'];

/** Full path of a command, or undefined. */
export function findCommand(
  name: string,
  searchPath: string = process.env['PATH'] ?? '',
): string | undefined {
  const folders = [...searchPath.split(path.delimiter), ...SYSTEM_FOLDERS].filter((folder) => folder !== '');
  return folders.map((folder) => path.join(folder, name)).find(isExecutable);
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

export type Readiness =
  | { readonly machines: 'qemu' }
  | {
      readonly machines: 'simulated';
      /** Why there are no real machines, and what to do. */ readonly warning: string[];
    };

const isRoot = (): boolean => process.getuid?.() === 0;

type Lacking = {
  readonly missing: readonly string[];
  readonly packages: readonly string[];
  readonly grant: string | undefined;
};

/** Local mode knows what it needs; it says so in a process of its own. */
function lacking(): Lacking {
  const probe = path.join(packageRoot(), 'dist', 'local', 'images', 'needs', 'main.js');
  const said = execFileSync(nodeForLocalMode(), [probe], { encoding: 'utf8' });
  const { missing, packages, grant } = object(parseJson(said));
  return { missing: texts(missing), packages: texts(packages), grant: text(grant) };
}

const texts = (value: unknown): string[] => list(value).flatMap((one) => text(one) ?? []);

/** Makes sure that real machines are possible; installs packages only where it may, and says so before it does. */
export async function ensurePrerequisites(out: Output): Promise<Readiness> {
  const { missing, packages: absent, grant } = lacking();
  if (missing.length === 0) return { machines: 'qemu' };
  if (process.platform !== 'linux')
    return simulated([
      `Real machines need Linux; this is ${process.platform}.`,
      'Use WSL2 or a Linux machine.',
    ]);
  const packages = aptPackages();
  const line = installLine(packages, isRoot());
  const canInstall = isRoot() && existsSync('/etc/debian_version') && findCommand('apt-get');
  if (canInstall === false || canInstall === undefined)
    return simulated([
      `Missing: ${missing.join(', ')}.`,
      `What brings them; then run the demo again:`,
      ...(absent.length === 0 ? [] : [`  ${line}`]),
      ...(grant === undefined ? [] : [`  ${grant}`]),
    ]);
  out.say(`Missing: ${missing.join(', ')}. Installing the Debian packages they come from:`, `  ${line}`);
  const failed = await install(packages);
  const still = lacking().missing;
  if (still.length === 0) return { machines: 'qemu' };
  return simulated([`Still missing: ${still.join(', ')}.`, failed ?? '', `Try it by hand: sh -c "${line}"`]);
}

function simulated(lines: readonly string[]): Readiness {
  return { machines: 'simulated', warning: lines.filter((line) => line !== '') };
}

export function aptPackages(): string[] {
  const file = path.join(packageRoot(), 'local', 'images', 'apt-packages.txt');
  return readFileSync(file, 'utf8')
    .split(/\s+/)
    .filter((name) => name !== '');
}

async function install(packages: readonly string[]): Promise<string | undefined> {
  const updated = await run('apt-get', ['update', '-qq']);
  if (updated !== 0) return `apt-get update ended with exit code ${updated}.`;
  const code = await run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...packages]);
  return code === 0 ? undefined : `apt-get install ended with exit code ${code}.`;
}

function run(command: string, args: readonly string[]): Promise<number> {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  // Package output is no result: it goes where people read.
  const child = spawn(command, [...args], { env, stdio: ['ignore', process.stderr, process.stderr] });
  return new Promise((resolve) => {
    child.once('error', () => resolve(127));
    child.once('close', (code) => resolve(code ?? 1));
  });
}
