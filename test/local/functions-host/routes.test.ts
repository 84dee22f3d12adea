import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { decodePath, encodePath } from '../../../local/functions-host/http/request-path.ts';
import { RouteTable } from '../../../local/functions-host/http/routes.ts';

/** Functions whose names are in the order of the templates. */
const table = (...templates: string[]): RouteTable<string> =>
  new RouteTable(
    templates.map((template, index) => ({ name: `f${index}`, template, methods: [], target: template })),
  );

const CASES: readonly (readonly [string[], string, string | undefined, Record<string, string>?])[] = [
  [['a/b'], '/A/B', 'a/b', {}],
  [['a/b'], '/a/b/', 'a/b', {}],
  [['a/b'], '/a/c', undefined],
  [['{x}/b', 'a/{y}'], '/a/b', '{x}/b', { x: 'a' }],
  [['a/{id}', 'a/special'], '/a/special', 'a/{id}', { id: 'special' }],
  [['a/{n:int}', 'a/{id}'], '/a/12', 'a/{n:int}', { n: '12' }],
  [['a/{n:int}', 'a/{id}'], '/a/twelve', 'a/{id}', { id: 'twelve' }],
  [['{*rest}', 'a/{id}'], '/a/1', '{*rest}', { rest: 'a/1' }],
  [['a/{id}', '{*rest}'], '/a/1/2', '{*rest}', { rest: 'a/1/2' }],
  [['a/{x}/{y?}'], '/a/1', 'a/{x}/{y?}', { x: '1' }],
  [['a/{x}/{y?}'], '/a/1/2', 'a/{x}/{y?}', { x: '1', y: '2' }],
  [['a/{id:unknown(3)}'], '/a/1', 'a/{id:unknown(3)}', { id: '1' }],
  [['a/v{major}.json'], '/a/v2.json', 'a/v{major}.json', { major: '2' }],
  [['a/{id}'], '/a/with%20space', 'a/{id}', { id: 'with space' }],
  [['a/{id}'], '/a/with%2Fslash', 'a/{id}', { id: 'with%2Fslash' }],
  [['a/{id}'], '/a/broken%', 'a/{id}', { id: 'broken%' }],
  [['a/{id}'], '/a/twice%2541', 'a/{id}', { id: 'twice%41' }],
  [['a/b'], '/x/%2e%2e/a/./b', 'a/b', {}],
  [['a.b/c'], '/aXb/c', undefined],
  [[''], '/', '', {}],
];
for (const [templates, path, target, params] of CASES)
  test(`${path} among ${templates.join(', ') || 'the root'} is ${target === undefined ? 'not found' : target || 'the root'}`, () => {
    const match = table(...templates).match('GET', decodePath(path) ?? '');
    assert.equal(match?.target, target);
    if (params) assert.deepEqual(match?.params, params);
  });

test('a method decides between functions of one path', () => {
  const routes = new RouteTable([
    { name: 'a', template: 'a', methods: ['GET'], target: 'read' },
    { name: 'b', template: 'a', methods: ['PUT'], target: 'write' },
  ]);
  assert.equal(routes.match('PUT', '/a')?.target, 'write');
  assert.equal(routes.match('DELETE', '/a'), undefined);
});

test('of routes that match the one whose function has the first name answers, in whatever order they are registered', () => {
  const routes = ['{*rest}', 'a/{id}', 'a/b', '{x}/b'].map((template) => ({ template, methods: [] }));
  fc.assert(
    fc.property(fc.shuffledSubarray(['d', 'c', 'b', 'a'], { minLength: 4 }), (names) => {
      const named = routes.map((route, index) => ({
        ...route,
        name: names[index] ?? '',
        target: names[index],
      }));
      assert.equal(new RouteTable(named).match('GET', '/a/b')?.target, 'a');
    }),
  );
});

test('a path is decoded once, and what was decoded cannot be told from what was not', () => {
  for (const [raw, decoded, inUrl] of [
    ['/a%20b', '/a b', '/a%20b'],
    ['/%77eb', '/web', '/web'],
    ['/a%2Fb%2fc', '/a%2Fb%2fc', '/a%2Fb%2fc'],
    ['/a%2541b', '/a%41b', '/a%41b'],
    ['/a%zz', '/a%zz', '/a%25zz'],
    ['/%ff', '/%ff', '/%ff'],
    ['/%c3%bc', '/ü', '/%C3%BC'],
    ['/%e2%82', '/%e2%82', '/%e2%82'],
    ['/a%3fb%23c', '/a?b#c', '/a%3Fb%23c'],
    ['/x/%252e%252e/safe', '/x/%2e%2e/safe', '/x/%2e%2e/safe'],
    ['/x/..', '/', '/'],
  ] as const) {
    assert.equal(decodePath(raw), decoded, raw);
    assert.equal(encodePath(decoded), inUrl, raw);
  }
  assert.equal(decodePath('/a%00b'), undefined);
});

test('any text survives one encoding and the decoding of the host, but for dot segments and slashes', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      fc.pre(!/^\.{1,2}$|\/|\0/.test(text));
      assert.equal(decodePath(`/${encodeURIComponent(text)}`), `/${text}`);
    }),
  );
});
