import type { CommandView } from '../../shared/azure/ports.ts';
import type { BuildPlan, CommandPlan } from '../../shared/build/plan.ts';
import { withoutMark } from '../../shared/guest/exit-mark.ts';
import type { App } from '../app.ts';
import { tailOf } from './judge-command.ts';

/** Characters that a message can use. */
const TAIL = 4096;

/** What a command printed last: in its view, or in its log when an agent that is gone has left none there. */
export async function lastOutput(
  app: App,
  { run }: BuildPlan,
  { log }: CommandPlan,
  view: CommandView | undefined,
): Promise<string> {
  const shown = view === undefined ? '' : tailOf(view);
  return shown === '' ? withoutMark(await app.store.logs.end(run.ref, run.runId, `${log}.out`, TAIL)) : shown;
}
