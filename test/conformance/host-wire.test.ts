// The embedded host answers as Microsoft's did, request by request.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { LocalKiln } from '../support/local-kiln.ts';
import { shell, template, vhd } from '../support/templates.ts';
import { DIFFERENCES, TIMED } from './host-wire/differences.ts';
import { send, type WireAnswer, type WireRequest } from './host-wire/wire.ts';
import { DATA } from './official/swagger.ts';

type Recorded = WireRequest & {
  readonly name: string;
  readonly token?: boolean;
  readonly answer: WireAnswer;
};

const FILE = path.join(DATA, 'host-wire/requests.json');
const skip = existsSync(FILE) ? false : `no recording at ${FILE}; see KILN_REFERENCE_DATA in CONTRIBUTING.md`;

/** Names of headers; their values differ from call to call, or are of the server. */
const namesOf = ({ headers }: WireAnswer): string[] =>
  headers
    .map((line) => line.split(':')[0]?.toLowerCase() ?? '')
    .filter((name) => !['date', 'server', 'keep-alive'].includes(name))
    .toSorted();

/** The text without what differs from call to call, or is Kiln's own advice and not the host's, as far as the recording keeps it. */
const textOf = ({ body }: WireAnswer): string =>
  body
    .slice(0, 300)
    .replaceAll(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|GUID/gi, 'GUID')
    .replaceAll(/0x[0-9A-F]{15}/g, 'ETAG')
    .replaceAll(/127\.0\.0\.1:\d+/g, 'HOST')
    .replace(/"remedy":.*/s, '"remedy":')
    .slice(0, 200);

describe('requests that were sent to the real Functions host', { skip }, () => {
  let kiln: LocalKiln;
  before(async () => {
    kiln = await LocalKiln.start();
  });
  after(() => kiln.stop());

  async function answerOf({
    name: _name,
    token,
    answer: _answer,
    ...request
  }: Recorded): Promise<WireAnswer> {
    const { api, audience, subscriptionId } = kiln.endpoints;
    const bearer = token === false ? {} : { authorization: `Bearer ${await kiln.token(audience)}` };
    const target = request.path.replaceAll('{subscription}', subscriptionId);
    return send(api, { ...request, path: target, headers: { ...bearer, ...request.headers } });
  }

  test('are answered with its status, its headers and its words', async (t) => {
    const requests: Recorded[] = JSON.parse(readFileSync(FILE, 'utf8'));
    assert.ok(requests.length >= 78);
    const wrong: string[] = [];
    const met = new Set<string>();
    for (const request of requests) {
      // The recording begins this part with templates that earlier requests had made.
      if (request.name === 'put again') await kiln.submit('p1', template([shell('a', 'true')], [vhd]));
      const answer = await answerOf(request);
      const found = {
        answer:
          answer.status !== request.answer.status ||
          String(namesOf(answer)) !== String(namesOf(request.answer)),
        body: textOf(answer) !== textOf(request.answer),
      };
      const allowed = DIFFERENCES[request.name];
      const isAllowed = allowed?.part === 'answer' || (allowed?.part === 'body' && !found.answer);
      if ((!found.answer && !found.body) || TIMED.includes(request.name)) continue;
      if (isAllowed) met.add(request.name);
      else
        wrong.push(
          `${request.name}: ${answer.status} ${String(namesOf(answer))} ${textOf(answer)}\n  not ${request.answer.status} ${String(namesOf(request.answer))} ${textOf(request.answer)}`,
        );
    }
    assert.deepEqual(wrong, []);
    const needless = Object.keys(DIFFERENCES).filter((name) => !met.has(name));
    assert.deepEqual(needless, [], 'these are no differences any more');
    t.diagnostic(`${requests.length} requests, ${met.size} listed differences`);
  });
});

// Not recorded, made after the rules that the recording shows.
describe('more requests of the same kinds', () => {
  let kiln: LocalKiln;
  before(async () => {
    kiln = await LocalKiln.start({ env: { 'AzureWebJobs.http-run-template.Disabled': 'true' } });
  });
  after(() => kiln.stop());

  test('a drained function is 404 without a body, while the rest of the API answers', async () => {
    const run = await kiln.api('POST', `${kiln.templatePath}/web/run`);
    assert.deepEqual([run.status, run.body], [404, '']);
    assert.equal(
      (await kiln.api('POST', `${kiln.templatePath}/web/cancel`)).body.error.code,
      'ResourceNotFound',
    );
    assert.equal((await kiln.api('GET', kiln.templatePath)).status, 200);
  });

  test('a chunked body is 411, and the answer says what to do', async () => {
    const { api, audience } = kiln.endpoints;
    const headers = { authorization: `Bearer ${await kiln.token(audience)}` };
    const path = `${kiln.templatePath}/web?api-version=2026-11-01`;
    for (const method of ['PUT', 'PATCH']) {
      const { status, body } = await send(api, { method, path, headers, chunked: true, body: '{}' });
      assert.equal(status, 411);
      assert.match(body, /"code":"LengthRequired".*Send Content-Length/);
    }
  });

  const PLAIN = [
    '%77eb1',
    'a%41b',
    'a+b',
    'a;b=c',
    'a%20b',
    'a%5cb',
    '%c3%bc',
    "a'b",
    'x/../web',
    'x/%2e%2e/web',
  ];
  const ENCODED = [
    'a%2fb',
    'a%252fb',
    'a%2541b',
    'x/%252e%252e/safe',
    '%e2%82',
    '%ff',
    'a%zz',
    'a%',
    '%25c3%25bc',
  ];
  const REFUSED = ['a%00b', '%00', 'x/%2e%2e/a%00'];

  for (const method of ['GET', 'DELETE', 'PATCH', 'HEAD'])
    for (const name of [...PLAIN, ...ENCODED, ...REFUSED])
      test(`${method} of imageTemplates/${name} is answered after the same rules`, async () => {
        const { api, audience } = kiln.endpoints;
        const headers = { authorization: `Bearer ${await kiln.token(audience)}` };
        const path = `${kiln.templatePath}/${name}?api-version=2026-11-01`;
        const answer = await send(api, { method, path, headers });
        const isKilns = namesOf(answer).includes('x-ms-request-id');
        if (REFUSED.includes(name)) assert.deepEqual([answer.status, answer.body, isKilns], [400, '', false]);
        else assert.ok(isKilns, JSON.stringify(answer));
        if (!ENCODED.includes(name)) return;
        assert.equal(answer.status, 404);
        if (method !== 'HEAD') assert.match(answer.body, /There is nothing at/);
      });
});
