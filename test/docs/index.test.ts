// A reader finds every page from the index, and the index from README; README itself stays a page that is read.
import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
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
