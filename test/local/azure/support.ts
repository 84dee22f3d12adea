// The local cloud as its users have it: a child process with Azurite beside it, and the unmodified SDKs in front.
import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { ComputeManagementClient } from '@azure/arm-compute';
import { ResourceManagementClient } from '@azure/arm-resources';
import { isObject, parseObject, textAt, type JsonObject } from '../../../local/azure/json.ts';
import { startAzurite } from '../../../local/storage/azurite.ts';

export const LOCATION = 'westeurope';
/** For the SDK's own poller, which waits two seconds when the service does not say. */
export const QUICK = { updateIntervalInMs: 5 };
const ROOT = path.resolve(import.meta.dirname, '../../..');

export type Answer = { status: number; body: JsonObject; headers: Headers };

export type RunningCloud = {
  readonly url: string;
  readonly ready: JsonObject;
  readonly subscriptionId: string;
  readonly dataDir: string;
  readonly pid: number;
  readonly stderr: () => string;
  readonly compute: ComputeManagementClient;
  readonly resources: ResourceManagementClient;
  /** A raw call with a token and the pinned api-version; `path` starts below the subscription. */
  readonly call: (
    method: string,
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
  ) => Promise<Answer>;
  /** As `call`, then polls the operation to its end and gives its last status body. */
  readonly settle: (method: string, path: string, body?: unknown) => Promise<JsonObject>;
  /** Milliseconds that the process took to end. */
  readonly stop: () => Promise<number>;
};

export type CloudFixture = {
  readonly dir: string;
  readonly connectionString: string;
  readonly start: (options?: StartOptions) => Promise<RunningCloud>;
  readonly [Symbol.asyncDispose]: () => Promise<void>;
};

export type StartOptions = {
  /** Content of the profile file. */
  readonly profile?: unknown;
  /** Name of the data directory; the same name sees the same resources. */
  readonly data?: string;
  readonly record?: string;
  readonly appUrl?: string;
};

