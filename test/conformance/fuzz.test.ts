import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import * as fc from 'fast-check';
import { parseTemplate } from '../../shared/template/parse.ts';
import { project } from '../../shared/template/project.ts';
import { API_VERSIONS, findVersion, NEWEST } from '../../shared/template/versions/all.ts';
import { type Azurite, startAzurite } from '../support/azurite.ts';
import { Api, type Issuer, startIssuer, SUBSCRIPTION, TEMPLATES } from '../support/api.ts';
import { bodyOfVersion } from '../support/body-of-version.ts';

/** Other bodies each time; a failure tells its seed. KILN_FUZZ_RUNS=10000 takes a minute of CPU, before a change of the parser is merged. */
const RUNS = Number(process.env['KILN_FUZZ_RUNS'] ?? 1_000);
const ref = { subscriptionId: SUBSCRIPTION, resourceGroup: 'images', name: 'web' };

/** One thing that goes wrong with a body. `at` chooses where, among the places that there are. */
type Mutation = { readonly at: number; readonly how: number; readonly value: unknown; readonly key: string };

const strange = fc.oneof(
  fc.jsonValue({ maxDepth: 3 }),
  fc.constantFrom<unknown>(
    null,
    '',
    '<token>',
    '[parameters()]',
    1e308,
    -0,
    -1,
    1.5,
    [],
    {},
    [[]],
    [null],
    true,
  ),
  fc.constantFrom(
    '__proto__',
    'constructor',
    'toString',
    '\u0000',
    '\ud800',
    'x'.repeat(70_000),
    '/'.repeat(600),
  ),
);
const mutation: fc.Arbitrary<Mutation> = fc.record({
  at: fc.nat(),
  how: fc.nat(5),
  value: strange,
  key: fc.constantFrom(
    '__proto__',
    'constructor',
    'type',
    'TYPE',
    'properties',
    'a/b~c',
    '',
    'hasOwnProperty',
  ),
});

type Parent = Record<string, unknown> | unknown[];

function places(value: unknown, found: [Parent, string][] = []): [Parent, string][] {
  if (typeof value !== 'object' || value === null) return found;
  const parent = value as Parent;
  for (const key of Object.keys(parent)) {
    found.push([parent, key]);
    places((parent as Record<string, unknown>)[key], found);
  }
  return found;
}

/** Object.defineProperty, because assigning `__proto__` would not make the field that a JSON text has. */
function set(parent: Parent, key: string, value: unknown): void {
  Object.defineProperty(parent, key, { value, enumerable: true, configurable: true, writable: true });
}

function mutate(body: unknown, { at, how, value: given, key }: Mutation): void {
  // A copy: the next mutation may go into it.
  const value: unknown = JSON.parse(JSON.stringify(given));
  const all = places(body);
  const [parent, name] = all[at % Math.max(1, all.length)] ?? [undefined, ''];
  if (parent === undefined) return;
  const old = (parent as Record<string, unknown>)[name];
  if (how === 0) Reflect.deleteProperty(parent, name);
  else if (how === 1) set(parent, key, value);
  else if (how === 2) set(parent, name.toUpperCase(), old);
  else if (how === 3) set(parent, name, [old, old]);
  else set(parent, name, value);
}

