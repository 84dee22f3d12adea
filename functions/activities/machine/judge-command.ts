import type { CommandView } from '../../../shared/ports/azure.ts';
import { SECOND } from '../../../shared/model/time.ts';
import { KilnError } from '../../../shared/errors/failure.ts';
import { lastPart } from '../../../shared/model/batch-mark.ts';
import { withoutMark } from '../../../shared/model/exit-mark.ts';
import type { OsType } from '../../../shared/guest/os-type.ts';
import type { CommandOutcome } from '../../contract.ts';

const ENDED = ['Succeeded', 'Failed', 'TimedOut', 'Canceled'];
/** What the agent's handler reports of itself; no script on Linux can end with a negative code. */
const OF_HANDLER = { first: -299, last: -100 };

type Judged = { readonly osType: OsType; readonly timeoutSeconds: number; readonly log: string };

export function hasEnded({ executionState }: CommandView): boolean {
  return ENDED.includes(executionState);
}

/** How a command ended; undefined while it has not. Throws what the agent itself could not do. */
export function judge(
  view: CommandView,
  { osType, timeoutSeconds, log }: Judged,
): CommandOutcome | undefined {
  const { executionState: state } = view;
  if (!hasEnded(view)) return undefined;
  const tail = tailOf(view);
  const exitCode = view.exitCode ?? (state === 'Succeeded' ? 0 : -1);
  if (state === 'TimedOut') return { exitCode, timedOut: true, tail };
  if (isOfHandler(view, exitCode, osType)) {
    const message = `The VM agent could not run "${log}" (its code ${exitCode}): ${view.executionMessage || 'it gave no reason'}.`;
    throw new KilnError({ code: 'AgentFailed', message, target: log });
  }
  // Linux has -1 for every signal, the one at the limit included; a script on Windows may end with it.
  // https://github.com/Azure/run-command-handler-linux/blob/main/internal/exec/exec.go
  const late = ranFor(view) >= (timeoutSeconds - 1) * SECOND;
  const killed = osType === 'Linux' && (exitCode === -1 || exitCode === 137);
  if (killed && late) return { exitCode: -1, timedOut: true, tail };
  return { exitCode, timedOut: false, ...(killed && exitCode === -1 && { killed: true }), tail };
}

/** Windows scripts end with any number: there only a handler that has started nothing is taken at its word. */
function isOfHandler({ output, error, startedAt }: CommandView, exitCode: number, osType: OsType): boolean {
  if (exitCode > OF_HANDLER.last || exitCode < OF_HANDLER.first) return false;
  return osType === 'Linux' || (output === '' && error === '' && startedAt === undefined);
}

function ranFor({ startedAt, endedAt }: CommandView): number {
  return startedAt === undefined || endedAt === undefined ? 0 : endedAt.getTime() - startedAt.getTime();
}

/** The last output of both streams; of a batch, that of the step that failed or is under way. */
export function tailOf({ output, error }: CommandView): string {
  return [lastPart(withoutMark(output)), lastPart(error)]
    .filter((text) => text !== '')
    .join('\n')
    .slice(-4096);
}
