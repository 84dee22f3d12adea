// Broken connections, closed pipes, impatient users, empty settings.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { ApiClient } from '../../cli/api/client.ts';
import { waitForOperation } from '../../cli/api/operations.ts';
import { connect } from '../../cli/connect/connect.ts';
import { azCommand, cached } from '../../cli/connect/tokens.ts';
import { Leftovers } from '../../cli/demo/leftovers.ts';
import { fetchBlob } from '../../cli/download/fetch-blob.ts';
import { CliError } from '../../cli/errors.ts';
import { Interrupts } from '../../cli/follow/interrupt.ts';
import { Output } from '../../cli/output/output.ts';
import { fillPlaceholders } from '../../cli/template/placeholders.ts';
import { run, withKiln } from './command.ts';
import { endless } from './scripts.ts';

async function withServer(listener: RequestListener, check: (url: string) => Promise<void>): Promise<void> {
  const server = createServer(listener);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    await check(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

const exits =
  (exitCode: number, message?: RegExp) =>
  (error: unknown): boolean =>
    error instanceof CliError &&
    error.problem.exitCode === exitCode &&
    (message?.test(error.message) ?? true);

test('an answer that breaks off is asked for again, and is no answer without patience', async () => {
  let asked = 0;
  await withServer(
    (_request, response) => {
      asked += 1;
      if (asked % 2 === 0) return void response.end('{"whole":true}');
      response.writeHead(200, { 'content-length': 1000 });
      response.write('{"wh', () => response.destroy());
    },
    async (url) => {
      const client = new ApiClient(url, () => Promise.resolve('t'));
      const { body } = await client.call('/x', { patienceMs: 5000 });
      assert.deepEqual(body, { whole: true });
      await assert.rejects(client.call('/x'), exits(5, /cannot be reached/));
    },
  );
});

test('the token goes to the service itself, wherever the service sends us', async () => {
  const tokens: (string | undefined)[] = [];
  const listener: RequestListener = ({ headers }, response) => {
    tokens.push(headers.authorization);
    response.end('{}');
  };
  await withServer(listener, (own) =>
    withServer(listener, async (foreign) => {
      const client = new ApiClient(own, () => Promise.resolve('secret'));
      for (const url of ['/x', `${own}/poll`, `${foreign}/poll`]) await client.call(url);
    }),
  );
  assert.deepEqual(tokens, ['Bearer secret', 'Bearer secret', undefined]);
});

test('an operation that failed ends the command with the code that it failed with', async () => {
  const answers = ['InProgress', 'Failed', 'Succeeded', 'Canceled'].map((status) => ({
    status,
    ...(status === 'Failed' && { error: { code: 'QuotaExceeded', message: 'No cores.' } }),
  }));
  await withServer(
    (_request, response) => void response.end(JSON.stringify(answers.shift())),
    async (url) => {
      const client = new ApiClient(url, () => Promise.resolve('t'));
      const headers = new Headers({ 'azure-asyncoperation': `${url}/op`, 'retry-after-ms': '1' });
      const wait = (): Promise<void> => waitForOperation(client, { status: 202, headers, body: undefined });
      await assert.rejects(wait(), exits(2, /No cores/));
      await wait();
      await assert.rejects(wait(), exits(4));
    },
  );
});

test('a token is kept until it is about to expire', async () => {
  let fetched = 0;
  const source = (minutes: number) =>
    cached(async () => ({ value: String(++fetched), expiresAt: Date.now() + minutes * 60_000 }));
  const [long, short] = [source(10), source(1)];
  assert.deepEqual([await long(), await long(), await short(), await short()], ['1', '1', '2', '3']);
});

test('requests that start together share one token', async () => {
  let fetched = 0;
  const token = cached(async () => ({ value: String(++fetched), expiresAt: Date.now() + 60_000 }));
  assert.deepEqual(await Promise.all([token(), token(), token()]), ['1', '1', '1']);
  assert.deepEqual(await Promise.all([token(), token()]), ['2', '2']);
});

test('a service that has too much to do is asked again when it says so', async () => {
  let asked = 0;
  await withServer(
    (_request, response) => {
      asked += 1;
      if (asked > 1) return void response.end('{}');
      response.writeHead(429, { 'retry-after-ms': '20' }).end();
    },
    async (url) => {
      const client = new ApiClient(url, () => Promise.resolve('t'));
      assert.equal((await client.call('/x', { patienceMs: 10_000 })).status, 200);
    },
  );
  assert.equal(asked, 2);
});

test('a download whose connection breaks every time says so and leaves no file', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'kiln-blob-'));
  try {
    await withServer(
      (_request, response) => {
        response.writeHead(200, { 'content-length': 1000 });
        response.write('x', () => response.destroy());
      },
      async (url) => {
        const blob = fetchBlob(`${url}/blob?sig=do-not-print`, path.join(folder, 'a.vhd'), () => {});
        await assert.rejects(blob, exits(5, /broke 5 times/));
      },
    );
    assert.deepEqual(await readdir(folder), []);
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('a download goes on where it broke off, and not with the bytes of another blob', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'kiln-blob-'));
  const asked: (string | undefined)[][] = [];
  try {
    await withServer(
      ({ headers }, response) => {
        asked.push([headers.range, headers['if-match']]);
        if (asked.length > 1) return void response.writeHead(412).end();
        response.writeHead(200, { 'content-length': 10, etag: '"one"' });
        response.write('12345', () => setTimeout(() => response.destroy(), 50));
      },
      async (url) => {
        const blob = fetchBlob(`${url}/blob`, path.join(folder, 'a.vhd'), () => {});
        await assert.rejects(blob, exits(5, /storage answered 412/));
      },
    );
  } finally {
    await rm(folder, { recursive: true });
  }
  assert.deepEqual(asked, [
    [undefined, undefined],
    ['bytes=5-', '"one"'],
  ]);
});

