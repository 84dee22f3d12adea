import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { Unresolved } from '../../../cli/import/expression/arguments.ts';
import { azureFunctions } from '../../../cli/import/expression/azure-functions.ts';
import { evaluate, type Scope } from '../../../cli/import/expression/evaluate.ts';
import {
  ExpressionError,
  expressionIn,
  literalText,
  parseExpression,
  renderExpression,
  type Expression,
} from '../../../cli/import/expression/parse.ts';
import { Notes } from '../../../cli/import/notes.ts';
import { asWritten, OpenValues } from '../../../cli/import/open-values.ts';
import { fillPlaceholders } from '../../../cli/template/placeholders.ts';

const SUB = '11111111-2222-4333-8444-555555555555';
const open = new OpenValues({}, new Notes());
const OPEN = open.ask('later', '/parameters/later', 'a test');
const values: Record<string, unknown> = {
  region: 'westeurope',
  list: ['a', 'b'],
  deep: { Inner: { x: [1, 2] } },
  later: OPEN,
};

const scope: Scope = {
  parameter: (name) => {
    if (name in values) return values[name];
    throw new ExpressionError(`there is no "${name}"`);
  },
  variable: (name) => values[name],
  functions: azureFunctions({
    subscriptionId: SUB,
    resourceGroup: 'images',
    location: () => 'northeurope',
    unique: undefined,
  }),
};
const run = (source: string): unknown => evaluate(parseExpression(source), scope);

const name = fc.constantFrom('concat', 'parameters', 'toLower', 'if', 'resourceId', 'format');
const property = fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_]{0,8}$/);
const { tree } = fc.letrec<{ tree: Expression; call: Expression }>((tie) => ({
  // What has a property is a call: a filter on `tree` would never end at its greatest depth.
  call: fc.record({
    kind: fc.constant('call' as const),
    name,
    args: fc.array(tie('tree'), { maxLength: 3 }),
  }),
  tree: fc.oneof(
    { maxDepth: 4 },
    fc.record({
      kind: fc.constant('literal' as const),
      value: fc.oneof(fc.string({ unit: 'grapheme' }), fc.integer({ min: -1000, max: 1000 })),
    }),
    tie('call'),
    fc.record({ kind: fc.constant('property' as const), of: tie('call'), name: property }),
    fc.record({ kind: fc.constant('index' as const), of: tie('call'), index: tie('tree') }),
  ),
}));

/** fast-check makes objects without a prototype too. */
const plain = (expression: Expression): unknown => JSON.parse(JSON.stringify(expression));

test('what an expression is written as parses to the same expression', () => {
  fc.assert(
    fc.property(tree, (expression) =>
      assert.deepEqual(parseExpression(renderExpression(expression)), plain(expression)),
    ),
  );
});

