import type { CommandView } from '../../../shared/ports/azure.ts';
import { SECOND, timestamp } from '../../../shared/model/time.ts';
import type { App } from '../../app.ts';
import type { Input, Seen } from '../../contract.ts';

/** Scripts whose log Kiln itself reads: what is missing there would be a finding. */
const READ_BY_KILN = ['inventory', 'checks', 'hygiene'];
/** The handler appends every 15 s: https://github.com/Azure/run-command-handler-linux */
const PATIENCE = 30 * SECOND;
/** The next look. */
export const LATE_LOG_MS = SECOND;
const BYTES = 4096;
/** Characters at the end that the view and the log must share; white space is not the same in both on Windows. */
const SHARED = 200;

/**
 * What is seen while the log of a command that has ended lacks what its view shows: state and log come by different ways. Undefined when
 * it is all there, when Kiln does not read it, and when nothing came for long.
 */
export async function lateLog(
  app: App,
  { plan, command, seen }: Input<'check-command'>,
  view: CommandView,
): Promise<Seen | undefined> {
  if (!READ_BY_KILN.includes(command.script.kind)) return undefined;
  const now = timestamp(app.now());
  const lateSince = seen?.lateSince ?? now;
  if (app.now().getTime() - Date.parse(lateSince) > PATIENCE) return undefined;
  const { ref, runId } = plan.run;
  const log = squeezed(await app.store.logs.end(ref, runId, `${command.log}.out`, BYTES));
  if (log.endsWith(squeezed(view.output).slice(-SHARED))) return undefined;
  const fresh: Seen = { state: '', since: now, movedAt: now, askAt: now, turn: 'machine', rounds: 0 };
  return { ...fresh, ...seen, lateSince };
}

function squeezed(text: string): string {
  return text.replaceAll(/\s+/g, '');
}
