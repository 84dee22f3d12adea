#!/usr/bin/env node
import { Command, CommanderError } from 'commander';
import { registerBuild } from './commands/build.ts';
import { registerCancel } from './commands/cancel.ts';
import { registerDelete } from './commands/delete.ts';
import { registerDemo } from './commands/demo.ts';
import { registerDlq } from './commands/dlq.ts';
import { registerDownload } from './commands/download.ts';
import { registerDrain } from './commands/drain.ts';
import { registerImport } from './commands/import.ts';
import { registerLocal } from './commands/local.ts';
import { registerLogs } from './commands/logs.ts';
import { registerRetry } from './commands/retry.ts';
import { registerAccess } from './commands/access.ts';
import { registerAudit } from './commands/audit.ts';
import { registerRuns } from './commands/runs.ts';
import { registerSend } from './commands/send.ts';
import { registerShow } from './commands/show.ts';
import { CliError, EXIT } from './errors.ts';
import { Output } from './output/output.ts';

const program = new Command('kiln')
  .description('Golden VM images for Azure: submit templates, watch runs, fetch results.')
  .showHelpAfterError('(kiln --help lists the commands)')
  .exitOverride();

for (const register of [
  registerLocal,
  registerDemo,
  registerBuild,
  registerRuns,
  registerShow,
  registerLogs,
  registerRetry,
  registerCancel,
  registerDelete,
  registerDownload,
  registerImport,
  registerSend,
  registerDlq,
  registerAudit,
  registerAccess,
  registerDrain,
])
  register(program);

// Node has no SIGPIPE: `kiln logs | head` would end in a stack trace.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(EXIT.unread);
});

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = exitCodeFor(error);
}
// Who leaves does not wait for requests that are under way.
if (process.exitCode === EXIT.detached) process.stdout.write('', () => process.exit());

/** Prints what was not printed yet and tells the exit code. */
function exitCodeFor(error: unknown): number {
  // Commander has printed its message or the help text already.
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.succeeded : EXIT.refused;
  if (!(error instanceof CliError)) throw error;
  new Output({ json: process.argv.includes('--json') }).complain(error);
  return error.problem.exitCode;
}
