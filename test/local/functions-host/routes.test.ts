import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { RouteTable } from '../../../local/functions-host/http/routes.ts';

const table = (...templates: string[]): RouteTable<string> =>
  new RouteTable(templates.map((template) => ({ template, methods: [], target: template })));

const CASES: readonly (readonly [string[], string, string | undefined, Record<string, string>?])[] = [
  [['a/b'], '/A/B', 'a/b', {}],
  [['a/b'], '/a/b/', 'a/b', {}],
  [['a/b'], '/a/c', undefined],
  [['{x}/b', 'a/{y}'], '/a/b', 'a/{y}', { y: 'b' }],
  [['a/{id}', 'a/special'], '/a/special', 'a/special', {}],
  [['a/{id}', 'a/{n:int}'], '/a/12', 'a/{n:int}', { n: '12' }],
  [['a/{id}', 'a/{n:int}'], '/a/twelve', 'a/{id}', { id: 'twelve' }],
  [['{*rest}', 'a/{id}'], '/a/1', 'a/{id}', { id: '1' }],
  [['{*rest}', 'a/{id}'], '/a/1/2', '{*rest}', { rest: 'a/1/2' }],
  [['a/{x}/{y?}'], '/a/1', 'a/{x}/{y?}', { x: '1' }],
  [['a/{x}/{y?}'], '/a/1/2', 'a/{x}/{y?}', { x: '1', y: '2' }],
  [['a/{id:unknown(3)}'], '/a/1', 'a/{id:unknown(3)}', { id: '1' }],
  [['a/v{major}.json'], '/a/v2.json', 'a/v{major}.json', { major: '2' }],
  [['a/{id}'], '/a/with%20space', 'a/{id}', { id: 'with space' }],
  [['a/{id}'], '/a/with%2Fslash', 'a/{id}', { id: 'with%2Fslash' }],
  [['a/{id}'], '/a/broken%', 'a/{id}', { id: 'broken%' }],
  [['a.b/c'], '/aXb/c', undefined],
  [[''], '/', '', {}],
];
for (const [templates, path, target, params] of CASES)
  test(`${path} among ${templates.join(', ') || 'the root'} is ${target === undefined ? 'not found' : target || 'the root'}`, () => {
    const match = table(...templates).match('GET', path);
    assert.equal(match?.target, target);
    if (params) assert.deepEqual(match?.params, params);
  });

test('a method decides between functions of one path', () => {
  const routes = new RouteTable([
    { template: 'a', methods: ['GET'], target: 'read' },
    { template: 'a', methods: ['PUT'], target: 'write' },
  ]);
  assert.equal(routes.match('PUT', '/a')?.target, 'write');
  assert.equal(routes.match('DELETE', '/a'), undefined);
});

test('the order in which functions are registered does not matter', () => {
  const templates = ['{*rest}', 'a/{id}', 'a/b', 'a/{n:int}', 'a/{id}/c', '{x}/b'];
  fc.assert(
    fc.property(fc.shuffledSubarray(templates, { minLength: 6 }), (shuffled) => {
      const found = ['/a/b', '/a/1', '/a/x', '/a/x/c', '/z/b', '/q'].map(
        (path) => table(...shuffled).match('GET', path)?.target,
      );
      assert.deepEqual(found, ['a/b', 'a/{n:int}', 'a/{id}', 'a/{id}/c', '{x}/b', '{*rest}']);
    }),
  );
});
