import type { CommandView } from '../../../shared/ports/azure.ts';
import type { BuildPlan, CommandPlan } from '../../../shared/model/plan.ts';
import { lastPart } from '../../../shared/model/batch-mark.ts';
import { batchLog } from '../../../shared/planning/names.ts';
import { withoutMark } from '../../../shared/model/exit-mark.ts';
import type { App } from '../../app.ts';
import { tailOf } from './judge-command.ts';
import { withoutSecrets } from './step-secrets.ts';

/** Characters that a message can use. */
const TAIL = 4096;

/** What a command printed last: in its view, or in its log when an agent that is gone has left none there. */
export async function lastOutput(
  app: App,
  { run }: BuildPlan,
  command: CommandPlan,
  view: CommandView | undefined,
): Promise<string> {
  const { script, log } = command;
  const ends = (name: string) => app.store.logs.end(run.ref, run.runId, `${name}.out`, TAIL);
  let said = view === undefined ? '' : tailOf(view);
  // Its own log: what of it belongs to which step may not have been found out yet.
  if (said === '' && script.kind === 'batch')
    said = lastPart(withoutMark(await ends(batchLog(script.index))));
  // And what was handed out from an earlier view the agent may never have written to its log.
  if (said === '') said = withoutMark(await ends(log));
  return withoutSecrets(app, run, command, said);
}

/** What is in the log of a command or a step, which goes on where the view of it stands still. */
export async function lastLogged(app: App, { run }: BuildPlan, command: CommandPlan): Promise<string> {
  const logged = await app.store.logs.end(run.ref, run.runId, `${command.log}.out`, TAIL);
  return withoutSecrets(app, run, command, withoutMark(logged));
}