test('a reader that has enough ends the command without a word', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'kiln-pipe-'));
  const file = path.join(folder, 't.json');
  await writeFile(file, JSON.stringify({ properties: { source: {}, distribute: [] } }));
  const main = path.resolve(import.meta.dirname, '../../cli/main.ts');
  const script = `"${process.execPath}" "${main}" import "${file}" --json | true; exit \${PIPESTATUS[0]}`;
  const { status, stderr } = spawnSync('bash', ['-c', script], { encoding: 'utf8' });
  await rm(folder, { recursive: true });
  assert.equal(status, 141, stderr);
  assert.doesNotMatch(stderr, /EPIPE|\n +at /);
});

test('Ctrl-C three times leaves at once, also while the service is away', async () => {
  await withKiln(endless, async ({ kiln, server, folder }) => {
    await writeFile(path.join(folder, 'web.json'), '{"properties":{}}');
    let isAway = false;
    const began = Date.now();
    const { code, stderr } = await kiln(['build', 'web.json', '--wait'], {
      onOutput(text, child) {
        if (isAway || !text.includes('install started')) return;
        isAway = true;
        void server.close();
        for (const after of [1500, 1700, 1900]) setTimeout(() => child.kill('SIGINT'), after);
      },
    });
    assert.equal(code, 130, stderr);
    assert.ok(Date.now() - began < 30_000, 'not after two minutes');
    assert.match(stderr, /goes on/);
  });
});

test('one Ctrl-C leaves after three seconds and not before, two cancel, three leave; a pipeline cancels at once', (t) => {
  const wishes = (presses: number, inPipeline: boolean, wait: number): string => {
    const interrupts = new Interrupts(true, inPipeline, () => {});
    t.after(() => interrupts.close());
    for (let count = 0; count < presses; count++) process.emit('SIGINT');
    const wish = interrupts.wish(Date.now() + wait);
    interrupts.close();
    return wish;
  };
  assert.deepEqual(
    [0, 1, 2, 3].map((presses) => wishes(presses, false, 0)),
    ['none', 'none', 'cancel', 'leave'],
  );
  assert.deepEqual([wishes(1, false, 2500), wishes(1, false, 3000)], ['none', 'detach']);
  assert.equal(wishes(1, true, 0), 'cancel');
});

test('SIGTERM leaves the run alone and says so', async () => {
  await withKiln(endless, async ({ kiln, server, folder }) => {
    await writeFile(path.join(folder, 'web.json'), '{"properties":{}}');
    let isSent = false;
    const { code, stderr } = await kiln(['build', 'web.json', '--wait'], {
      onOutput(text, child) {
        if (isSent || !text.includes('install started')) return;
        isSent = true;
        child.kill('SIGTERM');
      },
    });
    assert.equal(code, 130, stderr);
    assert.match(stderr, /goes on/);
    assert.ok(!server.paths('POST').some((seen) => seen.includes('/cancel')));
  });
});

test('a variable that is set to nothing counts as not set', () => {
  const env = { KILN_ENDPOINT: '', KILN_TOKEN: 't', KILN_SUBSCRIPTION: '', AZURE_SUBSCRIPTION_ID: 's' };
  assert.throws(() => connect({}, env, tmpdir()), exits(2, /No Kiln is known here/));
  const connection = connect(
    { endpoint: 'https://kiln.test' },
    { ...env, KILN_RESOURCE_GROUP: '' },
    tmpdir(),
  );
  assert.deepEqual([connection.subscriptionId(), connection.resourceGroup], ['s', undefined]);
});