test('any text in quotes comes back as it was, and concat() joins without change', () => {
  const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`;
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'grapheme' }), { minLength: 1 }), (texts) => {
      assert.equal(run(`concat(${texts.map(quoted).join(' , ')})`), texts.join(''));
    }),
  );
});

test('no text makes the parser hang or fail in another way than with a sentence', () => {
  const piece = fc.constantFrom(
    "'",
    "''",
    '(',
    ')',
    ',',
    '.',
    '[',
    ']',
    'concat',
    '1',
    '-',
    ' ',
    'x y',
    '$fxv#0',
    '\n',
  );
  fc.assert(
    fc.property(fc.array(piece), (pieces) => {
      try {
        parseExpression(pieces.join(''));
      } catch (error) {
        assert.ok(error instanceof ExpressionError, String(error));
      }
    }),
  );
});

for (const [source, expected] of [
  ["concat('a', parameters('region'), 1)", 'awesteurope1'],
  ["concat(parameters('list'), parameters('list'))", ['a', 'b', 'a', 'b']],
  ["format('{0}-{1}-{{x}}', 'a', 2)", 'a-2-{x}'],
  ["toLower('It''s')", "it's"],
  ["replace('a.b.c', '.', '$&')", 'a$&b$&c'],
  ["if(equals(parameters('region'), 'westeurope'), 'near', div(1, 0))", 'near'],
  ["parameters('deep').inner.X[1]", 2],
  ["parameters('deep')['Inner']['x'][0]", 1],
  ["length(split('a,b;c', createArray(',', ';')))", 3],
  ["substring('abcdef', 2, 3)", 'cde'],
  ["take('abc', 10)", 'abc'],
  ["last(parameters('list'))", 'b'],
  ["and(not(empty('x')), or(false(), contains('abc', 'b')))", true],
  ["union(createObject('a', 1), createObject('b', 2))", { a: 1, b: 2 }],
  ["uri('https://e.com/a/', 'b.sh?sig=1')", 'https://e.com/a/b.sh?sig=1'],
  ["padLeft('7', 3, '0')", '007'],
  ["int('42')", 42],
  ["bool('True')", true],
  ["concat('https://acct.blob.', environment().suffixes.storage)", 'https://acct.blob.core.windows.net'],
  ['subscription().subscriptionId', SUB],
  ['RESOURCEGROUP().Location', 'northeurope'],
  ['resourceGroup().id', `/subscriptions/${SUB}/resourceGroups/images`],
  [
    "resourceId('Microsoft.Compute/images', 'web')",
    `/subscriptions/${SUB}/resourceGroups/images/providers/Microsoft.Compute/images/web`,
  ],
  [
    "resourceId('rg', 'Microsoft.Compute/galleries/images', 'g', 'd')",
    `/subscriptions/${SUB}/resourceGroups/rg/providers/Microsoft.Compute/galleries/g/images/d`,
  ],
  [
    "resourceId('s', 'rg', 'Microsoft.Network/virtualNetworks/subnets', 'n', 'x')",
    '/subscriptions/s/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/n/subnets/x',
  ],
  [
    "subscriptionResourceId('Microsoft.Authorization/roleDefinitions', 'r')",
    `/subscriptions/${SUB}/providers/Microsoft.Authorization/roleDefinitions/r`,
  ],
] as const)
  test(`${source} is ${JSON.stringify(expected)}`, () => assert.deepEqual(run(source), expected));

for (const [source, reason] of [
  ["concat('a'", /where "\)" should be/],
  ["concat('a') 'b'", /where the end should be/],
  ['-f x', /is not part of an expression/],
  ["parameters('nope')", /no "nope"/],
  ["substring('abc', 1, 9)", /outside of a text of 3 characters/],
  ["toLower(createArray('a'))", /argument 1 of toLower\(\) is \["a"\], not text/],
  ["resourceId('Microsoft.Compute/images', 'a', 'b')", /cannot have 2 names/],
  ['div(1, 0)', /division by zero/],
  ["parameters('deep').nothing", /no "nothing"/],
  ["mystery('x')", /mystery\(\) is not known.*write what it gives/],
  ["contoso.own('x')", /contoso\.own\(\) is not known/],
  ["createArray('a')[1]", /has no such item/],
] as const)
  test(`${source} is refused with a reason`, () =>
    assert.throws(
      () => run(source),
      (error) => error instanceof ExpressionError && reason.test(error.message),
    ));

for (const [source, reason] of [
  ["reference('x').outputs.y.value", /reads a deployed resource/],
  ['uniqueString(resourceGroup().id)', /--unique TEXT/],
  ['newGuid()', /differs with each deployment/],
  ["toLower(parameters('later'))", /toLower\(\) looks into "\{\{later\}\}", which is open/],
  ["if(empty(parameters('later')), 'a', 'b')", /empty\(\) looks into/],
] as const)
  test(`${source} stays open with a reason`, () =>
    assert.throws(
      () => run(source),
      (error) => error instanceof Unresolved && reason.test(error.message),
    ));

test('an open part stays a part of what is built with it', () => {
  assert.equal(
    asWritten(run("concat('x-', parameters('later'), '-', subscription().subscriptionId)")),
    `x-{{later}}-${SUB}`,
  );
  assert.equal(
    asWritten(run("resourceId('Microsoft.Compute/images', parameters('later'))")),
    `/subscriptions/${SUB}/resourceGroups/images/providers/Microsoft.Compute/images/{{later}}`,
  );
});

test('only a text in one pair of brackets is an expression, and two brackets are one', () => {
  assert.equal(expressionIn("[parameters('x')]"), "parameters('x')");
  assert.equal(expressionIn('[a] and more'), undefined);
  assert.equal(expressionIn('[[not one]'), undefined);
  assert.equal(literalText('[[not one]'), '[not one]');
  assert.equal(literalText('plain'), 'plain');
});

test('braces of a script survive the way into a template file and out of it again', () => {
  const brace = fc.constantFrom('{', '}', '{{', 'a', ' ', '{{name}}', '{{{{', OPEN);
  fc.assert(
    fc.property(
      fc.array(brace).map((parts) => parts.join('')),
      (text) => {
        assert.equal(fillPlaceholders(asWritten(text), { later: 'VALUE' }), text.replaceAll(OPEN, 'VALUE'));
      },
    ),
  );
});

test('of an if only the branch that is taken has to make sense', () => {
  const value = (text: string): unknown => evaluate(parseExpression(text), scope);
  assert.equal(value("if(false(), parameters('nowhere'), 'x')"), 'x');
  assert.equal(value("if(true(), 'y', parameters('nowhere'))"), 'y');
  assert.throws(() => value("if(true(), parameters('nowhere'), 'x')"), ExpressionError);
});
