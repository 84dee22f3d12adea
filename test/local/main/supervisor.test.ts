import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Options } from '../../../local/main/options.ts';
import { startSupervisor, type Parts, type Supervisor } from '../../../local/main/supervisor.ts';

/** Both start at once, so that either may be up, and stopped, first. */
const GROUND = ['service-bus stop', 'storage stop'];

const FAKE = fileURLToPath(new URL('./fake-service.ts', import.meta.url));

type Bench = {
  data: string;
  said: string[];
  start: (change?: { parts?: Partial<Parts>; options?: Partial<Options> }) => Promise<Supervisor>;
  notes: () => Promise<string[]>;
  endpoints: () => Promise<{ pids: Record<string, number>; api: string; tokenUrl: string; audience: string }>;
};

/** A data folder and supervisors over fake services; `behaviour` by service name. All of it ends with the test. */
async function withFakes(
  behaviour: Record<string, string>,
  run: (bench: Bench) => Promise<void>,
): Promise<void> {
  const data = await mkdtemp(path.join(tmpdir(), 'kiln-main-'));
  const said: string[] = [];
  const started: Supervisor[] = [];
  const notes = async (): Promise<string[]> =>
    (await readFile(path.join(data, 'notes.txt'), 'utf8').catch(() => '')).split('\n').filter(Boolean);
  for (const [name, what] of Object.entries(behaviour)) process.env[`FAKE_${name.toUpperCase()}`] = what;
  const options: Options = {
    ports: { api: 0, cloud: 18_999, https: 0, storage: 0, serviceBus: 18_998, serviceBusTls: 0 },
    data,
    machines: 'auto',
    profile: undefined,
    record: undefined,
    authorization: undefined,
    sampleWorld: false,
    stopWithStdin: false,
  };
  const parts: Parts = {
    programs: { storage: FAKE, serviceBus: FAKE, cloud: FAKE, host: FAKE, app: '.', authorization: 'none' },
    say: (line) => said.push(line),
    backOff: { firstMs: 10, longestMs: 40, calmMs: 60_000 },
  };
  try {
    await run({
      data,
      said,
      notes,
      start: async (change) => {
        const supervisor = await startSupervisor(
          { ...options, ...change?.options },
          { ...parts, ...change?.parts },
        );
        started.push(supervisor);
        return supervisor;
      },
      endpoints: async () =>
        JSON.parse(await readFile(path.join(data, 'endpoints.json'), 'utf8')) as Awaited<
          ReturnType<Bench['endpoints']>
        >,
    });
  } finally {
    for (const supervisor of started) await supervisor.stop();
    for (const name of Object.keys(behaviour)) delete process.env[`FAKE_${name.toUpperCase()}`];
    await rm(data, { recursive: true, force: true });
  }
}

