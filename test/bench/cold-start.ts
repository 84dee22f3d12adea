import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { ROOT } from '../support/local-kiln.ts';

/** What a start of the Functions worker does before the first request: a new process, the app loaded, all functions registered. */
const PROGRAM = `
  const { loadApp } = await import(process.argv[1]);
  const app = await loadApp(process.argv[2], () => undefined);
  console.log(JSON.stringify({ ms: process.uptime() * 1000, functions: app.functions.size }));
  process.exit();
`;

export type ColdStart = {
  readonly medianMs: number;
  readonly allMs: readonly number[];
  readonly functions: number;
};

/** Starts the app `times` times, one after the other. Milliseconds count from the start of the process. */
export function measureColdStart(app: string, times: number): ColdStart {
  const loader = path.join(ROOT, 'dist/local/functions-host/load.js');
  const starts = Array.from({ length: times }, () => {
    const args = ['--input-type=module', '-e', PROGRAM, loader, app];
    const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
    if (stdout === '') throw new Error(stderr);
    return JSON.parse(stdout);
  });
  const allMs = starts.map(({ ms }) => Math.round(ms)).toSorted((a, b) => a - b);
  return { medianMs: allMs[Math.floor(times / 2)] ?? 0, allMs, functions: starts[0].functions };
}
