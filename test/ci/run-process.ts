import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** Each step compiles the same copy of the command: a second of CPU, unless it finds what the step before made of it. */
const COMPILED = mkdtempSync(path.join(tmpdir(), 'kiln-compiled-'));
process.once('exit', () => rmSync(COMPILED, { recursive: true, force: true }));

export type Ended = { code: number | null; output: string };

/** Runs a process with exactly this environment and a place for compiled code; what it leaves in the background is told as its group. */
export function runProcess(
  command: string,
  args: string[],
  options: { cwd: string; env: Record<string, string | undefined> },
): Promise<Ended & { group: number }> {
  const env = { NODE_COMPILE_CACHE: COMPILED, ...options.env };
  const child = spawn(command, args, { ...options, env, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (data: Buffer) => {
      output += data.toString();
    });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    // A background process holds the pipes open, as on a runner: the end of the shell is the end of the step.
    child.once('exit', (code) => setTimeout(() => resolve({ code, output, group: child.pid ?? 0 }), 50));
  });
}

/** Ends what a step left in the background. */
export function endGroup(group: number): void {
  try {
    process.kill(-group, 'SIGTERM');
  } catch {
    // It has ended already.
  }
}
