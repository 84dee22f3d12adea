import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { ROOT } from '../support/local-kiln.ts';

const read = (file: string): string => readFileSync(path.join(ROOT, file), 'utf8');
const guide = read('docs/hosting.md');

/** `extensions.http.routePrefix` for every value, but whole where the parts have no meaning of their own. */
function leaves(value: unknown, at: string): string[] {
  if (typeof value !== 'object' || value === null || WHOLE.includes(at)) return [at];
  return Object.entries(value).flatMap(([key, inner]) => leaves(inner, at === '' ? key : `${at}.${key}`));
}
const WHOLE = ['extensionBundle', 'extensions.durableTask.tracing'];

test('docs/hosting.md explains every setting of host.json, and none that is not there', () => {
  const settings = leaves(JSON.parse(read('host.json')), '').filter((name) => name !== 'version');
  const section = guide.split('## `host.json`')[1]?.split('\n## ')[0] ?? '';
  // A row may be about several settings, each in backticks.
  const explained = [...section.matchAll(/^\| (`[^|]+`) \|/gm)].flatMap(([, cell = '']) =>
    [...cell.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name),
  );
  assert.deepEqual(explained.toSorted(), settings.toSorted());
});

test('docs/hosting.md explains every KILN_ setting that the deployment makes', () => {
  const made = new Set(read('infra/modules/function-app.bicep').match(/\bKILN_[A-Z_]+(?=:)/g));
  for (const name of made) assert.ok(guide.includes(`\`${name}\``), name);
});
