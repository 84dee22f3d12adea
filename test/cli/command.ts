// Runs the command as its users do: a process with arguments, environment and exit code.
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { SUBSCRIPTION, StandIn, TOKEN, type Script } from './stand-in.ts';

const MAIN = path.resolve(import.meta.dirname, '../../cli/main.ts');

export type Outcome = { code: number | null; stdout: string; stderr: string };

export type Bench = {
  server: StandIn;
  folder: string;
  kiln: (args: string[], options?: RunOptions) => Promise<Outcome>;
};

export type RunOptions = {
  env?: Record<string, string | undefined>;
  /** Called with everything written so far, after each piece of output. */
  onOutput?: (text: string, child: ChildProcess) => void;
};

/** A stand-in service, a temporary folder and the command in it; everything is gone afterwards. */
export async function withKiln(script: Script, test: (bench: Bench) => Promise<void>): Promise<void> {
  const server = new StandIn(script);
  const url = await server.listen();
  const folder = await mkdtemp(path.join(tmpdir(), 'kiln-cli-'));
  const defaults = {
    KILN_ENDPOINT: url,
    KILN_TOKEN: TOKEN,
    KILN_SUBSCRIPTION: SUBSCRIPTION,
    KILN_RESOURCE_GROUP: 'images',
  };
  try {
    await test({
      server,
      folder,
      kiln: (args, options) => run(args, folder, { ...options, env: { ...defaults, ...options?.env } }),
    });
  } finally {
    await server.close();
    await rm(folder, { recursive: true, force: true });
  }
}

/** Runs the command in `folder`, with nothing of this process's settings but PATH, HOME and where compiled code is kept. */
export function run(args: string[], folder: string, options: RunOptions = {}): Promise<Outcome> {
  const { PATH, HOME, NODE_COMPILE_CACHE } = process.env;
  const child = spawn(process.execPath, [MAIN, ...args], {
    cwd: folder,
    env: { PATH, HOME, NODE_COMPILE_CACHE, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (data: Buffer) => {
    stdout += data.toString();
    options.onOutput?.(stdout + stderr, child);
  });
  child.stderr.on('data', (data: Buffer) => {
    stderr += data.toString();
    options.onOutput?.(stdout + stderr, child);
  });
  return new Promise((resolve) => {
    child.once('close', (code) => resolve({ code, stdout, stderr }));
  });
}