async function until(what: string, isSo: () => Promise<boolean> | boolean): Promise<void> {
  const deadline = Date.now() + 8000;
  while (!(await isSo())) {
    assert.ok(Date.now() < deadline, `still not: ${what}`);
    await sleep(20);
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

test('it starts storage and Service Bus, then the cloud, then the host, and hands each what it needs', async () => {
  await withFakes({}, async ({ start, notes, endpoints, data }) => {
    const supervisor = await start();
    const { api } = supervisor.endpoints;
    const port = new URL(api).port;
    const noted = await notes();
    const ground = ['service-bus start port=18998', 'storage start port=0'];
    assert.deepEqual(noted.slice(0, 2).toSorted(), ground);
    assert.deepEqual(noted.slice(2), [
      'cloud start port=18999',
      `host start port=${port}`,
      `host env ${api} http://127.0.0.1:18999/adfs secret`,
    ]);
    const written = await endpoints();
    assert.equal(written.tokenUrl, 'http://127.0.0.1:18999/adfs/oauth2/token');
    assert.equal(written.audience, api);
    assert.equal((await stat(path.join(data, 'endpoints.json'))).mode & 0o777, 0o600);
  });
});

test('it stops in reverse order and leaves no endpoints file', async () => {
  await withFakes({}, async ({ start, notes, endpoints }) => {
    const supervisor = await start();
    await supervisor.stop();
    const last = (await notes()).slice(-4);
    assert.deepEqual(last.slice(0, 2), ['host stop', 'cloud stop']);
    assert.deepEqual(last.slice(2).toSorted(), GROUND);
    await assert.rejects(endpoints, { code: 'ENOENT' });
  });
});

test('a host that is killed comes back at the same address, and the endpoints tell its new process', async () => {
  await withFakes({}, async ({ start, notes, endpoints, said }) => {
    await start();
    const before = await endpoints();
    process.kill(before.pids['host']!, 'SIGKILL');
    await until('a new host', async () => (await endpoints()).pids['host'] !== before.pids['host']);
    const starts = (await notes()).filter((note) => note.startsWith('host start'));
    assert.equal(starts.length, 2);
    assert.equal(starts[0], starts[1]);
    assert.ok(said.some((line) => line.includes('The host ended with signal SIGKILL')));
  });
});

test('a Service Bus that is killed comes back at its port, and the endpoints tell its new process', async () => {
  await withFakes({}, async ({ start, notes, endpoints, said }) => {
    await start();
    const before = await endpoints();
    process.kill(before.pids['service-bus']!, 'SIGKILL');
    await until(
      'a new one',
      async () => (await endpoints()).pids['service-bus'] !== before.pids['service-bus'],
    );
    const starts = (await notes()).filter((note) => note.startsWith('service-bus start'));
    assert.deepEqual(starts, ['service-bus start port=18998', 'service-bus start port=18998']);
    assert.equal((await endpoints()).pids['host'], before.pids['host'], 'the host goes on');
    assert.ok(said.some((line) => line.includes('The service-bus ended with signal SIGKILL')));
  });
});

test('a Service Bus whose chosen port was taken meanwhile is started at another one', async () => {
  await withFakes({ 'service-bus': 'finds its port taken once' }, async ({ start, notes, said }) => {
    const ports = { api: 0, cloud: 18_999, https: 0, storage: 0, serviceBus: 0, serviceBusTls: 0 };
    await start({ options: { ports } });
    const [first, second, ...more] = (await notes()).flatMap(
      (line) => /^service-bus start port=(\d+)$/.exec(line)?.[1] ?? [],
    );
    assert.deepEqual([more, first === second], [[], false]);
    assert.ok(said.some((line) => line.startsWith(`The Service Bus is ready at port ${second},`)));
  });
});

test('a host that keeps dying is started again and again, with growing pauses that are told', async () => {
  await withFakes({}, async ({ start, endpoints, said }) => {
    await start();
    process.env['FAKE_HOST'] = 'dies at once';
    process.kill((await endpoints()).pids['host']!, 'SIGKILL');
    await until('three attempts', () => said.filter((line) => line.includes('the disk is full')).length >= 3);
    process.env['FAKE_HOST'] = '';
    await until('it is back', () => said.some((line) => line.includes('is back')));
    delete process.env['FAKE_HOST'];
  });
});

test('stop ends a supervisor whose host is just being started again', async () => {
  await withFakes({}, async ({ start, endpoints, said, notes }) => {
    const supervisor = await start({ parts: { backOff: { firstMs: 60_000, longestMs: 60_000, calmMs: 1 } } });
    process.kill((await endpoints()).pids['host']!, 'SIGKILL');
    await until('the host is missed', () => said.some((line) => line.includes('The host ended')));
    await supervisor.stop();
    assert.deepEqual((await notes()).slice(-2).toSorted(), GROUND);
  });
});

test('a host that does not work at first is an error with the end of its log, and nothing is left', async () => {
  await withFakes({ host: 'dies at once' }, async ({ start, notes }) => {
    await assert.rejects(
      start(),
      /The host ended with exit code 7 before it was ready[\s\S]*\| the disk is full/,
    );
    const last = (await notes()).slice(-3);
    assert.equal(last[0], 'cloud stop');
    assert.deepEqual(last.slice(1).toSorted(), GROUND);
  });
});

test('a start can be stopped while a service is not ready', async () => {
  await withFakes({ cloud: 'never ready' }, async ({ start, notes }) => {
    const abort = new AbortController();
    const starting = start({ parts: { signal: abort.signal } });
    const refused = assert.rejects(starting, /cloud was stopped before it was ready/);
    await until('the cloud has begun', async () => (await notes()).length === 3);
    abort.abort();
    await refused;
  });
});

test('a service that ignores SIGTERM, and what it started, are gone after the stop', async () => {
  await withFakes({ host: 'ignores SIGTERM', cloud: 'has a child' }, async ({ start, notes, endpoints }) => {
    const supervisor = await start();
    const { pids } = await endpoints();
    const child = Number(/child=(\d+)/.exec((await notes()).join())?.[1]);
    assert.ok(isAlive(child));
    const began = Date.now();
    await supervisor.stop();
    assert.ok(Date.now() - began < 8000);
    await until('all are gone', () => ![pids['host']!, pids['cloud']!, child].some(isAlive));
  });
});

test('a second supervisor on the same data is refused; after the first one it may start', async () => {
  await withFakes({}, async ({ start, endpoints }) => {
    const first = await start();
    await assert.rejects(start(), /Another local mode uses .*Stop it first/);
    assert.equal((await endpoints()).api, first.endpoints.api, 'the first one is untouched');
    await first.stop();
    await start();
  });
});

test('the end of the cloud is reported: without it nothing can go on', async () => {
  await withFakes({}, async ({ start, endpoints }) => {
    const supervisor = await start();
    process.kill((await endpoints()).pids['cloud']!, 'SIGKILL');
    assert.equal(await supervisor.broken, 'The cloud ended with signal SIGKILL.');
  });
});

test('when the supervisor itself is killed its services notice and end, and the data can be used again', async () => {
  await withFakes({}, async ({ data, start, notes }) => {
    const script = fileURLToPath(new URL('./supervisor-process.ts', import.meta.url));
    const child = spawn(process.execPath, [script, data], { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(child.stdout, 'data');
    child.kill('SIGKILL');
    await until(
      'all have ended',
      async () => (await notes()).filter((note) => note.endsWith(' stop')).length === 4,
    );
    await start();
  });
});