test('the token goes over plain http to this machine only', () => {
  const to = (endpoint: string) => connect({ endpoint }, { KILN_TOKEN: 't' }, tmpdir());
  for (const endpoint of [
    'http://localhost:7071',
    'http://127.0.0.1:1',
    'http://[::1]:1',
    'https://kiln.test',
  ])
    assert.ok(to(endpoint).client, endpoint);
  for (const endpoint of ['http://kiln.test', 'http://127.0.0.1.evil.test', 'http://localhost@evil.test'])
    assert.throws(() => to(endpoint), exits(2, /unencrypted/), endpoint);
  assert.throws(() => to('ftp://kiln.test'), exits(2, /not an http or https URL/));
});

test('on Windows the Azure CLI is started by a shell, which gets nothing to interpret', () => {
  assert.deepEqual(
    [azCommand('api://kiln', 'linux').file, azCommand('api://kiln', 'linux').shell],
    ['az', false],
  );
  assert.deepEqual(
    [azCommand('api://kiln', 'win32').file, azCommand('api://kiln', 'win32').shell],
    ['az.cmd', true],
  );
  assert.throws(() => azCommand('api://kiln & calc', 'win32'), exits(2));
});

test('a placeholder that is called like a method of objects has no value either', () => {
  assert.throws(() => fillPlaceholders('{{constructor}}', {}), exits(2, /has no value/));
});

test('what is imported cannot command a pipeline, and stays the same JSON', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'kiln-import-'));
  try {
    const inline = ['echo ##vso[task.setvariable variable=x]y'];
    const template = { properties: { customize: [{ type: 'Shell', name: 'a', inline }] } };
    await writeFile(path.join(folder, 'web.json'), JSON.stringify(template));
    const { stdout } = await run(['import', 'web.json'], folder, { env: { TF_BUILD: 'True' } });
    assert.doesNotMatch(stdout, /##vso/);
    assert.deepEqual(JSON.parse(stdout).properties.customize[0].inline, inline);
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('what the demo makes while it is being ended goes too, and one that fails holds nothing up', async () => {
  const ended: string[] = [];
  const undo = (name: string) => async (): Promise<void> => void ended.push(name);
  const leftovers = new Leftovers(new Output({}));
  leftovers.add(undo('first'));
  leftovers.add(() => Promise.reject(new Error('no')));
  leftovers.add(undo('second'));
  const cleared = leftovers.clear();
  leftovers.add(undo('late'));
  await cleared;
  assert.deepEqual(ended.toSorted(), ['first', 'late', 'second']);
});

test('results are coloured for a terminal only, whatever stderr is', (t) => {
  const streams = [process.stderr, process.stdout] as const;
  const before = streams.map((stream) => Object.getOwnPropertyDescriptor(stream, 'isTTY'));
  const { CI, NO_COLOR, TERM } = process.env;
  t.after(() => {
    for (const [index, stream] of streams.entries()) {
      const old = before[index];
      if (old === undefined) Reflect.deleteProperty(stream, 'isTTY');
      else Object.defineProperty(stream, 'isTTY', old);
    }
    Object.assign(process.env, { CI: CI ?? '', NO_COLOR: NO_COLOR ?? '', TERM: TERM ?? '' });
  });
  Object.assign(process.env, { CI: '', NO_COLOR: '', TERM: 'xterm' });
  const set = (stream: object, value: boolean) =>
    Object.defineProperty(stream, 'isTTY', { value, configurable: true });
  set(process.stderr, true);
  for (const isTerminal of [true, false]) {
    set(process.stdout, isTerminal);
    const out = new Output({});
    assert.ok(out.style.red('x').includes('\u001B'));
    assert.equal(out.resultStyle.red('x').includes('\u001B'), isTerminal);
  }
});

test('a local file that is not the one that its checksum names is refused before anything is sent', async () => {
  await withKiln(endless, async ({ kiln, server, folder }) => {
    await writeFile(path.join(folder, 'a.sh'), 'echo a');
    const step = { type: 'Shell', scriptUri: 'a.sh', sha256Checksum: '0'.repeat(64) };
    await writeFile(path.join(folder, 'web.json'), JSON.stringify({ properties: { customize: [step] } }));
    const { code, stderr } = await kiln(['build', 'web.json']);
    assert.equal(code, 2);
    assert.match(stderr, /\/properties\/customize\/0\/scriptUri {2}a\.sh has the checksum/);
    assert.deepEqual(server.seen, []);
  });
});
