// Every script that Kiln writes for a guest, as it was approved: KILN_WRITE_SNAPSHOTS=1 writes them anew, for review.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { test } from 'node:test';
import { Language, Parser } from 'web-tree-sitter';
import { LINUX, WINDOWS } from './rendered.ts';

const FOLDER = path.join(import.meta.dirname, 'snapshots');
mkdirSync(FOLDER, { recursive: true });

const named = (scripts: Readonly<Record<string, string>>, system: string, ending: string) =>
  Object.entries(scripts).map(([name, text]) => ({ file: `${system}-${name}.${ending}`, text }));
const linux = named(LINUX, 'linux', 'sh');
const windows = named(WINDOWS, 'windows', 'ps1');

for (const { file, text } of [...linux, ...windows])
  test(`${file} is the approved script`, () => {
    const target = path.join(FOLDER, file);
    if (process.env['KILN_WRITE_SNAPSHOTS'] === '1') writeFileSync(target, text);
    assert.equal(readFileSync(target, 'utf8'), text, 'review the change, then write the snapshots anew');
  });

test('no snapshot is left of a script that is not written any more', () => {
  const known = [...linux, ...windows].map(({ file }) => file);
  assert.deepEqual(readdirSync(FOLDER).toSorted(), known.toSorted());
});

test('no rendered script holds a secret, an argument or a variable as text', () => {
  for (const text of [LINUX['shell-with-everything'] ?? '', WINDOWS['powershell-with-everything'] ?? '']) {
    assert.notEqual(text, '');
    for (const value of ['hunter2', "it's two", 'test -e /etc/hosts', 'hello'])
      assert.ok(!text.includes(value), value);
  }
});

/** The first place that the parser could not make sense of, with its line. */
async function syntaxErrors(text: string): Promise<string[]> {
  await Parser.init();
  const wasm = createRequire(import.meta.url).resolve('tree-sitter-powershell/tree-sitter-powershell.wasm');
  const parser = new Parser();
  parser.setLanguage(await Language.load(wasm));
  const tree = parser.parse(text);
  assert.ok(tree !== null);
  const found: string[] = [];
  const visit = (node: typeof tree.rootNode): void => {
    if (node.isError || node.isMissing)
      found.push(`line ${node.startPosition.row + 1}: ${node.text.slice(0, 60)}`);
    for (const child of node.children) if (child !== null) visit(child);
  };
  visit(tree.rootNode);
  return found;
}

test('the PowerShell parser finds an error where there is one', async () => {
  assert.notDeepEqual(await syntaxErrors('if ($x { Write-Host "y" }\n'), []);
});

// Microsoft's own text has paths without quotes, which this parser does not know; PowerShell itself reads it in the tests
// that run it.
for (const { file, text } of windows.filter(({ file }) => file !== 'windows-deprovision-default.ps1'))
  test(`${file} is PowerShell`, async () => {
    assert.deepEqual(await syntaxErrors(text), []);
  });

const shellcheck = spawnSync('shellcheck', ['--version']).status === 0;
for (const { file, text } of linux)
  test(`${file} passes shellcheck`, { skip: shellcheck ? false : 'shellcheck is not installed' }, () => {
    // Behind the payload's mark there is data; the exit before it keeps shells from reading on.
    const code = text.split('#KILN-PAYLOAD\n')[0] ?? '';
    const result = spawnSync('shellcheck', ['-'], { input: code, encoding: 'utf8' });
    assert.equal(result.status, 0, result.stdout);
  });
