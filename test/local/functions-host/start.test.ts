// What stops the start of the host, and timer triggers, with small apps written by the test.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { linkModules, startHostProcess, temporaryDirectory, until } from '../durable/host-process.ts';

/** An app of one file. Returns its root. */
function writeApp(source: string, manifest: object = { type: 'module', main: 'index.js' }): string {
  const root = temporaryDirectory();
  const app = path.join(root, 'app');
  mkdirSync(app);
  linkModules(root);
  writeFileSync(path.join(app, 'package.json'), JSON.stringify(manifest));
  writeFileSync(path.join(app, 'host.json'), JSON.stringify({ version: '2.0' }));
  writeFileSync(path.join(app, 'index.js'), source);
  return app;
}

const IMPORT = "import { app } from '@azure/functions'; import * as df from 'durable-functions';\n";
const QUEUE = "app.storageQueue('build', { queueName: 'q', connection: 'C', handler() {} });";

const REFUSED: readonly (readonly [string, string, RegExp])[] = [
  [
    'an unknown trigger',
    QUEUE,
    /KILN-HOST-UNSUPPORTED-BINDING: function 'build' has a trigger of type 'queueTrigger'/,
  ],
  [
    'an unknown output',
    "app.http('x', { extraOutputs: [{ type: 'table', name: 't' }], handler() {} });",
    /function 'x' has a binding of type 'table' \(out\)/,
  ],
  ['an entity', "df.app.entity('counter', () => undefined);", /KILN-HOST-NO-ENTITIES: function 'counter'/],
  [
    'a bad schedule',
    "app.timer('t', { schedule: '0 99 * * * *', handler() {} });",
    /NCRONTAB expression '0 99/,
  ],
  [
    'a missing setting',
    "app.timer('t', { schedule: '%WHEN%', handler() {} });",
    /Timer function 't': app setting 'WHEN' is not set/,
  ],
  [
    'two functions of one name',
    "app.http('x', { handler() {} }); app.http('x', { handler() {} });",
    /"x" has already been registered/,
  ],
  ['an app that throws while it loads', "throw new Error('no setting X');", /no setting X/],
  [
    'HTTP streams',
    "app.setup({ enableHttpStream: true }); app.http('x', { handler() {} });",
    /enableHttpStream/,
  ],
];
for (const [what, source, message] of REFUSED)
  test(`${what} stops the start and is named`, async () => {
    const app = writeApp(IMPORT + source);
    await assert.rejects(startHostProcess(app, path.join(app, 'data')), message);
  });

test('an app whose main matches nothing is refused', async () => {
  const app = writeApp('', { type: 'module', main: 'dist/{index,functions/*}.js' });
  await assert.rejects(startHostProcess(app, path.join(app, 'data')), /Found no file that matches "main"/);
});

test('a CommonJS app loads, under the default prefix and without its disabled function', async () => {
  const source =
    "const { app } = require('@azure/functions'); app.http('hello', { handler: () => ({ body: 'hi' }) });";
  const app = writeApp(source + QUEUE, { main: '*.js' });
  const env = { 'AzureWebJobs.build.Disabled': 'true' };
  const host = await startHostProcess(app, path.join(app, 'data'), { env });
  assert.equal(await (await fetch(`${host.url}/api/hello`)).text(), 'hi');
  assert.equal((await fetch(`${host.url}/hello`)).status, 404);
  await host.end('SIGTERM');
});

test('the console of the app goes to the log', async () => {
  const app = writeApp(`${IMPORT} console.log('said while loading'); app.http('x', { handler() {} });`);
  const host = await startHostProcess(app, path.join(app, 'data'));
  await until('the log', () => host.stderr().includes('said while loading'));
  assert.doesNotMatch(host.stdout(), /said/);
  await host.end('SIGTERM');
});

test('a function that outlives functionTimeout fails', async () => {
  const app = writeApp(`${IMPORT} app.http('hang', { handler: () => new Promise(() => {}) });`);
  writeFileSync(path.join(app, 'host.json'), JSON.stringify({ version: '2.0', functionTimeout: '00:00:01' }));
  const host = await startHostProcess(app, path.join(app, 'data'));
  assert.equal((await fetch(`${host.url}/api/hang`)).status, 500);
  const expected = 'Timeout value of 1 s was exceeded by function: hang';
  await until('the log', () => host.stderr().includes(expected));
  await host.end('SIGTERM');
});

test('a timer runs on its schedule, and a missed run comes once at start, past due', async () => {
  const handler = "(timer) => appendFileSync(process.env.OUT, timer.isPastDue + '\\n')";
  const app = writeApp(`${IMPORT} import { appendFileSync } from 'node:fs';
    app.timer('tick', { schedule: '%WHEN%', handler: ${handler} });`);
  const data = path.join(app, 'data');
  const OUT = path.join(app, 'out.txt');
  writeFileSync(OUT, '');
  const first = await startHostProcess(app, data, { env: { WHEN: '* * * * * *', OUT } });
  await until('the first run', () => readFileSync(OUT, 'utf8').includes('false\n'));
  await first.end('SIGKILL');
  const file = path.join(data, 'timers.json');
  const { tick } = JSON.parse(readFileSync(file, 'utf8')) as { tick: { last: number; next: number } };
  assert.ok(tick.next > tick.last);
  writeFileSync(file, JSON.stringify({ tick: { last: 0, next: Date.now() - 60_000 } }));
  writeFileSync(OUT, '');
  const second = await startHostProcess(app, data, { env: { WHEN: '0 0 0 1 1 *', OUT } });
  await until('the missed run', () => readFileSync(OUT, 'utf8') !== '');
  await until('its record', () => JSON.parse(readFileSync(file, 'utf8')).tick.last > 0);
  await second.end('SIGTERM');
  assert.equal(readFileSync(OUT, 'utf8'), 'true\n');
});

test('hooks run around every invocation, and after a failed one they hear of the failure', async () => {
  const app = writeApp(`${IMPORT}
    app.hook.preInvocation(({ hookData }) => (hookData.from = 'before'));
    app.hook.postInvocation(({ hookData, error }) => console.log('after', hookData.from, error?.message));
    app.http('fails', { handler() { throw new Error('broken'); } });`);
  const host = await startHostProcess(app, path.join(app, 'data'));
  assert.equal((await fetch(`${host.url}/api/fails`)).status, 500);
  await until('the hook', () => host.stderr().includes('after before broken'));
  await host.end('SIGTERM');
});
