import { spawn } from 'node:child_process';

export type CommandOptions = {
  readonly cwd?: string;
  readonly signal?: AbortSignal;
  /** Each line of either stream as it comes, for progress. */
  readonly onLine?: (line: string) => void;
};

const KEPT_STDERR_BYTES = 4096;

/**
 * Runs a program with an argument array and resolves with its standard output.
 * Rejects with the last words of its standard error when it fails.
 */
export function command(
  file: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, {
      cwd: options.cwd,
      // Messages are shown and parsed: the user's language must not change them. Tools for disks live in sbin, which
      // is not on everybody's path.
      env: { ...process.env, LC_ALL: 'C.UTF-8', PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin` },
      stdio: ['ignore', 'pipe', 'pipe'],
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    });
    const stdout: Buffer[] = [];
    let stderr = '';
    const toLines = lineSplitter(options.onLine);
    child.stdout.on('data', (chunk: Buffer) => {
      stdout.push(chunk);
      toLines(chunk);
    });
    child.stderr.on('data', (chunk: Buffer) => {
      stderr = (stderr + chunk.toString()).slice(-KEPT_STDERR_BYTES);
      toLines(chunk);
    });
    child.once('error', (cause) =>
      reject(new Error(`${file} could not be run: ${cause.message}`, { cause })),
    );
    child.once('close', (code, signal) => {
      if (code === 0) resolve(Buffer.concat(stdout).toString());
      else reject(new Error(`${file} ended with ${code ?? signal}: ${stderr.trim() || 'no message'}`));
    });
  });
}

function lineSplitter(onLine: ((line: string) => void) | undefined): (chunk: Buffer) => void {
  if (onLine === undefined) return () => {};
  let rest = '';
  return (chunk) => {
    const lines = (rest + chunk.toString()).split(/[\r\n]+/);
    rest = lines.pop() ?? '';
    for (const line of lines) if (line.trim() !== '') onLine(line.trimEnd());
  };
}
