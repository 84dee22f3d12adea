import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { PLAIN_FUNCTIONS } from '../../../cli/import/expression/functions.ts';
import { parseTemplate } from '../../../shared/template/parse.ts';
import { NEWEST } from '../../../shared/template/versions/all.ts';
import { ROOT } from '../../support/local-kiln.ts';
import { REF } from '../../support/sample-templates.ts';
import { run } from '../command.ts';
import { fill } from './fill.ts';

const page = readFileSync(path.join(ROOT, 'docs/migrate.md'), 'utf8');
const examples = path.join(ROOT, 'examples/migrate');

test('the commands of docs/migrate.md print what it shows, and their results are templates', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'kiln-migrate-'));
  const commands = [...page.matchAll(/^kiln import (.*?)(?: \|\| test \$\? = (\d))?$/gm)];
  assert.equal(commands.length, 2);
  for (const [, line = '', expected = '0'] of commands) {
    const { code, stderr } = await run(
      ['import', ...line.replaceAll('~/kiln-migrate', folder).split(' ')],
      examples,
    );
    assert.equal(code, Number(expected), stderr);
    const file = path.join(folder, path.basename(line));
    const said = stderr.replace(/^wrote .*\n/, '').trimEnd();
    if (line.startsWith('azuredeploy')) assert.ok(page.includes(`\`\`\`text\n${said}\n\`\`\``), said);
    const { name: _name, ...body } = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
    // Local scripts are uploaded by `kiln build`.
    const text = JSON.stringify(fill(body).template).replaceAll(
      /"(?:\.\.?\/)+[^"]*harden\.sh"/g,
      '"https://e.com/a.sh"',
    );
    const parsed = parseTemplate(JSON.parse(text), NEWEST, REF);
    assert.equal(parsed.ok, true, JSON.stringify(parsed.ok || parsed.failures));
  }
  rmSync(folder, { recursive: true });
});

test('docs/migrate.md names every function that is evaluated', () => {
  const named = new Set((/these functions:\n\n`([^`]*)`/.exec(page)?.[1] ?? '').toLowerCase().split(/\s+/));
  assert.deepEqual(
    Object.keys(PLAIN_FUNCTIONS).filter((name) => !named.has(name)),
    [],
  );
});
