// Preloaded into the runner and into each test file's process.
import { subscribe } from 'node:diagnostics_channel';
import { appendFileSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** No file takes half of this on two busy cores; one that never gives its event loop back is not ended by its tests' timeouts. */
const LONGEST_FILE_MS = 25 * 60_000;

if (process.env.NODE_TEST_CONTEXT === undefined) endFilesThatHang();
else {
  // `--test-force-exit` ends the process while its report is still in the pipe, and what is lost then are tests that nobody
  // misses: 59 of 1055 once. A pipe that blocks has everything before the process ends.
  process.stdout._handle?.setBlocking?.(true);
  if (process.env.KILN_TEST_CPU !== undefined) process.on('exit', noteCpu);
  endWithoutTeardown();
}

/**
 * Adds a line to the file that KILN_TEST_CPU names: what this test file has cost, in seconds of CPU, and what the processes that it
 * started and waited for have. Wall time says little on a machine that others use. Linux only: `man 5 proc_pid_stat`.
 */
function noteCpu() {
  const ticksPerSecond = 100;
  const fields = readFileSync('/proc/self/stat', 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ');
  const [own, system, children, childrenSystem] = fields.slice(11, 15).map(Number);
  const file = path.relative(process.cwd(), process.argv[1] ?? '');
  const line = {
    file,
    own: (own + system) / ticksPerSecond,
    children: (children + childrenSystem) / ticksPerSecond,
    wall: Math.round(process.uptime()),
  };
  appendFileSync(process.env.KILN_TEST_CPU, `${JSON.stringify(line)}\n`);
}

function endFilesThatHang() {
  subscribe('child_process', ({ process: file }) => {
    const timer = setTimeout(() => {
      file.kill('SIGKILL');
      // A child of it may have the pipe still.
      file.stdout?.destroy(
        new Error(`It was ended: it ran for more than ${LONGEST_FILE_MS / 60_000} minutes.`),
      );
    }, LONGEST_FILE_MS).unref();
    file.once('exit', () => clearTimeout(timer));
  });
}

/**
 * Node's own end of a process waits for ever once in some ten thousand times (https://github.com/nodejs/node/issues/54918), and a CI
 * run with it. Another program in its place has no threads to wait for.
 */
function endWithoutTeardown() {
  if (process.execve === undefined || process.platform === 'win32') return;
  const end = process.reallyExit;
  process.reallyExit = (code) => {
    process.removeAllListeners('warning');
    try {
      process.execve('/bin/sh', ['sh', '-c', `exit ${Number(code)}`], {});
    } catch {
      end.call(process, code);
    }
  };
}
