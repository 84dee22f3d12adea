import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Command, CommanderError } from 'commander';
import { object, parseJson, text } from './api/json.ts';
import { registerAccess } from './commands/access.ts';
import { registerAudit } from './commands/audit.ts';
import { registerBuild } from './commands/build.ts';
import { registerCancel } from './commands/cancel.ts';
import { registerChecks } from './commands/checks.ts';
import { registerDelete } from './commands/delete.ts';
import { registerDemo } from './demo/command.ts';
import { registerDiff } from './commands/diff.ts';
import { registerDlq } from './commands/dlq.ts';
import { registerDoctor } from './commands/doctor.ts';
import { registerDownload } from './commands/download.ts';
import { registerDrain } from './commands/drain.ts';
import { registerFind } from './commands/find.ts';
import { registerImport } from './commands/import.ts';
import { registerKeep } from './commands/keep.ts';
import { registerLocal } from './commands/local.ts';
import { registerLogs } from './commands/logs.ts';
import { registerOpen } from './commands/open.ts';
import { registerRevisions } from './commands/revisions.ts';
import { registerRetry } from './commands/retry.ts';
import { registerRuns } from './commands/runs.ts';
import { registerSbom } from './commands/sbom.ts';
import { registerSend } from './commands/send.ts';
import { registerShow } from './commands/show.ts';
import { registerVerify } from './commands/verify.ts';
import { registerTrends } from './commands/trends.ts';
import { registerVulns } from './commands/vulns.ts';
import { CliError, EXIT } from './errors.ts';
import { packageRoot } from './local/package-root.ts';
import { Output } from './output/output.ts';
import { systemError } from './system-errors.ts';

const COMMANDS = [
  registerLocal,
  registerDemo,
  registerBuild,
  registerRuns,
  registerShow,
  registerLogs,
  registerOpen,
  registerRetry,
  registerKeep,
  registerCancel,
  registerDelete,
  registerDownload,
  registerVerify,
  registerVulns,
  registerChecks,
  registerSbom,
  registerDiff,
  registerFind,
  registerTrends,
  registerRevisions,
  registerImport,
  registerSend,
  registerDlq,
  registerDrain,
  registerDoctor,
  registerAudit,
  registerAccess,
];

/** Carries out a command line without the names of Node and of the script. Resolves with the exit code. */
export async function runProgram(args: readonly string[]): Promise<number> {
  try {
    await createProgram().parseAsync([...args], { from: 'user' });
    return Number(process.exitCode ?? EXIT.succeeded);
  } catch (error) {
    return exitCodeFor(error, args.includes('--json'));
  }
}

export function createProgram(): Command {
  const program = new Command('kiln')
    .description('Golden VM images for Azure: submit templates, watch runs, fetch results.')
    .version(version(), '-V, --version', 'print the version')
    .exitOverride();
  for (const register of COMMANDS) register(program);
  hintAtHelp(program, []);
  return program;
}

/** After wrong usage the help of the command that was meant is the next step, not the list of all. */
function hintAtHelp(command: Command, above: readonly string[]): void {
  const names = [...above, command.name()];
  command.showHelpAfterError(`(${names.join(' ')} --help tells more)`);
  for (const sub of command.commands) hintAtHelp(sub, names);
}

function version(): string {
  const file = path.join(packageRoot(), 'package.json');
  return text(object(parseJson(readFileSync(file, 'utf8')))['version']) ?? 'unknown';
}

/** Prints what was not printed yet. What is no mistake of the user is thrown on: only a defect ends in a stack trace. */
function exitCodeFor(error: unknown, json: boolean): number {
  // Commander has printed its message or the help text already.
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.succeeded : EXIT.refused;
  const told = error instanceof CliError ? error : systemError(error);
  if (told === undefined) throw error;
  new Output({ json }).complain(told);
  return told.problem.exitCode;
}
