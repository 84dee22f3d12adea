import { secondsOf } from '../../../shared/model/time.ts';
import type { OrchestrationContext } from 'durable-functions';
import { installFailure } from '../../../shared/planning/install-failure.ts';
import type { CommandPlan } from '../../../shared/model/plan.ts';
import { KilnError, type Result } from '../../../shared/errors/failure.ts';
import type { Orchestrations } from '../../contract.ts';
import { stepEntry } from './build.ts';
import { asResult, call, type Durable, inputOf, type Piece } from '../durable.convert.ts';
import { runCommand } from './run-command.ts';
import { LIMITS } from '../limits.ts';

/** In order: nothing of the medium is read before its checksum was compared. */
const PARTS: readonly CommandPlan[] = [
  command('fetch-medium', '00-fetch-medium', secondsOf(LIMITS.fetchMedium)),
  command('install-system', '00-install-system', secondsOf(LIMITS.installSystem)),
];

function command(kind: 'fetch-medium' | 'install-system', log: string, timeoutSeconds: number): CommandPlan {
  return { machine: 'install', name: kind, log, timeoutSeconds, script: { kind } };
}

/** What the helper VM does with an ISO, as two managed run commands with a log each. */
export function* installSystem(context: OrchestrationContext): Piece<Result<null>> {
  return yield* asResult(bothParts(context.df));
}

function* bothParts(df: Durable): Piece<null> {
  const { plan } = inputOf<Orchestrations['install-system'][0]>(df);
  const record = function* (part: CommandPlan, event: 'started' | 'succeeded' | 'failed', message?: string) {
    const rest = { event, log: part.log, ...(message !== undefined && { message }) };
    const entries = [stepEntry(df, 'install', part.name, rest)];
    yield* call(df, 'record-progress', { run: plan.run, entries });
  };
  for (const part of PARTS) {
    yield* record(part, 'started');
    const outcome = yield* runCommand(df, plan, part);
    if (outcome.timedOut || outcome.exitCode !== 0) {
      const failure = installFailure(part.name, outcome);
      yield* record(part, 'failed', failure.message);
      throw new KilnError(failure);
    }
    yield* record(part, 'succeeded');
  }
  return null;
}
