// Who did it is written down for good, and `kiln audit` reads it.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { after, before, describe, test } from 'node:test';
import type { AuditEntry } from '../../shared/model/documents/audit-entry.ts';
import { runId } from '../../shared/model/convert.ts';
import { type Answer, Api, type Issuer, sampleBody, startIssuer } from '../support/api.ts';
import { type Azurite, startAzurite } from '../support/azurite.ts';
import { type Outcome, run as runCommand } from '../cli/command.ts';
import { A, B, group, SUBSCRIPTION, templates, tokenOf, twoTeams } from './support.ts';

const APP = 'dddddddd-0000-4000-8000-00000000000d';
const WEB = `${templates('team-a')}/web`;
const ref = { subscriptionId: SUBSCRIPTION, resourceGroup: 'team-a', name: 'web' };
const PROVIDER = 'providers/Microsoft.VirtualMachineImages';

describe('the audit', () => {
  let azurite: Azurite;
  let issuer: Issuer;
  let api: Api;
  let server: Server;
  let runs = 0;
  before(async () => {
    [azurite, issuer] = await Promise.all([startAzurite(), startIssuer()]);
    const both = twoTeams();
    const shared = {
      name: 'b in a',
      principals: [B],
      actions: ['read', 'run', 'write'] as const,
      scopes: [group('team-a')],
    };
    api = await Api.start(issuer, azurite, { policy: { ...both, rules: [...both.rules, shared] } });
    server = createServer((request, response) => {
      void answer(request.method ?? '', request.url ?? '', request.headers.authorization ?? '').then(
        ({ status, body }) =>
          response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body)),
      );
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  after(async () => {
    server.close();
    issuer.stop();
    await azurite.stop();
  });

  /** The API at an address, for the command. */
  const endpoint = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  async function answer(method: string, url: string, authorization: string): Promise<Answer> {
    const token = authorization.replace('Bearer ', '');
    const found = await api.send(method, url, {
      token,
      headers: { host: endpoint().slice('http://'.length), 'x-forwarded-proto': 'http' },
    });
    return found;
  }

  /** B is a pipeline: an application, with a client id beside its object id. */
  const claims = (oid: string) => (oid === B ? { azp: APP, idtyp: 'app' } : { scp: 'user_impersonation' });
  const as = async (oid: string, method: string, path: string, body?: unknown): Promise<Answer> =>
    api.send(method, path, { token: await tokenOf(issuer, oid, claims(oid)), body });
  const ready = () =>
    api.store.templates.update(ref, (head) => ({ ...head, provisioningState: 'Succeeded' }));

  async function audit(oid: string, path: string): Promise<AuditEntry[]> {
    const { status, body } = await as(oid, 'GET', path);
    assert.equal(status, 200, JSON.stringify(body));
    return JSON.parse(JSON.stringify(body.value)) as AuditEntry[];
  }

  async function kiln(...args: string[]): Promise<Outcome> {
    const env = { KILN_ENDPOINT: endpoint(), KILN_TOKEN: await tokenOf(issuer, A) };
    return runCommand(args, tmpdir(), { env });
  }

  /** What a run does to its template when it is over. */
  async function end(): Promise<void> {
    const id = (await api.store.templates.get(ref))?.value.activeRun ?? '';
    await api.store.runs.update(ref, runId(id), (run) => ({
      ...run,
      state: 'Failed',
      endTime: '2026-01-01T00:00:00Z',
    }));
    await api.store.templates.update(ref, ({ activeRun: _run, ...head }) => head);
  }

  const done: [string, string][] = [];
  async function write(oid: string, action: string, answered: Promise<Answer>): Promise<void> {
    const { status, body } = await answered;
    assert.ok(status < 300, `${action}: ${status} ${JSON.stringify(body)}`);
    done.push([action, oid]);
  }

  test('names who did each of 20 writes of two callers, with kind, client and door', async () => {
    for (const oid of [A, B, A, B]) {
      runs += 1;
      await write(
        oid,
        'template.write',
        as(oid, 'PUT', WEB, sampleBody({ buildTimeoutInMinutes: 20 + runs })),
      );
      await ready();
      await write(
        oid,
        'trigger.write',
        as(oid, 'PUT', `${WEB}/triggers/new`, { properties: { kind: 'SourceImage' } }),
      );
      const other = oid === A ? B : A;
      await write(other, 'trigger.delete', as(other, 'DELETE', `${WEB}/triggers/new`));
      await write(other, 'run.start', as(other, 'POST', `${WEB}/run`));
      await write(oid, 'run.cancel', as(oid, 'POST', `${WEB}/cancel`));
      await end();
    }
    assert.equal(done.length, 20);
    const { code, stdout, stderr } = await kiln('audit', WEB, '--json');
    assert.equal(code, 0, stderr);
    const { value } = JSON.parse(stdout) as { value: AuditEntry[] };
    const told = value.map(({ action, by }) => [action, by.id]).toReversed();
    assert.deepEqual(told.toSorted(), done.toSorted());
    for (const { by } of value)
      assert.deepEqual(
        by,
        by.id === A ? { kind: 'user', id: A, via: 'http' } : { kind: 'app', id: B, appId: APP, via: 'http' },
      );
    const started = value.filter(({ action }) => action === 'run.start');
    assert.ok(started.every(({ runId: id, revision }) => id !== undefined && revision !== undefined));
  });

  test('is also what the template, its runs and the log say', async () => {
    const { body } = await as(A, 'GET', WEB);
    assert.partialDeepStrictEqual(body, {
      systemData: {
        createdBy: A,
        createdByType: 'User',
        lastModifiedBy: APP,
        lastModifiedByType: 'Application',
      },
    });
    const { body: list } = await as(A, 'GET', `${WEB}/runs`);
    const who = list.value.map(
      (run) => JSON.parse(JSON.stringify(run)) as Record<'requestedBy' | 'canceledBy', object>,
    );
    assert.deepEqual(who.map(({ requestedBy }) => JSON.stringify(requestedBy).includes(A)).toSorted(), [
      false,
      false,
      true,
      true,
    ]);
    assert.ok(who.every(({ canceledBy }) => canceledBy !== undefined));
    const lines = api.lines.filter((line) => line.startsWith('audit {'));
    assert.equal(lines.length, 20);
    assert.ok(lines.every((line) => /"by":\{"kind":"(user|app)"/.test(line)));
  });

  test('outlives the template', async () => {
    const before = await audit(A, `${WEB}/audit?$top=1000`);
    assert.equal((await as(A, 'DELETE', WEB)).status, 202);
    await api.store.templates.remove(ref);
    const after = await audit(A, `${WEB}/audit?$top=1000`);
    assert.deepEqual(after.slice(1), before);
    assert.deepEqual([after[0]?.action, after[0]?.by.id], ['template.delete', A]);
  });

  test('comes in pages, by template, group, subscription and time, and shows nobody what is of others', async () => {
    assert.equal((await as(B, 'PUT', `${templates('team-b')}/db`, sampleBody())).status, 201);
    const ofGroup = await audit(B, `${group('team-b')}/${PROVIDER}/audit`);
    assert.deepEqual(
      ofGroup.map(({ resource }) => resource),
      [`${templates('team-b')}/db`],
    );
    assert.equal((await as(A, 'GET', `${group('team-b')}/${PROVIDER}/audit`)).status, 403);
    const all = await audit(A, `/${PROVIDER}/audit`);
    assert.ok(all.length > 20 && all.every(({ resource }) => resource.startsWith(group('team-a'))));
    const seen: string[] = [];
    for (
      let next: string | undefined = `/subscriptions/${SUBSCRIPTION}/${PROVIDER}/audit?$top=6`;
      next !== undefined;
    ) {
      const { body }: Answer = await as(A, 'GET', next);
      seen.push(...body.value.map(({ id }) => id));
      next = (body as { nextLink?: string }).nextLink;
    }
    assert.deepEqual(
      seen,
      all.map(({ id }) => id),
    );
    const [newest] = all;
    assert.deepEqual(await audit(A, `${WEB}/audit?to=2026-01-01T00:00:00Z`), []);
    const since = await audit(A, `${WEB}/audit?from=${newest?.at}`);
    assert.deepEqual(
      since.map(({ id }) => id),
      [newest?.id],
    );
    assert.equal((await as(A, 'GET', `${WEB}/audit?from=yesterday`)).status, 400);
  });

  test('of many writers at once loses and mixes nothing, and keeps one of an entry that was written twice', async () => {
    const at = new Date().toISOString();
    const by = { kind: 'user', id: B, via: 'http' } as const;
    const resource = `${templates('team-b')}/many`;
    const entry = (index: number) =>
      ({ id: `many-${index % 50}`, at, action: 'template.write', resource, by }) as const;
    await Promise.all(Array.from({ length: 100 }, (_, index) => api.store.audit.append(entry(index))));
    assert.equal((await audit(B, `${resource}/audit?$top=1000`)).length, 50);
  });

  test('kiln access check says why, and its exit code what', async () => {
    const allowed = await kiln('access', 'check', A, 'write', WEB);
    assert.equal(allowed.code, 0, allowed.stderr);
    assert.match(allowed.stdout, /^allowed: .*\n"team-a" allows it\.\nmode: deny\n$/);
    const denied = await kiln('access', 'check', A, 'write', `${templates('team-b')}/db`);
    assert.equal(denied.code, 1);
    assert.match(denied.stdout, /The rules that name the principal \("team-a"\) do not give "write" there/);
    assert.match(
      (await kiln('access', 'check', 'queue:build-requests', 'run', WEB)).stdout,
      /the mode is "deny"/,
    );
    assert.equal((await kiln('access', 'check', A, 'fly', WEB)).code, 2);
  });
});
