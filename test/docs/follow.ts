// `npm run docs:follow [-- --user NAME] [--keep] [page…]`: does what README and the guides say, word for word, from a fresh clone, as this
// user or as another one of this machine. Takes as long as the demo and the builds take (minutes, with real machines where there are
// any), so it is no part of `npm test`; test/docs/run-blocks.test.ts runs the same blocks there, in one local mode.
// Pages that are named are followed alone: how to go on after a page that has stopped.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { ROOT } from '../support/local-kiln.ts';
import { INSTALLED, PROLOGUE, type Way, wayThrough } from './way.ts';

/** In the order in which somebody reads them who has just heard of Kiln. */
const PAGES = ['README.md', 'docs/local-mode.md', 'docs/ci.md', 'docs/migrate.md', 'docs/deploy.md'];

async function follow(pages: readonly string[], user: string | undefined, keep: boolean): Promise<number> {
  const folder = mkdtempSync(path.join(tmpdir(), 'kiln-follow-'));
  chmodSync(folder, 0o755);
  const clone = path.join(folder, 'kiln');
  execFileSync('git', ['clone', '--quiet', ROOT, clone]);
  // Written by the scripts of way.ts, which no page tells of.
  appendFileSync(path.join(clone, '.git/info/exclude'), '/.npm/\n/local.out\n');
  if (user !== undefined) execFileSync('chown', ['-R', user, folder]);
  const said: string[] = [];
  const stopped: string[] = [];
  for (const page of pages) {
    const way = wayThrough(page);
    const begun = Date.now();
    const [code, last, ran] = await walk(page, way, clone, user);
    if (code !== 0) stopped.push(page);
    const end = code === 0 ? 'followed to its end' : `stopped with exit code ${code} after ${last}`;
    const seconds = Math.round((Date.now() - begun) / 1000);
    const skipped = way.skipped.map(([at, why]) => `\n    not run: ${at}: ${why}`).join('');
    said.push(
      `  ${page}: ${end}; ${ran} of ${way.runs} run, ${way.skipped.length} not, ${seconds} s${skipped}`,
    );
    console.log(said.at(-1));
  }
  console.log([`\nAs ${user ?? execFileSync('id', ['-un']).toString().trim()}:`, ...said].join('\n'));
  if (stopped.length > 0) console.log(`Once these are mended: npm run docs:follow -- ${stopped.join(' ')}`);
  if (keep) console.log(`The clone is ${clone}.`);
  else rmSync(folder, { recursive: true, force: true });
  return stopped.length === 0 ? 0 : 1;
}

type End = readonly [code: number, last: string, ran: number];

async function walk(page: string, way: Way, clone: string, user: string | undefined): Promise<End> {
  const followed = path.join(clone, '..', `${page.replace('/', '-')}.followed`);
  const install = page === 'README.md' ? '' : INSTALLED;
  const script = `export FOLLOWED='${followed}'\n${PROLOGUE}${install}${way.script}\n`;
  const walked = await shell(script, clone, user);
  const code = walked === 0 ? await tidy(clone, user) : walked;
  const done = existsSync(followed) ? readFileSync(followed, 'utf8').trim().split('\n') : [];
  return [code, done.at(-1) ?? 'nothing', done.length];
}

/** What a page leaves beside the files of the project would be in the next commit, and the checks look at it. */
function tidy(clone: string, user: string | undefined): Promise<number> {
  return shell('found=$(git status --porcelain); echo "$found"; [ -z "$found" ]\n', clone, user);
}

function homeOf(user: string): string {
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((one) => one.startsWith(`${user}:`));
  return line?.split(':')[5] ?? '/';
}

async function shell(script: string, cwd: string, user: string | undefined): Promise<number> {
  const file = path.join(cwd, '..', 'page.sh');
  writeFileSync(file, script, { mode: 0o644 });
  const args = ['bash', file];
  const [command = '', ...rest] = user === undefined ? args : ['runuser', '-u', user, '--', ...args];
  // What npm has set for this script would lead the clone's npm back here.
  const inherited = Object.entries(process.env).filter(
    ([name]) => !/^(npm_|INIT_CWD$|NODE$|NODE_TEST|KILN_)/.test(name),
  );
  const home = user === undefined ? {} : { HOME: homeOf(user) };
  // Nor may another user look into what is at home here.
  const isFor = (part: string): boolean =>
    !part.includes('node_modules') && (user === undefined || !part.startsWith(homedir()));
  const paths = (process.env['PATH'] ?? '').split(':').filter(isFor);
  const env = { ...Object.fromEntries(inherited), ...home, PATH: paths.join(':') };
  const child = spawn(command, rest, { cwd, env, stdio: ['ignore', 'inherit', 'inherit'] });
  const [code] = (await once(child, 'close')) as [number | null];
  return code ?? 1;
}

const { values, positionals } = parseArgs({
  options: { user: { type: 'string' }, keep: { type: 'boolean', default: false } },
  allowPositionals: true,
});
const unknown = positionals.filter((page) => !existsSync(path.join(ROOT, page)));
if (unknown.length > 0)
  throw new Error(`There is no page ${unknown.join(', ')}; there are ${PAGES.join(', ')}.`);
process.exitCode = await follow(positionals.length === 0 ? PAGES : positionals, values.user, values.keep);
