// The app on the real Functions host: Azure Functions Core Tools in the place of local/functions-host, with the same arguments and
// the same ready line. Everything around it, storage, Service Bus and the local cloud, is that of local mode.
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { startHostStorage, type HostStorage } from './host-storage.ts';

const INSTALL =
  'https://learn.microsoft.com/azure/azure-functions/functions-run-local#install-the-azure-functions-core-tools';
const LOOK_MS = 250;
/** The host gives back its leases when it is told to end, and is gone after 2 s; one that hangs is not waited for. */
const GOODBYE_MS = 5_000;
/** Lines of the host that are kept for the one that says why it does not start. */
const TAIL = 200;

/**
 * What Microsoft's host has of its own against pages of the web, which `local/loopback` keeps from all other listeners: names that
 * `Host` may have, by ASP.NET's host filtering, which `func` starts with
 * (https://learn.microsoft.com/aspnet/core/fundamentals/servers/kestrel/host-filtering), and keys for `/admin` and `/runtime`, which
 * it asks for as in Azure when it is told to. Kiln's own operations ask for a token anyway.
 */
const ALLOWED_HOSTS = 'localhost;127.0.0.1;[::1]';
const GUARDED = '--enableAuth';

const { values } = parseArgs({
  options: {
    app: { type: 'string', default: 'dist/app' },
    port: { type: 'string', default: '7071' },
    data: { type: 'string' },
    // Its first start may have to download the extension bundle.
    'start-within': { type: 'string', default: '300' },
  },
});

try {
  const within = Number(values['start-within']) * 1000;
  await start(
    path.resolve(values.app),
    Number(values.port),
    path.resolve(values.data ?? '.kiln/func'),
    within,
  );
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}

async function start(app: string, port: number, data: string, within: number): Promise<void> {
  const version = spawnSync('func', ['--version'], { encoding: 'utf8' });
  if (version.status !== 0)
    throw new Error(`Azure Functions Core Tools ("func") are not installed; see ${INSTALL}`);
  process.stderr.write(`Azure Functions Core Tools ${version.stdout.trim()}\n`);
  const storage = await startHostStorage(path.join(data, 'func-storage'));
  const func = startFunc(app, port, storage);
  // However this process ends, its children end with it.
  process.once('exit', () => {
    signalGroup(func, 'SIGKILL');
    void storage.stop();
  });
  const ended = once(func, 'exit');
  const stop = (): void =>
    void endBeforeStorage(func, ended)
      .then(storage.stop)
      .then(() => process.exit(0));
  process.once('SIGTERM', stop).once('SIGINT', stop);
  func.once('exit', (code) => {
    if (isStopping) return;
    process.stderr.write(`func ended with ${code}\n`);
    process.exit(1);
  });
  const url = `http://127.0.0.1:${port}`;
  const lines = keepTail(func);
  const deadline = Date.now() + within;
  while (!(await isHealthy(`${url}/health`))) {
    if (Date.now() > deadline) throw new Error(whyNot(lines, within));
    await sleep(LOOK_MS);
  }
  const startMs = Math.round(process.uptime() * 1000);
  process.stdout.write(`${JSON.stringify({ ready: true, url, startMs })}\n`);
}

let isStopping = false;

/** A host whose storage is gone tries to give back its leases for most of a minute. */
async function endBeforeStorage(func: ChildProcess, ended: Promise<unknown>): Promise<void> {
  isStopping = true;
  signalGroup(func, 'SIGTERM');
  await Promise.race([ended, sleep(GOODBYE_MS)]);
}

function keepTail(func: ChildProcess): string[] {
  const lines: string[] = [];
  for (const stream of [func.stdout, func.stderr])
    if (stream !== null)
      createInterface(stream).on('line', (line) => {
        lines.push(line);
        if (lines.length > TAIL) lines.shift();
      });
  return lines;
}

function whyNot(lines: readonly string[], within: number): string {
  const last = lines.findLast((line) => /error|exception|fail|must be/i.test(line)) ?? lines.at(-1);
  return `The Functions host did not answer ${within / 1000} s after its start. Its last error: ${last ?? 'it wrote nothing'}`;
}

/** Settings come by the environment: dist/app has no local.settings.json, so that nothing of this machine can be deployed. */
function startFunc(app: string, port: number, { connectionString }: HostStorage): ChildProcess {
  // It tells the host that it runs on Linux Consumption, where functionTimeout may be 10 min at most.
  const { CONTAINER_NAME: _containerName, ...own } = process.env;
  const env = {
    ...own,
    FUNCTIONS_WORKER_RUNTIME: 'node',
    AzureWebJobsStorage: connectionString,
    FUNCTIONS_CORE_TOOLS_TELEMETRY_OPTOUT: '1',
    AllowedHosts: ALLOWED_HOSTS,
  };
  const func = spawn('func', ['start', '--javascript', GUARDED, '--port', String(port)], {
    cwd: app,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  // Its output is the host's log; stdout here is for the ready line alone.
  func.stdout.pipe(process.stderr);
  func.stderr.pipe(process.stderr);
  return func;
}

/** The host has workers below it, which outlive it when it alone is ended. */
function signalGroup({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  try {
    if (pid !== undefined) process.kill(-pid, signal);
  } catch {
    // It has ended by itself.
  }
}

/** The host answers 503 while it starts, and for ever when it cannot; 404 while functions are not indexed. */
async function isHealthy(url: string): Promise<boolean> {
  const answer = await fetch(url).catch(() => undefined);
  return answer?.status === 200;
}
