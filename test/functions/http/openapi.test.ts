// The description of Kiln's own operations: whole, and what the operations really answer.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { OPERATIONS, openApi } from '../../../functions/http/openapi/document.ts';
import { ROUTES } from '../../../functions/http/routes.ts';
import { LocalKiln } from '../../support/local-kiln.ts';
import { galleryVersion, shell, template } from '../../support/templates.ts';

const document: any = openApi(ROUTES);
/** There when a build has listed what is in its machine, or has made something. */
const OF_AN_IMAGE = ['get-inventory', 'get-sbom', 'get-diff', 'get-vulnerabilities', 'get-provenance'];
const own = ROUTES.filter(({ extension }) => extension === true);

test('the description has every operation of Kiln, each once, and no other', () => {
  const described = Object.entries<any>(document.paths).flatMap(([path, item]) =>
    Object.keys(item)
      .filter((key) => key !== 'parameters')
      .map((method) => `${method.toUpperCase()} ${path}`),
  );
  assert.deepEqual(described.toSorted(), own.map(({ method, path }) => `${method} /${path}`).toSorted());
  const names = own.map(({ name }) => name);
  assert.deepEqual(
    Object.keys(OPERATIONS).filter((name) => !names.includes(name)),
    [],
    'described, and not there',
  );
});

test('every reference leads to a schema, and every schema is one', () => {
  const known = Object.keys(document.components.schemas);
  const text = JSON.stringify(document);
  const wanted = [...text.matchAll(/"#\/components\/schemas\/(\w+)"/g)].map(([, name]) => name ?? '');
  assert.deepEqual(
    wanted.filter((name) => !known.includes(name)),
    [],
  );
  assert.deepEqual(
    known.filter((name) => !wanted.includes(name)),
    [],
    'nobody names it',
  );
  const ajv = new Ajv2020({ strict: false, validateFormats: false });
  ajv.addSchema(document, 'kiln');
  for (const name of known) assert.ok(ajv.getSchema(`kiln#/components/schemas/${name}`), name);
});

/** Objects of which nothing is said: no members, no kind of values, no choice. */
function bare(node: any, at: string): string[] {
  if (typeof node !== 'object' || node === null) return [];
  const says = ['properties', 'additionalProperties', 'oneOf', '$ref'].some((key) => key in node);
  const isBare = (node.type === 'object' && !says) || (node.type === 'array' && node.items === undefined);
  const below = Object.entries(node).flatMap(([key, value]) => bare(value, `${at}/${key}`));
  return [...(isBare ? [at] : []), ...below];
}

test('no answer, and nothing in one, is an object of which nothing is said', () => {
  const answers = Object.values<any>(document.paths).flatMap((item) =>
    Object.values<any>(item).flatMap(({ operationId, responses = {} }) => bare(responses, operationId)),
  );
  assert.deepEqual(answers, []);
  assert.deepEqual(bare(document.components.schemas, ''), []);
  assert.deepEqual(bare({ a: { type: 'object' } }, ''), ['/a'], 'it finds one');
});

/** Nothing may be in an answer that its description does not name. */
function closed(node: any): any {
  if (Array.isArray(node)) return node.map(closed);
  if (typeof node !== 'object' || node === null) return node;
  const inner = Object.fromEntries(Object.entries(node).map(([key, value]) => [key, closed(value)]));
  const isClosed = node.type === 'object' && node.properties !== undefined && node.oneOf === undefined;
  return isClosed && node.additionalProperties === undefined
    ? { ...inner, additionalProperties: false }
    : inner;
}

describe('what the service answers', () => {
  let kiln: LocalKiln;
  before(async () => {
    kiln = await LocalKiln.start();
    const { subscriptionId } = kiln.endpoints;
    await kiln.submit('web', template([shell('hello', 'echo hello')], [galleryVersion(subscriptionId)]));
    await kiln.run('web');
    await kiln.submit(
      'bad',
      template([shell('bad', '# kiln-simulate: exit=3')], [galleryVersion(subscriptionId)]),
    );
    await kiln.run('bad');
  });
  after(() => kiln.stop());

  test('is what the description says, of good runs and of bad ones', async () => {
    const ajv = new Ajv2020({ strict: false, validateFormats: false, allErrors: true });
    // Bills of materials are described elsewhere, and most of them is named here nowhere.
    const { Sbom, OpenApi, ...schemas } = document.components.schemas;
    ajv.addSchema({ components: { schemas: { ...closed(schemas), Sbom, OpenApi } } }, 'kiln');
    const run = async (name: string): Promise<string> => {
      const { body } = await kiln.api('GET', `${kiln.templatePath}/${name}/runs`);
      return body.value[0].id;
    };
    const values: Record<string, string> = {
      subscriptionId: kiln.endpoints.subscriptionId,
      resourceGroup: 'images',
    };
    const asked: string[] = [];
    const wrong: string[] = [];
    for (const name of ['web', 'bad']) {
      Object.assign(values, { name, runId: await run(name), log: '01-hello.out', revision: '1' });
      for (const { method, path, name: operation } of own.filter((route) => route.method === 'GET')) {
        const { schema } = OPERATIONS[operation] ?? {};
        if (schema === undefined || operation === 'get-request' || operation === 'check-access') continue;
        const query = operation.startsWith('find-packages') ? '?name=nginx' : '';
        const answer = await kiln.api(
          method,
          `/${path.replaceAll(/\{(\w+)\}/g, (_, key: string) => values[key] ?? '')}${query}`,
        );
        // What a failed build has not made.
        const isAbsent = name === 'bad' && answer.status === 404;
        if (isAbsent && OF_AN_IMAGE.includes(operation)) continue;
        assert.equal(answer.status, 200, operation);
        const check = ajv.getSchema(`kiln#/components/schemas/${schema}`);
        const isGood = check?.(answer.body) === true;
        for (const { instancePath, message, params } of (!isGood && check?.errors) || [])
          wrong.push(`${operation} of ${name}: ${instancePath} ${message} ${JSON.stringify(params)}`);
        asked.push(operation);
      }
    }
    assert.deepEqual(wrong, []);
    const all = own.filter(({ method, name }) => method === 'GET' && OPERATIONS[name]?.schema !== undefined);
    assert.deepEqual(
      all.map(({ name }) => name).filter((name) => !asked.includes(name)),
      ['get-request', 'check-access', 'download-run-output'].filter((one) =>
        all.some(({ name }) => name === one),
      ),
    );
    const served = await fetch(`${kiln.endpoints.api}/openapi.json`);
    assert.equal(served.status, 401, 'who may not read learns nothing');
    assert.deepEqual(
      (await kiln.api('GET', `${kiln.endpoints.api}/openapi.json`)).body,
      JSON.parse(JSON.stringify(document)),
    );
  });
});
