// Loaded before a service (`node --import`). The supervisor holds the other end of stdin; when that breaks, the
// supervisor is gone, however it ended, and the service ends as if it had been asked to.
const LIMIT_MS = 5000;

process.stdin.once('close', () => {
  setTimeout(() => process.exit(1), LIMIT_MS).unref();
  process.kill(process.pid, 'SIGTERM');
});
process.stdin.on('error', () => process.stdin.destroy()).resume();
// Watching alone is no reason to go on.
if ('unref' in process.stdin) process.stdin.unref();
