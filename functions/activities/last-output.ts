import type { CommandView } from '../../shared/azure/ports.ts';
import type { BuildPlan, CommandPlan } from '../../shared/build/plan.ts';
import { withoutMark } from '../../shared/guest/exit-mark.ts';
import type { App } from '../app.ts';
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
  const shown = view === undefined ? '' : tailOf(view);
  const logged = async () => app.store.logs.end(run.ref, run.runId, `${command.log}.out`, TAIL);
  return withoutSecrets(app, run, command, shown === '' ? withoutMark(await logged()) : shown);
}
