// A reader finds every page from the index, and the index from README; README itself stays a page that is read.
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { createProgram } from '../../cli/program.ts';
import { ROOT } from '../support/local-kiln.ts';
import { PAGES, read } from './blocks.ts';

const linksOf = (page: string): string[] =>
  [...read(page).matchAll(/\]\((?!https?:)([^)#\s]+)(?:#[^)]*)?\)/g)].map(([, target = '']) =>
    path.posix.join(path.posix.dirname(page), target),
  );

test('every page of docs/ is in docs/README.md once', () => {
  const pages = PAGES.filter((page) => /^docs\/[^/]+\.md$/.test(page) && page !== 'docs/README.md');
  const linked = linksOf('docs/README.md').filter((page) => /^docs\/[^/]+\.md$/.test(page));
  assert.deepEqual(linked.toSorted(), pages.toSorted());
});

test('every decision is in docs/adr/README.md once', () => {
  const pages = PAGES.filter((page) => /^docs\/adr\/\d{4}-/.test(page));
  assert.deepEqual(linksOf('docs/adr/README.md').toSorted(), pages.toSorted());
});

test('README says what Kiln is, one command and what it prints within the first 40 lines, and has one picture and the way to all pages', () => {
  const lines = read('README.md').split('\n');
  const first = lines.slice(0, 40).join('\n');
  assert.match(
    first,
    /REST API of Azure VM Image Builder[\s\S]*npm ci && npm run demo[\s\S]*hello from kiln/,
  );
  assert.equal(read('README.md').match(/^!\[/gm)?.length, 1);
  assert.ok(linksOf('README.md').includes('docs/README.md'));
  assert.ok(lines.length <= 120, `${lines.length} lines`);
});

test('what README shows of the demo is what the demo printed', () => {
  const [, shown = ''] = /```text\n([^]*?)```/.exec(read('README.md')) ?? [];
  const [, whole = ''] = /```text\n([^]*?)```/.exec(read('docs/demo.md')) ?? [];
  for (const line of shown.split('\n').filter((one) => one !== '…'))
    assert.ok(whole.includes(line.replace(/ …$/, '')), line);
});

const foldersOf = (parent: string): string[] =>
  readdirSync(path.join(ROOT, parent), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);

/** The block of rooms: what stands below each folder of the checkout. */
function roomsOf(parent: string): string[] {
  const [, block = ''] = /## 1\. The rooms\n\n```\n([^]*?)```/.exec(read('docs/ARCHITECTURE.md')) ?? [];
  const [, below = ''] = block.split(new RegExp(`^${parent}/.*\n`, 'm'));
  const [own = ''] = below.split(/^\S/m);
  return [...own.matchAll(/^ {2}([\w-]+)\/(?:, ([\w-]+)\/)?/gm)].flatMap(([, one = '', two]) =>
    two === undefined ? [one] : [one, two],
  );
}

for (const parent of ['functions', 'shared', 'local', 'web'])
  test(`the architecture has a line for each room of ${parent}/, and for none that is not there`, () => {
    assert.deepEqual(roomsOf(parent).toSorted(), foldersOf(parent).toSorted());
  });

test('the architecture and docs/cli.md name every command', () => {
  const [, named = ''] = /^cli\/ +`kiln`: ([^;]+);/m.exec(read('docs/ARCHITECTURE.md')) ?? [];
  const commands = createProgram()
    .commands.map((command) => command.name())
    .filter((name) => name !== 'help');
  assert.deepEqual(named.split(/,\s+/).toSorted(), commands.toSorted());
  for (const name of commands)
    assert.match(read('docs/cli.md'), new RegExp(`^\\| .*\`kiln ${name}[ \`]`, 'm'));
});
