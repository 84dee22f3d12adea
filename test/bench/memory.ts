// What the processes of local mode have taken at most.
import { readFileSync } from 'node:fs';

/** MB of host and cloud together that a build may take. */
const BUDGET = 300;

/** The largest resident set of a process so far, in MB: https://man7.org/linux/man-pages/man5/proc_pid_status.5.html */
function peak(pid: number): number {
  const kilobytes = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Math.round((Number(kilobytes) * 1024) / 1e6);
}

/** A line on the memory of host and cloud, with its verdict. */
export function memoryLine(pids: Readonly<Record<string, number>>): string {
  const host = peak(pids['host'] ?? 0);
  const cloud = peak(pids['cloud'] ?? 0);
  const verdict = host + cloud <= BUDGET ? 'within' : 'OVER';
  return `memory at most: host ${host} MB, cloud ${cloud} MB, together ${host + cloud} MB, ${verdict} the budget of ${BUDGET} MB`;
}
