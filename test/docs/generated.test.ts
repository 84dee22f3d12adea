import assert from 'node:assert/strict';
import { globSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { ERRORS } from '../../shared/errors/codes.ts';
import { renderPermissions } from './permissions.ts';
import { renderApi } from './render-api.ts';
import { renderEvents } from './render-events.ts';
import { renderErrors, renderTemplate } from './render.ts';
import { renderShape } from './template-shape.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');

// `KILN_WRITE_DOCS=1 node --test test/docs/generated.test.ts` writes the pages instead of comparing them.
for (const [file, render] of [
  ['docs/api.md', renderApi],
  ['docs/errors.md', renderErrors],
  ['docs/template.md', renderTemplate],
  ['cli/import/template-shape.generated.ts', renderShape],
  ['docs/event-types.md', renderEvents],
  ['docs/permissions.md', renderPermissions],
] as const)
  test(`${file} is what the code says`, () => {
    const target = path.join(ROOT, file);
    if (process.env['KILN_WRITE_DOCS'] === '1') writeFileSync(target, render());
    assert.equal(readFileSync(target, 'utf8'), render(), 'run this file with KILN_WRITE_DOCS=1');
  });

test('every code of the catalogue is used', () => {
  const tables = ['shared/errors/codes.ts', 'shared/errors/request-codes.ts'];
  const files = globSync(['functions/**/*.ts', 'shared/**/*.ts'], { cwd: ROOT });
  const code = files
    .filter((file) => !tables.includes(file.replaceAll('\\', '/')))
    .map((file) => readFileSync(path.join(ROOT, file), 'utf8'))
    .join('\n');
  assert.deepEqual(
    Object.keys(ERRORS).filter((name) => !code.includes(`'${name}'`)),
    [],
  );
});
