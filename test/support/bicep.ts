import { execFile, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { BicepServer } from './bicep-server.ts';

/** https://www.nuget.org/packages/Azure.Bicep.CommandLine.linux-x64: one program that needs no .NET to run, only to be fetched. */
const VERSION = '0.49.2';
const PACKAGE = 'Azure.Bicep.CommandLine.linux-x64';

export const SUBSCRIPTION = '00000000-0000-4000-8000-000000000001';
const TENANT = '00000000-0000-4000-8000-000000000002';

/** A resource as Azure would be asked for it. What only Azure knows is an expression, `[reference(…)]`. */
export type Predicted = {
  readonly id: string;
  readonly type: string;
  readonly name: string;
  readonly apiVersion: string;
  readonly location?: string;
  readonly tags?: Record<string, string>;
  readonly properties: any;
  readonly [more: string]: any;
};

export type Snapshot = { readonly resources: readonly Predicted[]; readonly outputs: Record<string, any> };

/** Microsoft's compiler, or why it is not here. `KILN_BICEP` names one that is there already. */
const bicep = findBicep();
export const noBicep = 'missing' in bicep ? bicep.missing : false;

export function bicepProgram(): string {
  if ('missing' in bicep) throw new Error(bicep.missing);
  return bicep.program;
}

function findBicep(): { readonly program: string } | { readonly missing: string } {
  const own = process.env['KILN_BICEP'];
  if (own !== undefined) return { program: own };
  const folder = path.join(homedir(), '.cache', 'kiln', 'test-tools', `bicep-${VERSION}`);
  const program = path.join(folder, PACKAGE.toLowerCase(), VERSION, 'tools', 'bicep');
  if (!existsSync(program)) install(folder);
  if (existsSync(program)) return { program };
  const missing = `the Bicep compiler is not here: set KILN_BICEP, or install the .NET SDK, with which ${PACKAGE} ${VERSION} is fetched`;
  // A pipeline that lost its compiler would pass without having looked at infra/.
  if (process.env['CI'] === 'true') throw new Error(missing);
  return { missing };
}

/** Into a folder of its own first, so that a second test file never sees half a package. */
function install(folder: string): void {
  if (process.platform !== 'linux' || process.arch !== 'x64') return;
  mkdirSync(path.dirname(folder), { recursive: true });
  const work = mkdtempSync(`${folder}-`);
  const reference = `<PackageDownload Include="${PACKAGE}" Version="[${VERSION}]"/>`;
  writeFileSync(
    path.join(work, 'tools.csproj'),
    `<Project Sdk="Microsoft.NET.Sdk"><PropertyGroup><TargetFramework>net8.0</TargetFramework></PropertyGroup><ItemGroup>${reference}</ItemGroup></Project>`,
  );
  const restored = spawnSync('dotnet', ['restore', 'tools.csproj', '--packages', 'packages'], { cwd: work });
  if (restored.status === 0) {
    const packages = path.join(work, 'packages');
    chmodSync(path.join(packages, PACKAGE.toLowerCase(), VERSION, 'tools', 'bicep'), 0o755);
    if (!existsSync(folder)) renameSync(packages, folder);
  }
  rmSync(work, { recursive: true, force: true });
}

const run = promisify(execFile);

const ROOT = path.resolve(import.meta.dirname, '../..');
const INFRA = path.join(ROOT, 'infra');
const KEPT = path.join(ROOT, 'node_modules/.cache/bicep');

/**
 * An answer of the compiler takes a second of CPU, and three test files ask for the same: what it said of infra/ is kept
 * by all that it depends on. What it refuses is not kept.
 */
async function remembered<T>(file: string, question: unknown, ask: () => Promise<T>): Promise<T> {
  if (!file.startsWith(INFRA + path.sep) || process.env['KILN_BICEP'] !== undefined) return ask();
  const hash = createHash('sha256').update(JSON.stringify([VERSION, file, question]));
  for (const one of globSync('**/*.*', { cwd: INFRA }).sort())
    hash.update(`${one}\0`).update(readFileSync(path.join(INFRA, one)));
  const kept = path.join(KEPT, `${hash.digest('hex')}.json`);
  if (existsSync(kept)) return JSON.parse(readFileSync(kept, 'utf8')) as T;
  const answer = await ask();
  mkdirSync(KEPT, { recursive: true });
  // Two files may ask at once: each sees a whole answer or none.
  writeFileSync(`${kept}.${process.pid}`, JSON.stringify(answer));
  renameSync(`${kept}.${process.pid}`, kept);
  return answer;
}

let server: BicepServer | undefined;

/** Undefined where the compiler refuses: the command line says why. */
function asked(method: string, question: object): Promise<any> {
  server ??= new BicepServer(bicepProgram());
  return server.ask(method, question).catch(() => undefined);
}

/** What the compiler says of a file; empty: nothing. */
export function compile(file: string): Promise<{ template: any; said: string }> {
  return remembered(file, ['build'], async () => {
    const compiled = await asked('compile', { path: file });
    if (compiled?.success === true && compiled.diagnostics.length === 0)
      return { template: JSON.parse(compiled.contents), said: '' };
    const { stdout, stderr } = await run(bicepProgram(), ['build', file, '--stdout'], {
      maxBuffer: 64 * 1024 * 1024,
    });
    return { template: JSON.parse(stdout), said: stderr.trim() };
  });
}

/** A file as the compiler writes it. */
export async function formatted(file: string): Promise<string> {
  return (await asked('format', { path: file }))?.contents;
}

/** What a file gives for these parameters, modules included. Rejects with the compiler's words for what it refuses. */
export function snapshot(file: string, parameters: Record<string, unknown>): Promise<Snapshot> {
  return remembered(file, ['snapshot', parameters], () => predicted(file, parameters));
}

async function predicted(file: string, parameters: Record<string, unknown>): Promise<Snapshot> {
  const folder = mkdtempSync(path.join(tmpdir(), 'kiln-bicep-'));
  try {
    const lines = Object.entries(parameters).map(([name, value]) => `param ${name} = ${literal(value)}`);
    const using = `using '${path.relative(folder, file)}'`;
    const given = path.join(folder, 'case.bicepparam');
    writeFileSync(given, [using, ...lines, ''].join('\n'));
    const metadata = { tenantId: TENANT, subscriptionId: SUBSCRIPTION, location: 'westeurope' };
    const answer = await asked('getSnapshot', { path: given, metadata });
    const said = JSON.parse(answer?.snapshot ?? (await typed(given)));
    return { resources: said.predictedResources, outputs: said.outputs ?? {} };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The same, of the command line. */
async function typed(given: string): Promise<string> {
  const scope = ['--subscription-id', SUBSCRIPTION, '--tenant-id', TENANT, '--location', 'westeurope'];
  await run(bicepProgram(), ['snapshot', given, '--mode', 'overwrite', ...scope]);
  return readFileSync(given.replace('.bicepparam', '.snapshot.json'), 'utf8');
}

/** A value as Bicep writes it. */
export function literal(value: unknown): string {
  if (typeof value === 'string')
    return `'${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'").replaceAll('${', '\\${')}'`;
  if (Array.isArray(value)) return `[${value.map(literal).join(', ')}]`;
  if (typeof value === 'object' && value !== null)
    return `{ ${Object.entries(value)
      .map(([name, inner]) => `${literal(name)}: ${literal(inner)}`)
      .join(', ')} }`;
  return String(value);
}
