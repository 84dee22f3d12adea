// `node test/bench/vulnerabilities.ts`: how long a whole archive takes to become an index, and one image to be compared with it.
// The archive is made here, as large as Debian's: 75 000 records, of which every third is about Debian 12.
import { spawnSync } from 'node:child_process';
import { createWriteStream, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { performance } from 'node:perf_hooks';
import { once } from 'node:events';
import { ContainerClient } from '@azure/storage-blob';
import { strToU8, Zip, ZipDeflate } from 'fflate';
import type { InventoryPackage } from '../../shared/model/inventory.ts';
import { createOsvSource } from '../../shared/net/osv-archive.ts';
import type { AdvisoryIndex } from '../../shared/ports/advisory-index.ts';
import { blobAdvisories } from '../../shared/store/blob-advisories.ts';
import { releaseOf } from '../../shared/vulnerabilities/ecosystem.ts';
import { refreshDatabase } from '../../shared/vulnerabilities/refresh-database.ts';
import { reportOn } from '../../shared/vulnerabilities/report.ts';
import { osvRecord } from '../support/osv.ts';
import { startAzurite } from '../support/azurite.ts';
import { figure } from './figures.ts';

const RECORDS = Number(process.env['KILN_RECORDS'] ?? 75_000);
const PACKAGES = 6000;
const INSTALLED = 500;
/** Seconds, and MB beside what the process has before it begins, for one image. */
const MOST_SECONDS = 2;
const MOST_MB = 150;

const [what = 'all', ...rest] = process.argv.slice(2);
if (what === 'index') await makeIndex(rest);
else if (what === 'match') await matchOne(rest);
else await all();

async function all(): Promise<void> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'kiln-bench-osv-'));
  const azurite = await startAzurite();
  try {
    const file = await makeArchive(folder);
    say(`archive: ${RECORDS} records, ${megabytes(statSync(file).size)} MB`);
    const { url } = await azurite.container();
    const container = url.split('/').at(-1) ?? '';
    const own = (step: string) => {
      // As the host of local mode is started.
      const flags = ['--max-semi-space-size=8', '--max-old-space-size=192'];
      const args = [...flags, import.meta.filename, step, azurite.connectionString, container, folder];
      const { status, stdout, stderr } = spawnSync(process.execPath, args);
      process.stdout.write(stdout);
      if (status !== 0) throw new Error(stderr.toString());
      return JSON.parse(stdout.toString().split('\n').at(-2) ?? '{}') as { seconds: number; mb: number };
    };
    own('index');
    const { seconds, mb } = own('match');
    const good = [
      figure({
        what: 'one image compared with an archive of Debian',
        goal: ['<=', MOST_SECONDS],
        value: seconds,
        unit: 's',
      }),
      figure({ what: 'memory that it takes', goal: ['<=', MOST_MB], value: mb, unit: 'MB' }),
    ];
    if (good.includes(false)) process.exitCode = 1;
  } finally {
    await azurite.stop();
    rmSync(folder, { recursive: true });
  }
}

async function makeIndex([connection = '', container = '', folder = '']: string[]): Promise<void> {
  const index = blobAdvisories(new ContainerClient(connection, container));
  const source = createOsvSource(`file://${folder}`);
  const begun = await begin(index);
  await refreshDatabase({ index, source, now: () => new Date() }, 'Debian', [debian()]);
  tell('index', begun, await index.describe(debian().name));
}

async function matchOne([connection = '', container = '']: string[]): Promise<void> {
  const index = blobAdvisories(new ContainerClient(connection, container));
  const packages = Array.from({ length: INSTALLED }, (_, at): InventoryPackage => {
    const source = { name: `source-${at * 11}`, version: '1.5-1' };
    return { type: 'deb', name: `binary-${at}`, version: '1.5-1', source };
  });
  const begun = await begin(index);
  const inventory = {
    os: { family: 'linux', id: 'debian', version: '12', name: 'Debian 12', architecture: 'x86_64' },
    packages,
  } as const;
  const { counts, findings } = await reportOn(inventory, index);
  tell('match', begun, { findings: findings.length, counts });
}

type Begun = { readonly started: number; readonly before: number };

async function begin(index: AdvisoryIndex): Promise<Begun> {
  await index.describe('nothing');
  return { started: performance.now(), before: process.memoryUsage().rss };
}

function debian() {
  const release = releaseOf({ id: 'debian', version: '12' });
  if (release === undefined) throw new Error('Debian 12 is no release.');
  return release;
}

/** Records as long as Debian's are: a summary, a list of versions, references. */
async function makeArchive(folder: string): Promise<string> {
  mkdirSync(path.join(folder, 'Debian'));
  const file = path.join(folder, 'Debian', 'all.zip');
  const out = createWriteStream(file);
  const zip = new Zip((error, chunk, isLast) => {
    if (error !== null) throw error;
    out.write(chunk);
    if (isLast) out.end();
  });
  for (let at = 0; at < RECORDS; at += 1) {
    const entry = new ZipDeflate(`DEBIAN-CVE-2026-${at}.json`, { level: 1 });
    zip.add(entry);
    entry.push(strToU8(JSON.stringify(recordAt(at))), true);
    if (at % 5000 === 0 && out.writableNeedDrain) await once(out, 'drain');
  }
  zip.end();
  await once(out, 'close');
  return file;
}

function recordAt(at: number): object {
  const fixed = `1.${at % 9}-1`;
  return osvRecord(
    `DEBIAN-CVE-2026-${at}`,
    {
      ecosystem: `Debian:${10 + (at % 3)}`,
      name: `source-${at % PACKAGES}`,
      events: at % 4 === 0 ? [{ introduced: '0' }] : [{ introduced: '0' }, { fixed }],
      versions: Array.from({ length: 20 }, (_, minor) => `1.${minor}-1`),
    },
    {
      details: `Something is wrong in it, in many words. ${'It goes on. '.repeat(60)}`,
      upstream: [`CVE-2026-${at}`],
    },
  );
}

/** The last line is for the parent. `before`: RSS once everything is loaded and storage was spoken to, as in a host that is up. */
function tell(step: string, { started, before }: Begun, found: unknown): void {
  const seconds = (performance.now() - started) / 1000;
  const mb = megabytes(peak() - before);
  say(
    `${step}: ${seconds.toFixed(2)} s, at most ${mb} MB more than the ${megabytes(before)} MB that the process has: ${JSON.stringify(found)}`,
  );
  say(JSON.stringify({ seconds, mb }));
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

function megabytes(bytes: number): number {
  return Math.round(bytes / 1024 ** 2);
}

/** Of this process since it began: `maxRSS` is that of whoever started it, where that was more. */
function peak(): number {
  const kilobytes = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
  return Number(kilobytes) * 1024;
}
