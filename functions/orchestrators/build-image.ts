import type { OrchestrationContext } from 'durable-functions';
import { timestamp } from '../../shared/build/time.ts';
import type { RunContext } from '../../shared/build/plan.ts';
import { outcomeOf, type Outcome } from '../../shared/build/outcome.ts';
import type { Result } from '../../shared/errors/failure.ts';
import type { RunOutput } from '../../shared/store/documents.ts';
import { type Build, phase, type Planned } from './build.ts';
import { cleanUp } from './clean-up.ts';
import { asResult, call, inputOf, type Piece } from './durable.convert.ts';
import { capture, customize, distribute, generalize, provision, resolve, stage, validate } from './phases.ts';

/** One run, from template revision to distributed images. The outcome is stored before the staging group goes. */
export function* buildImage(context: OrchestrationContext): Piece<null> {
  const { df } = context;
  const build: Build = { df, run: inputOf<RunContext>(df), startedAt: timestamp(df.currentUtcDateTime) };

  const plan = yield* asResult(phase(build, 'resolve', resolve(build)));
  if (!plan.ok) {
    yield* report(build, outcomeOf(plan));
    return null;
  }
  const planned: Planned = { ...build, plan: plan.value };
  const outputs = yield* asResult(produce(planned));
  yield* report(build, outcomeOf(outputs));
  yield* cleanUp(planned);
  return null;
}

function* produce(build: Planned): Piece<readonly RunOutput[]> {
  yield* phase(build, 'stage', stage(build));
  yield* phase(build, 'provision', provision(build));
  yield* phase(build, 'customize', customize(build));
  yield* phase(build, 'validate', validate(build));
  yield* phase(build, 'generalize', generalize(build));
  const captured = yield* phase(build, 'capture', capture(build));
  return yield* phase(build, 'distribute', distribute(build, captured));
}

function* report(build: Build, outcome: Outcome): Piece<Result<null>> {
  const { df, run } = build;
  return yield* asResult(
    call(df, 'record-outcome', { run, ...outcome, endedAt: timestamp(df.currentUtcDateTime) }),
  );
}
