// Parts of the local cloud that need no process.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import { compareVersions } from '../../../local/azure/catalogue/images.ts';
import { renderCoverage } from '../../../local/azure/coverage/render.ts';
import { redact } from '../../../local/azure/http/recorder.ts';
import { Router } from '../../../local/azure/http/router.ts';
import type { Route } from '../../../local/azure/http/route.ts';
import { sections } from '../../../local/azure/routes.ts';
import { groupOf, isType, keyOf, nameOf, parentOf, typeOf } from '../../../local/azure/store/ids.ts';

const route = (path: string): Route => ({
  operation: path,
  method: 'GET',
  path,
  handle: () => ({ status: 200 }),
});

describe('the coverage page', () => {
  test('is current: run `node local/azure/coverage/main.ts` after a change of routes', async () => {
    const file = path.resolve(import.meta.dirname, '../../../local/COVERAGE.md');
    assert.equal(
      await readFile(file, 'utf8'),
      renderCoverage(sections({ identityHeader: '', clientSecret: '' })),
    );
  });

  test('has no route twice', () => {
    const routes = sections({ identityHeader: '', clientSecret: '' }).flatMap((section) => section.routes);
    const keys = routes.map(
      ({ method, path }) => `${method} ${path.replaceAll(/\{\w+\}/g, '{}').toLowerCase()}`,
    );
    assert.deepEqual(
      keys.filter((key, index) => keys.indexOf(key) !== index),
      [],
    );
  });
});

describe('the router', () => {
  test('finds every route by its own template in any casing', () => {
    const routes = sections({ identityHeader: '', clientSecret: '' }).flatMap((section) => section.routes);
    const router = new Router(routes);
    const names = fc.stringMatching(/^[A-Za-z][\w.-]{0,20}$/);
    fc.assert(
      fc.property(fc.constantFrom(...routes), names, fc.boolean(), (wanted, name, upper) => {
        const filled = wanted.path
          .split('/')
          .map((segment) => (segment.startsWith('{') ? `x${name}` : upper ? segment.toUpperCase() : segment))
          .join('/');
        const match = router.match(wanted.method, filled);
        assert.equal(match?.route.path, wanted.path);
        for (const value of Object.values(match.params)) assert.equal(value, `x${name}`);
      }),
    );
  });

  test('prefers a literal to a name and decodes names', () => {
    const router = new Router([route('/a/{name}'), route('/a/list')]);
    assert.equal(router.match('GET', '/A/LIST')?.route.path, '/a/list');
    assert.equal(router.match('GET', '//a//b%20c/')?.params['name'], 'b c');
    assert.equal(router.match('GET', '/a/%E0%A4%A')?.params['name'], '%E0%A4%A');
    assert.equal(router.match('PUT', '/a/list'), undefined);
  });

  test('gives the resource of an action without the action', () => {
    const router = new Router([route('/subscriptions/{s}/things/{name}/start')]);
    assert.equal(router.match('GET', '/Subscriptions/1/THINGS/One/START')?.id, '/subscriptions/1/things/One');
  });
});

describe('resource ids', () => {
  const id = '/subscriptions/s/resourceGroups/G/providers/Microsoft.Compute/virtualMachines/VM/runCommands/c';

  test('are taken apart', () => {
    assert.equal(typeOf(id), 'Microsoft.Compute/virtualMachines/runCommands');
    assert.deepEqual([groupOf(id), nameOf(id)], ['G', 'c']);
    assert.equal(parentOf(id), id.slice(0, id.indexOf('/runCommands')));
    assert.equal(parentOf(parentOf(id)), '/subscriptions/s/resourceGroups/G');
    assert.equal(keyOf(`/${id}/`), id.toLowerCase());
  });

  test('have one type', () => {
    assert.ok(isType(id, 'microsoft.compute/virtualmachines/runcommands'));
    assert.ok(!isType(id, 'Microsoft.Compute/virtualMachines'));
    assert.ok(!isType('', 'Microsoft.Resources/resourceGroups'));
  });
});

describe('image versions', () => {
  test('compare as numbers', () => {
    const parts = fc.tuple(fc.nat(), fc.nat(), fc.nat());
    fc.assert(
      fc.property(parts, parts, (a, b) => {
        const index = a.findIndex((part, position) => part !== b[position]);
        const expected = index < 0 ? 0 : Math.sign((a[index] ?? 0) - (b[index] ?? 0));
        assert.equal(Math.sign(compareVersions(a.join('.'), b.join('.'))), expected);
      }),
    );
  });
});

describe('the record', () => {
  test('has no secrets and keeps the shape of what it had', () => {
    const value = {
      properties: {
        osProfile: { adminPassword: 'p' },
        protectedParameters: [{ name: 'A', value: 'secret' }],
        parameters: [{ name: 'B', value: 'plain' }],
        outputBlobUri: 'http://h/c/b?sv=1&sig=abc%2F&se=2',
      },
      text: 'see https://h/x?sig=abc and https://h/y?a=1&sig=def.',
      access_token: 't',
      count: 3,
    };
    assert.deepEqual(redact(value), {
      properties: {
        osProfile: { adminPassword: 'REDACTED' },
        protectedParameters: [{ name: 'A', value: 'REDACTED' }],
        parameters: [{ name: 'B', value: 'plain' }],
        outputBlobUri: 'http://h/c/b?sv=1&sig=REDACTED&se=2',
      },
      text: 'see https://h/x?sig=REDACTED and https://h/y?a=1&sig=REDACTED',
      access_token: 'REDACTED',
      count: 3,
    });
  });
});
