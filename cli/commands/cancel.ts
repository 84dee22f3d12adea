import type { Command } from 'commander';
import type { ApiClient } from '../api/client.ts';
import { waitForOperation } from '../api/operations.ts';
import { getRun, listRuns } from '../api/runs.ts';
import { templatePath } from '../api/template-id.ts';
import { requestCancel } from '../api/templates.ts';
import { isFinal, type Run, type TemplateId } from '../api/types.ts';
import { EXIT, type ExitCode } from '../errors.ts';
import { openSession, talksToKiln, type CommonOptions } from './common.ts';

type CancelOptions = CommonOptions & { readonly wait?: boolean };

/** What has become of a wish to cancel, in words that hold. */
type Told = { readonly line: string; readonly value: object; readonly code: ExitCode };

export function registerCancel(program: Command): void {
  talksToKiln(program.command('cancel'))
    .description('cancel the active run of a template; cleanup still happens')
    .argument('<template>', 'name or id')
    .option('-w, --wait', 'return when the run has ended; 1 when it ended otherwise than canceled')
    .action(async (given: string, options: CancelOptions) => {
      const { client, out, template } = openSession(options);
      const id = template(given);
      const { line, value, code } = await cancel(client, id, options.wait === true);
      out.result([line], { template: templatePath(id), ...value });
      process.exitCode = code;
    });
}

async function cancel(client: ApiClient, id: TemplateId, waits: boolean): Promise<Told> {
  const active = (await listRuns(client, id, 0)).find((run) => !isFinal(run.state));
  const reply = await requestCancel(client, id);
  if (reply.status === 204) return nothingRan(id, active && (await getRun(client, id, active.id)));
  // A run that began after the first look is the newest one.
  const run = active ?? (await listRuns(client, id))[0];
  const name = run === undefined ? id.name : `${id.name}/${run.id}`;
  const known = run === undefined ? {} : { runId: run.id };
  if (!waits || run === undefined) {
    const line = `Run ${name} is being canceled. \`kiln show ${name}\` tells how it ended.`;
    return { line, value: { canceling: true, ...known }, code: EXIT.succeeded };
  }
  await waitForOperation(client, reply);
  return ended(name, await getRun(client, id, run.id));
}

/** A cancel comes too late when the last step is over: the run then ends as it would have. */
function ended(name: string, { id, state }: Run): Told {
  const value = { canceling: false, runId: id, state };
  if (state === 'Canceled') return { line: `Run ${name} is canceled.`, value, code: EXIT.succeeded };
  return { line: `Run ${name} was not canceled: it ended ${state}.`, value, code: EXIT.failed };
}

/** `run` was active when we looked and is not any more. */
function nothingRan({ name }: TemplateId, run: Run | undefined): Told {
  if (run !== undefined) return ended(`${name}/${run.id}`, run);
  const line = `No run of ${name} is active; there was nothing to cancel.`;
  return { line, value: { canceling: false }, code: EXIT.succeeded };
}
