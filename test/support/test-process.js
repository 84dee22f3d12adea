// Preloaded into the runner and into each test file's process.
import { subscribe } from 'node:diagnostics_channel';

/** No file takes half of this on two busy cores; one that never gives its event loop back is not ended by its tests' timeouts. */
const LONGEST_FILE_MS = 25 * 60_000;

if (process.env.NODE_TEST_CONTEXT === undefined) endFilesThatHang();
else {
  // `--test-force-exit` ends the process while its report is still in the pipe, and what is lost then are tests that nobody
  // misses: 59 of 1055 once. A pipe that blocks has everything before the process ends.
  process.stdout._handle?.setBlocking?.(true);
  endWithoutTeardown();
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
