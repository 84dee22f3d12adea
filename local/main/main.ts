import { existsSync } from 'node:fs';
import path from 'node:path';
import { parseOptions, type Options } from './options.ts';
import { Refusal } from './ports-in-use.ts';
import { makeSampleWorld } from './sample-world.ts';
import { whatStopCuts } from './runs-under-way.ts';
import { programsOf } from './services.ts';
import { startSupervisor } from './supervisor.ts';

/** An orderly stop is done within this time, or the rest is killed. */
const STOP_LIMIT_MS = 8000;

const say = (line: string): void => console.error(line);

async function main(options: Options): Promise<void> {
  const stopAsked = stopSignal(options);
  const abort = new AbortController();
  void stopAsked.then(() => abort.abort());
  const supervisor = await startSupervisor(options, {
    programs: programsOf(packageRoot(import.meta.dirname)),
    say,
    signal: abort.signal,
  });
  try {
    if (options.sampleWorld) await makeSampleWorld(supervisor.endpoints);
    const { api, arm, subscriptionId, machines } = supervisor.endpoints;
    const { endpointsFile } = supervisor;
    console.log(JSON.stringify({ ready: true, api, arm, subscriptionId, machines, endpointsFile }));
    const reason = await Promise.race([stopAsked, supervisor.broken]);
    const cut = reason === STOP_WISH ? await whatStopCuts(supervisor.endpoints) : undefined;
    say([reason, ...(cut === undefined ? [] : [cut]), 'Stopping.'].join(' '));
    process.exitCode = reason === STOP_WISH ? 0 : 1;
  } finally {
    setTimeout(() => process.exit(1), STOP_LIMIT_MS).unref();
    await supervisor.stop();
    say('Everything is stopped.');
  }
}

const STOP_WISH = 'Asked to stop.';

/** Ctrl-C, SIGTERM, or the end of the parent that holds our stdin. */
function stopSignal({ stopWithStdin }: Options): Promise<string> {
  return new Promise((resolve) => {
    const stop = (): void => resolve(STOP_WISH);
    process.on('SIGINT', stop).on('SIGTERM', stop).on('SIGHUP', stop);
    if (stopWithStdin) process.stdin.on('end', stop).on('close', stop).resume();
  });
}

/** The folder with package.json: the same from source and from dist/. */
function packageRoot(folder: string): string {
  if (existsSync(path.join(folder, 'package.json'))) return folder;
  const parent = path.dirname(folder);
  if (parent === folder) throw new Error(`No package.json above ${import.meta.dirname}.`);
  return packageRoot(parent);
}

try {
  await main(parseOptions(process.argv.slice(2), process.cwd()));
} catch (error) {
  say(error instanceof Error ? error.message : String(error));
  process.exitCode = error instanceof Refusal ? 2 : 1;
}
// Pipes of children that were killed must not keep us.
process.exit();
