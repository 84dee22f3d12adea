import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { loadApp } from '../../local/functions-host/load.ts';
import { ROOT } from '../support/local-kiln.ts';

const APPROVED = path.join(ROOT, 'docs/functions.json');

/** What the Functions worker tells the host when it indexes the deployed package: every function with its bindings. */
async function registrations(): Promise<string> {
  const app = await loadApp(path.join(ROOT, 'dist/app'), () => undefined);
  const lines = [...app.functions.values()]
    .map(({ name, metadata }) => {
      const bindings = Object.values(metadata.bindings).map((binding) => `    ${render(binding)}`);
      return `  ${JSON.stringify(name)}: [\n${bindings.join(',\n')}\n  ]`;
    })
    .toSorted();
  return `{\n${lines.join(',\n')}\n}\n`;
}

/** Without what the library makes up itself: names that are hashes of the rest, and a flag that is the same everywhere. */
function render({ name: _name, properties: _properties, ...binding }: any): string {
  return JSON.stringify(binding);
}

// `KILN_WRITE_DOCS=1 node --test test/docs/registrations.test.ts` after `npm run build` approves what there is now.
test('every function, binding and route of the package is the approved one', async () => {
  const actual = await registrations();
  if (process.env['KILN_WRITE_DOCS'] === '1') writeFileSync(APPROVED, actual);
  const [now, before] = [JSON.parse(actual), JSON.parse(readFileSync(APPROVED, 'utf8'))];
  const changed = Object.keys({ ...now, ...before }).filter(
    (name) => JSON.stringify(now[name]) !== JSON.stringify(before[name]),
  );
  const advice = 'review these functions; npm run build, then run this file with KILN_WRITE_DOCS=1';
  assert.deepEqual(changed, [], advice);
});
