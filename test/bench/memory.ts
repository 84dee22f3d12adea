// What the processes of local mode take while they build.
import { readFileSync } from 'node:fs';

/** MB of host and cloud together that a build may take. */
const BUDGET = 300;
const EVERY_MS = 500;

type Pids = Readonly<Record<string, number>>;

/**
 * Memory of a process in MB, with what it shares counted in parts: both run the same Node, whose code is there once.
 * https://docs.kernel.org/filesystems/proc.html, Pss
 */
function memoryOf(pid: number): number {
  const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
  return (Number(/^Pss:\s+(\d+) kB$/m.exec(rollup)?.[1]) * 1024) / 1e6;
}

/** Looks at host and cloud from now on. The result ends that and tells the largest sum, with its verdict. */
export function watchMemory({ host = 0, cloud = 0 }: Pids): () => string {
  let most = { host: 0, cloud: 0 };
  const look = (): void => {
    const now = { host: memoryOf(host), cloud: memoryOf(cloud) };
    if (now.host + now.cloud > most.host + most.cloud) most = now;
  };
  look();
  const timer = setInterval(look, EVERY_MS);
  return () => {
    clearInterval(timer);
    const sum = Math.round(most.host + most.cloud);
    const parts = `host ${Math.round(most.host)} MB, cloud ${Math.round(most.cloud)} MB`;
    return `memory at most: ${parts}, together ${sum} MB, ${sum <= BUDGET ? 'within' : 'OVER'} the budget of ${BUDGET} MB`;
  };
}
