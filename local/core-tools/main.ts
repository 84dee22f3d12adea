// The app on the real Functions host: Azure Functions Core Tools in the place of local/functions-host, with the same arguments and
// the same ready line. Everything around it, storage, Service Bus and the local cloud, is that of local mode.
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { startHostStorage, type HostStorage } from './host-storage.ts';

const INSTALL =
  'https://learn.microsoft.com/azure/azure-functions/functions-run-local#install-the-azure-functions-core-tools';
const LOOK_MS = 250;

const { values } = parseArgs({
  options: {
    app: { type: 'string', default: 'dist/app' },
    port: { type: 'string', default: '7071' },
    data: { type: 'string' },
  },
});

try {
  await start(path.resolve(values.app), Number(values.port), path.resolve(values.data ?? '.kiln/func'));
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}

async function start(app: string, port: number, data: string): Promise<void> {
  const version = spawnSync('func', ['--version'], { encoding: 'utf8' });
  if (version.status !== 0)
    throw new Error(`Azure Functions Core Tools ("func") are not installed; see ${INSTALL}`);
  process.stderr.write(`Azure Functions Core Tools ${version.stdout.trim()}\n`);
  const storage = await startHostStorage(path.join(data, 'func-storage'));
  const func = startFunc(app, port, storage);
  // However this process ends, its children end with it.
  process.once('exit', () => {
    storage.stop();
    endGroup(func);
  });
  const stop = (): void => process.exit(0);
  process.once('SIGTERM', stop).once('SIGINT', stop);
  func.once('exit', (code) => {
    process.stderr.write(`func ended with ${code}\n`);
    process.exit(1);
  });
  const url = `http://127.0.0.1:${port}`;
  while (!(await answers(`${url}/health`))) await sleep(LOOK_MS);
  const startMs = Math.round(process.uptime() * 1000);
  process.stdout.write(`${JSON.stringify({ ready: true, url, startMs })}\n`);
}

/** Settings come by the environment: dist/app has no local.settings.json, so that nothing of this machine can be deployed. */
function startFunc(app: string, port: number, { connectionString }: HostStorage): ChildProcess {
  const env = {
    ...process.env,
    FUNCTIONS_WORKER_RUNTIME: 'node',
    AzureWebJobsStorage: connectionString,
    FUNCTIONS_CORE_TOOLS_TELEMETRY_OPTOUT: '1',
  };
  const func = spawn('func', ['start', '--javascript', '--port', String(port)], {
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
function endGroup({ pid }: ChildProcess): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGTERM');
  } catch {
    // It has ended by itself.
  }
}

/** Any answer of the app's own says that functions are indexed; the host answers 404 or nothing before. */
async function answers(url: string): Promise<boolean> {
  const answer = await fetch(url).catch(() => undefined);
  return answer !== undefined && answer.status !== 404;
}
