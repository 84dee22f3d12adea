import type { OrchestrationContext } from 'durable-functions';
import { outcomeOf } from '../../../shared/planning/outcome.ts';
import type { Captured, RunContext } from '../../../shared/model/plan.ts';
import { deadlineWithin, timestamp } from '../../../shared/model/time.ts';
import type { Result } from '../../../shared/errors/failure.ts';
import type { RunOutput } from '../../../shared/model/documents/documents.ts';
import type { Activities } from '../../contract.ts';
import { type Build, phase, type Planned } from '../build/build.ts';
import { cleanUp } from '../build/clean-up.ts';
import { asResult, begin, call, inputOf, type Piece } from '../durable.convert.ts';
import { isWorthKeeping, keepForRetry } from '../build/keep-for-retry.ts';
import { distributed } from '../build/phases.ts';
import { prepareSource } from '../build/prepare-source.ts';
import { report, reportCleanup } from '../report.ts';
import { LIMITS } from '../limits.ts';

type Input = RunContext & { readonly attempt: number; readonly operationId: string };
type Prepared = Activities['plan-redistribution'][1];

/** Distributes what a run has built once more, without building: what failed before, or new targets. */
export function* redistribute(context: OrchestrationContext): Piece<null> {
  const { df } = context;
  const { attempt, operationId, ...run } = inputOf<Input>(df);
  const build: Build = { df, run, startedAt: timestamp(df.currentUtcDateTime), unsaid: [] };
  const prepared = yield* asResult(call(df, 'plan-redistribution', { run, operationId }));
  if (!prepared.ok) {
    yield* report(build, outcomeOf(prepared));
    // What it could have been retried from may be there still; the janitor looks at its expiry.
    yield* reportCleanup(build, { cleanup: 'kept' });
    return null;
  }
  const planned: Planned = { ...build, plan: prepared.value.plan };
  const outputs = yield* asResult(phase(planned, 'distribute', again(planned, prepared.value, attempt)));
  const all: Result<readonly RunOutput[]> = outputs.ok
    ? { ok: true, value: [...prepared.value.done, ...outputs.value] }
    : outputs;
  const outcome = yield* report(planned, outcomeOf(all));
  if (isWorthKeeping(outcome)) yield* keepForRetry(planned);
  else yield* cleanUp(planned);
  return null;
}

function* again(build: Planned, prepared: Prepared, attempt: number): Piece<readonly RunOutput[]> {
  const { df, plan } = build;
  // The janitor must not take the source while it is in use.
  const until = deadlineWithin(df.currentUtcDateTime, LIMITS.retrying);
  yield* call(df, 'keep-machines', { plan, until });
  const captured: Captured = yield* prepareSource(build, prepared.captured);
  const { resume } = prepared;
  const task = begin(df, 'distribute', { plan, captured, attempt, resume }, 'distribute');
  return yield* distributed(task);
}
