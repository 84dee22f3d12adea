#!/usr/bin/env node
import { EXIT } from './errors.ts';
import { followNpm } from './local/follow-npm.ts';
import { runProgram } from './program.ts';
import { systemError } from './system-errors.ts';

// Node has no SIGPIPE: `kiln logs | head` would end in a stack trace, and so would a full disk behind `>`.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(EXIT.unread);
  const told = systemError(error);
  if (told === undefined) throw error;
  process.stderr.write(`error  ${told.message}\nremedy ${told.problem.remedy ?? ''}\n`);
  process.exit(told.problem.exitCode);
});
// Nobody can be told of it.
process.stderr.on('error', () => process.exit(EXIT.unread));

followNpm(process.env);
process.exitCode = await runProgram(process.argv.slice(2));
// Who leaves does not wait for requests that are under way.
if (process.exitCode === EXIT.detached) process.stdout.write('', () => process.exit());