describe('fuzzed bodies', () => {
  let azurite: Azurite;
  let issuer: Issuer;
  let api: Api;
  let token: string;
  before(async () => {
    [azurite, issuer] = await Promise.all([startAzurite(), startIssuer()]);
    api = await Api.start(issuer, azurite);
    await api.submitted();
    token = await issuer.sign({ roles: ['Admin'], exp: Math.floor(Date.now() / 1000) + 3600 });
  });
  after(async () => {
    issuer.stop();
    await azurite.stop();
  });

  // A condition that cannot hold: what is accepted ends in 412, without a write for each of them.
  const guard = { PUT: { 'if-none-match': '*' }, PATCH: { 'if-match': '"no"' } } as const;
  const send = (method: 'PUT' | 'PATCH', text: string, apiVersion: string) =>
    api.send(method, `${TEMPLATES}/web`, { body: text, token, apiVersion, headers: guard[method] });

  test(
    `${RUNS} of them are refused with 400 or accepted, and never a 500`,
    { timeout: 300_000 },
    async () => {
      const seen = new Map<number, number>();
      await fc.assert(
        fc.asyncProperty(
          fc.array(mutation, { minLength: 1, maxLength: 4 }),
          fc.constantFrom(...API_VERSIONS.map(({ name }) => name)),
          fc.constantFrom<'PUT' | 'PATCH'>('PUT', 'PUT', 'PUT', 'PATCH'),
          async (mutations, name, method) => {
            const body = base(method, name);
            for (const one of mutations) mutate(body, one);
            const text = JSON.stringify(body);
            const { status, body: answer } = await send(method, text, name);
            seen.set(status, (seen.get(status) ?? 0) + 1);
            assert.ok(status === 400 || status === 412, `${status} ${JSON.stringify(answer)}`);
            if (status === 412 && method === 'PUT') survives(JSON.parse(text), name);
          },
        ),
        { numRuns: RUNS },
      );
      for (const status of [400, 412])
        assert.ok((seen.get(status) ?? 0) > RUNS / 20, `${status}: ${seen.get(status)}`);
    },
  );

  /** Something that the version would accept. */
  function base(method: 'PUT' | 'PATCH', name: string): object {
    const version = findVersion(name) ?? NEWEST;
    const { tags, identity, properties } = bodyOfVersion(version);
    if (method === 'PUT') return { location: 'westeurope', tags, identity, properties };
    const { distribute, vmProfile } = properties;
    const has = (path: string) => version.patchable.includes(path);
    return {
      tags,
      ...(has('identity') && { identity }),
      properties: {
        ...(has('properties.distribute') && { distribute }),
        ...(has('properties.vmProfile') && { vmProfile }),
      },
    };
  }

  /** What is accepted can be shown in every version, and means the same when it is read again. */
  function survives(body: unknown, name: string): void {
    const version = findVersion(name) ?? NEWEST;
    const parsed = parseTemplate(body, version, ref);
    assert.ok(parsed.ok);
    const at = '2026-01-01T00:00:00Z';
    const head = {
      schema: 1,
      ref,
      revision: 1,
      provisioningState: 'Succeeded',
      body: parsed.body,
      bodyApiVersion: name,
      createdAt: at,
      changedAt: at,
    } as const;
    const again = parseTemplate(project(head, version), version, ref);
    assert.ok(again.ok, JSON.stringify(again));
    assert.deepEqual(again.template, parsed.template);
    for (const reader of API_VERSIONS) JSON.stringify(project(head, reader));
  }

  test('texts that are no JSON, or too deep, or too large, are refused', async () => {
    const texts: [string, number][] = [
      ['', 400],
      ['{', 400],
      ['null', 400],
      ['"x"', 400],
      ['{"a":1,}', 400],
      ['\u0000', 400],
      [`${'['.repeat(500_000)}${']'.repeat(500_000)}`, 400],
      [`{"properties":${'{"a":'.repeat(100_000)}1${'}'.repeat(100_001)}`, 400],
      [`{"x":"${'y'.repeat(5_000_000)}"}`, 413],
    ];
    for (const [text, wanted] of texts)
      for (const method of ['PUT', 'PATCH'] as const) {
        const { status } = await send(method, text, '2025-10-01');
        assert.equal(status, wanted, `${method} ${text.slice(0, 40)}`);
      }
  });

  test('random bytes are refused', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (bytes) => {
        const answer = await api.send('PUT', `${TEMPLATES}/web`, { body: bytes, token });
        assert.equal(answer.status, 400);
      }),
    );
  });
});
