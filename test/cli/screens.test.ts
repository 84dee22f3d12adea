// What stands on a terminal of 40, 80 and 120 columns at the end of a build: captured from a pseudo-terminal, row by row.
// `KILN_WRITE_SCREENS=1 node --test test/cli/screens.test.ts` writes test/cli/screens/ again; look at what it writes.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { withKiln } from './command.ts';
import { endless, failing, keeping, regional } from './scripts.ts';
import { SUBSCRIPTION, type Script, TOKEN } from './stand-in.ts';

const MAIN = path.resolve(import.meta.dirname, '../../cli/main.ts');
const SCREENS = path.join(import.meta.dirname, 'screens');
const skip = spawnSync('script', ['--version']).status === 0 ? false : 'needs script, of util-linux';

/** A terminal that is as wide as it is told and keeps all that scrolls out of it. */
class Terminal {
  readonly rows: string[] = [''];
  readonly #columns: number;
  #row = 0;
  #column = 0;

  constructor(columns: number) {
    this.#columns = columns;
  }

  write(text: string): void {
    const escape = String.fromCharCode(27);
    for (const [token, count, final] of text.matchAll(
      new RegExp(`${escape}\\[[?]?(\\d*)[;\\d]*([A-Za-z])|[^]`, 'gu'),
    )) {
      if (final === 'A') this.#row -= Number(count ?? 1);
      else if (final === 'K') this.#set(this.#line().slice(0, this.#column));
      else if (final === 'J') this.rows.length = this.#row + (this.#column > 0 ? 1 : 0);
      else if (token === '\r') this.#column = 0;
      else if (token === '\n') this.#row += 1;
      else if (final === undefined && token >= ' ') this.#put(token);
    }
  }

  #line(): string {
    return this.rows[this.#row] ?? '';
  }

  #set(line: string): void {
    while (this.rows.length <= this.#row) this.rows.push('');
    this.rows[this.#row] = line;
  }

  /** What is wider than the terminal goes on in the next row. */
  #put(character: string): void {
    if (this.#column === this.#columns) {
      this.#row += 1;
      this.#column = 0;
    }
    const line = this.#line().padEnd(this.#column);
    this.#set(line.slice(0, this.#column) + character + line.slice(this.#column + 1));
    this.#column += 1;
  }
}

type Typed = { readonly when: RegExp; readonly keys: string };

/** Runs `kiln build t.json --wait` in a pseudo-terminal, and types what is to be typed once something is on the screen. */
async function screenOf(script: Script, columns: number, typed?: Typed): Promise<string> {
  const terminal = new Terminal(columns);
  await withKiln(script, async ({ folder, server }) => {
    writeFileSync(path.join(folder, 't.json'), '{ "name": "web", "properties": {} }');
    const { PATH, HOME, NODE_COMPILE_CACHE } = process.env;
    const inside = `stty cols ${columns} rows 60; exec '${process.execPath}' '${MAIN}' build t.json --wait`;
    const child = spawn('script', ['-qefc', inside, '/dev/null'], {
      cwd: folder,
      env: {
        ...{ PATH, HOME, NODE_COMPILE_CACHE, TERM: 'xterm' },
        ...{ KILN_ENDPOINT: server.url, KILN_TOKEN: TOKEN },
        ...{ KILN_SUBSCRIPTION: SUBSCRIPTION, KILN_RESOURCE_GROUP: 'images' },
      },
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    let wanted = typed;
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      terminal.write(text);
      if (wanted === undefined || !wanted.when.test(terminal.rows.join('\n'))) return;
      child.stdin.write(wanted.keys);
      wanted = undefined;
    });
    await new Promise((resolve) => child.once('close', resolve));
  });
  return terminal.rows.map((row) => row.trimEnd()).join('\n');
}

/** What runs is drawn with the sign and the time of the moment. */
const steady = (screen: string): string =>
  screen
    .replaceAll(/[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏] (\S+) +[\d.]+ (h|min|s)( \d+ (min|s))?/gu, '⠋ $1 TIME')
    .replaceAll(/[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏]/gu, '⠋')
    .trimEnd();

const CTRL_C: Typed = { when: /install/, keys: '\u0003' };
const SCENES: readonly (readonly [name: string, script: Script, typed?: Typed])[] = [
  ['regions', regional],
  ['failed', failing],
  ['ctrl-c', endless, CTRL_C],
  ['kept', keeping],
];

for (const [name, script, typed] of SCENES)
  for (const columns of [40, 80, 120])
    test(`the screen of ${columns} columns is right after: ${name}`, { skip, timeout: 120_000 }, async () => {
      const screen = `${steady(await screenOf(script, columns, typed))}\n`;
      const file = path.join(SCREENS, `${name}-${columns}.txt`);
      if (process.env['KILN_WRITE_SCREENS'] === '1') {
        mkdirSync(SCREENS, { recursive: true });
        writeFileSync(file, screen);
      }
      assert.equal(screen, readFileSync(file, 'utf8'));
      for (const row of screen.split('\n')) assert.ok(row.length <= columns, row);
      assert.equal(screen.match(/ resolve /g)?.length, 1, 'the tree stands there once');
    });