/** Azurite and a directory; each `start` is one cloud process. Disposing ends all of them. */
export async function cloudFixture(): Promise<CloudFixture> {
  const dir = await mkdtemp(path.join(os.tmpdir(), 'kiln-cloud-'));
  const azurite = await startAzurite({ location: path.join(dir, 'azurite') });
  const running = new Set<ChildProcess>();
  return {
    dir,
    connectionString: azurite.connectionString,
    start: (options = {}) => startCloud(dir, azurite.connectionString, running, options),
    [Symbol.asyncDispose]: async () => {
      for (const child of running) child.kill('SIGKILL');
      await azurite.stop();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

async function startCloud(
  dir: string,
  storage: string,
  running: Set<ChildProcess>,
  options: StartOptions,
): Promise<RunningCloud> {
  const dataDir = path.join(dir, options.data ?? `cloud-${running.size}`);
  const args = ['--port', '0', '--data', dataDir, '--machines', 'simulated', '--storage', storage];
  if (options.profile !== undefined) {
    const file = path.join(dir, `profile-${running.size}.json`);
    await writeFile(file, JSON.stringify(options.profile));
    args.push('--profile', file);
  }
  if (options.record !== undefined) args.push('--record', options.record);
  if (options.appUrl !== undefined) args.push('--app-url', options.appUrl);
  const child = spawn(process.execPath, [path.join(ROOT, 'local/azure/main.ts'), ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.add(child);
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const exited = once(child, 'exit').then(() => {
    throw new Error(`The cloud ended at its start:\n${stderr}`);
  });
  const first: readonly unknown[] = await Promise.race([once(createInterface(child.stdout), 'line'), exited]);
  exited.catch(() => undefined);
  const ready = parseObject(String(first[0])) ?? {};
  const url = textAt(ready, 'url') ?? '';
  const subscriptionId = textAt(ready, 'subscriptionId') ?? '';
  secrets.set(url, textAt(ready, 'clientSecret') ?? '');
  const token = await tokenFor(url, url);
  const call = caller(url, subscriptionId, token);
  return {
    url,
    ready,
    subscriptionId,
    dataDir,
    pid: child.pid ?? 0,
    stderr: () => stderr,
    ...sdk(url, subscriptionId, token),
    call,
    settle: (method, target, body) => settle(call, token, { method, target, body }),
    stop: async () => {
      const started = Date.now();
      if (child.exitCode === null) {
        const gone = once(child, 'exit');
        child.kill('SIGTERM');
        await gone;
      }
      return Date.now() - started;
    },
  };
}

/** Of each cloud that was started here. */
const secrets = new Map<string, string>();

export async function tokenFor(url: string, audience: string): Promise<string> {
  const answer = await fetch(`${url}/adfs/oauth2/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: 'test',
      client_secret: secrets.get(url) ?? '',
      scope: `${audience}/.default`,
    }),
  });
  return textAt(await read(answer), 'access_token') ?? '';
}

async function read(answer: Response): Promise<JsonObject> {
  const text = await answer.text();
  return parseObject(text) ?? (text === '' ? {} : { list: text });
}

/** What the app pins: the newest versions whose official specifications are at hand. */
const PINNED: readonly [RegExp, string][] = [
  [/\/providers\/Microsoft\.Compute\/galleries(\/|$)/i, '2023-07-03'],
  [/\/providers\/Microsoft\.Compute\/(disks|snapshots)(\/|$)/i, '2024-03-02'],
  [/\/providers\/Microsoft\.Compute\/skus$/i, '2021-07-01'],
  [/\/providers\/Microsoft\.Compute\//i, '2024-07-01'],
  [/\/providers\/Microsoft\.Network\//i, '2024-01-01'],
  [/\/subscriptions\/[^/]+(\/resource(group)?s.*)?$/i, '2024-07-01'],
];

export function pinned(pathname: string): string {
  return PINNED.find(([pattern]) => pattern.test(pathname))?.[1] ?? '2024-07-01';
}

function sdk(endpoint: string, subscriptionId: string, token: string) {
  const credential = { getToken: () => Promise.resolve({ token, expiresOnTimestamp: Date.now() + 3.6e6 }) };
  const options = { endpoint, allowInsecureConnection: true, retryOptions: { maxRetries: 0 } };
  const compute = new ComputeManagementClient(credential, subscriptionId, options);
  const resources = new ResourceManagementClient(credential, subscriptionId, options);
  for (const { pipeline } of [compute, resources]) {
    // The SDK refuses to send a token over plain http; this is the loopback address.
    pipeline.removePolicy({ name: 'bearerTokenAuthenticationPolicy' });
    pipeline.addPolicy({
      name: 'testPinnedBearer',
      sendRequest: async (request, next) => {
        request.headers.set('authorization', `Bearer ${token}`);
        const { pathname } = new URL(request.url);
        if (!/operations\//i.test(pathname))
          request.url = request.url.replace(/([?&]api-version=)[^&]*/i, `$1${pinned(pathname)}`);
        const answer = await next(request);
        // core-lro knows whole seconds only; the app's own poller honours retry-after-ms, as this does.
        if (answer.headers.has('retry-after-ms')) {
          await sleep(Number(answer.headers.get('retry-after-ms')));
          answer.headers.delete('retry-after');
        }
        return answer;
      },
    });
  }
  return { compute, resources };
}

function caller(url: string, subscriptionId: string, token: string): RunningCloud['call'] {
  return async (method, target, body, headers = {}) => {
    const address = new URL(
      target.startsWith('http') ? target : `${url}/subscriptions/${subscriptionId}${target}`,
    );
    if (!address.searchParams.has('api-version'))
      address.searchParams.set('api-version', pinned(address.pathname));
    const answer = await fetch(address, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: answer.status, body: await read(answer), headers: answer.headers };
  };
}

async function settle(
  call: RunningCloud['call'],
  _token: string,
  { method, target, body }: { method: string; target: string; body: unknown },
): Promise<JsonObject> {
  const first = await call(method, target, body);
  if (first.status >= 400) assert.fail(`${method} ${target}: ${first.status} ${JSON.stringify(first.body)}`);
  const status = first.headers.get('azure-asyncoperation');
  const location = first.headers.get('location');
  if (status !== null)
    return until(async () => {
      const { body: poll } = await call('GET', status);
      return poll['status'] === 'InProgress' ? undefined : poll;
    });
  if (location === null) return { status: 'Succeeded' };
  return until(async () => {
    const poll = await call('GET', location);
    return poll.status === 202
      ? undefined
      : { status: poll.status < 300 ? 'Succeeded' : 'Failed', ...poll.body };
  });
}

/** Polls until there is a value. */
export async function until<T>(
  probe: () => Promise<T | undefined> | T | undefined,
  seconds = 15,
): Promise<T> {
  const deadline = Date.now() + seconds * 1000;
  while (Date.now() < deadline) {
    const value = await probe();
    if (value !== undefined) return value;
    await sleep(10);
  }
  throw new Error(`Nothing after ${seconds} s: ${probe.toString().slice(0, 200)}`);
}

/** Asserts a refusal in ARM's form and gives its message. */
export function assertRefused(answer: Answer, status: number, code: string): string {
  assert.deepEqual(
    [answer.status, textAt(answer.body, 'error.code')],
    [status, code],
    JSON.stringify(answer.body),
  );
  const message = textAt(answer.body, 'error.message') ?? '';
  assert.notEqual(message, '');
  return message;
}

export function errorOf(error: unknown): { statusCode: unknown; code: unknown; message: string } {
  assert.ok(isObject(error) || error instanceof Error);
  const { statusCode, code, message } = error as { statusCode?: unknown; code?: unknown; message: string };
  return { statusCode, code, message };
}
