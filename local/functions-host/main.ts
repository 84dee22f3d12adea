import { Console } from 'node:console';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { startHost } from './host.ts';
import { logToStderr } from './log.ts';

const USAGE = 'Usage: main.js --app <root dir> --port <n> --data <dir> [--lax]';

// The app's console must not get between the lines on stdout that a supervisor reads.
globalThis.console = new Console({ stdout: process.stderr, stderr: process.stderr });

function fail(error: unknown): never {
  logToStderr('error', 'host', error instanceof Error ? (error.stack ?? error.message) : String(error));
  process.exit(1);
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      app: { type: 'string', default: '.' },
      port: { type: 'string', default: '7071' },
      data: { type: 'string' },
      lax: { type: 'boolean', default: false },
    },
  });
  if (values.data === undefined) throw new Error(`--data is missing. ${USAGE}`);
  const host = await startHost({
    app: path.resolve(values.app),
    port: Number(values.port),
    data: path.resolve(values.data),
    strict: !values.lax,
    environment: process.env,
    log: logToStderr,
  });
  const stop = (): void => void host.stop().then(() => process.exit(0), fail);
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
  // Uptime counts from the start of the process: what a person waits for.
  const startMs = Math.round(process.uptime() * 1000);
  process.stdout.write(`${JSON.stringify({ ready: true, url: host.url, startMs })}\n`);
}

process.on('uncaughtException', fail);
process.on('unhandledRejection', fail);
main().catch(fail);
