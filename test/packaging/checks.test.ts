import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { compiledChecks, SHAPES } from '../../packaging/checks.ts';
import type { Check, CheckError, Shape } from '../../shared/template/check-shape.ts';
import { rulesFor, templateShape } from '../../shared/template/checker.ts';
import { checkOf } from '../../shared/template/checker-compile.ts';
import { API_VERSIONS } from '../../shared/template/versions/all.ts';
import { bodyOfVersion } from '../support/body-of-version.ts';
import { ROOT } from '../support/local-kiln.ts';

const VALUES = [undefined, null, '', 'x', '<b>', 0, -1, 1.5, true, [], {}, [null], { type: 'Shell' }];

/** The body with one field after the other replaced, and one of no schema added beside it. */
function* variants(body: unknown): Generator {
  yield body;
  const whole = JSON.stringify(body);
  const places = pathsOf(body);
  for (const place of places)
    for (const value of VALUES) {
      const copy = JSON.parse(whole);
      const parent = place.slice(0, -1).reduce((at, key) => at[key], copy);
      const last = place.at(-1) ?? '';
      if (value === undefined) {
        delete parent[last];
        parent['a/b~c'] = 1;
      } else parent[last] = value;
      yield copy;
    }
}

function pathsOf(value: unknown, at: readonly string[] = []): string[][] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, child]) => [[...at, key], ...pathsOf(child, [...at, key])]);
}

describe('the checks that are compiled for the package', () => {
  let folder: string;
  let packaged: (shape: Pick<Shape, 'name'>) => Check;

  before(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'kiln-checks-'));
    const outfile = path.join(folder, 'checks.mjs');
    await build({
      stdin: { contents: compiledChecks(), resolveDir: ROOT },
      bundle: true,
      platform: 'node',
      format: 'esm',
      outfile,
    });
    packaged = (await import(pathToFileURL(outfile).href)).checkOf;
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  const told = (check: Check, value: unknown): CheckError[] => {
    const rules = rulesFor({ urls: { allow: [] }, artifacts: true });
    const errors = check.call(rules, value) ? [] : (check.errors ?? []);
    return errors.map(({ keyword, instancePath, params, message, propertyName }) => ({
      keyword,
      instancePath,
      params,
      ...(message !== undefined && { message }),
      ...(propertyName !== undefined && { propertyName }),
    }));
  };

  for (const version of API_VERSIONS)
    test(`${version.name}: they tell the very problems that the sources tell`, () => {
      const shape = templateShape(version);
      let refused = 0;
      for (const value of variants(bodyOfVersion(version))) {
        const errors = told(checkOf(shape), value);
        assert.deepEqual(told(packaged(shape), value), errors);
        refused += errors.length > 0 ? 1 : 0;
      }
      assert.ok(refused > 100, `only ${refused} bodies were refused`);
    });

  test('there is one for every patch and for build requests, and an error names one that is missing', () => {
    for (const shape of SHAPES) {
      const value = { tags: 1, nothing: 2, properties: { distribute: [{}] }, priority: 'x' };
      const errors = told(checkOf(shape), value);
      assert.ok(errors.length > 0);
      assert.deepEqual(told(packaged(shape), value), errors);
    }
    assert.throws(() => packaged({ name: 'another' }), /no compiled check for "another"/);
  });

  test('the package has them, and no compiler', () => {
    const app = readFileSync(path.join(ROOT, 'dist/app/functions.js'), 'utf8');
    assert.ok(
      !app.includes('strictTypes'),
      'an option of the compiler is in the package, so the compiler is',
    );
    for (const { name } of SHAPES) assert.ok(app.includes(JSON.stringify(name)), name);
  });
});
