import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { run } from '../cli/command.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');
const pages = ['operations.md', 'ci.md', 'migrate.md'] as const;
const read = (name: string): string => readFileSync(path.join(ROOT, 'docs', name), 'utf8');

test('every `kiln` command and option that the guides use exists', async () => {
  for (const page of pages) {
    const uses = [...read(page).matchAll(/\bkiln ([a-z]+)((?: [^`|\n]*)?)/g)].filter(([, name]) =>
      ['build', 'runs', 'show', 'logs', 'cancel', 'retry', 'import', 'local'].includes(name ?? ''),
    );
    for (const [whole, command = '', rest = ''] of uses) {
      const help = helps.get(command) ?? (await run([command, '--help'], ROOT)).stdout;
      helps.set(command, help);
      for (const [option] of rest.matchAll(/--[a-z-]+/g))
        assert.ok(help.includes(option), `${page}: "${whole}": there is no ${option}`);
    }
  }
});
const helps = new Map<string, string>();

test('links of the guides lead somewhere', () => {
  for (const page of pages)
    for (const [, target = ''] of read(page).matchAll(/\]\((?!https?:)([^)#]+)(?:#[^)]*)?\)/g))
      assert.ok(existsSync(path.join(ROOT, 'docs', target)), `${page}: ${target}`);
});
