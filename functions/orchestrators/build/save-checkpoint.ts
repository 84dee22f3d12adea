import type { OrchestrationContext } from 'durable-functions';
import { KilnError, type Result } from '../../../shared/errors/failure.ts';
import { lastLines } from '../../../shared/planning/last-lines.ts';
import { checkpointName, MACHINE } from '../../../shared/planning/names.ts';
import { secondsOf, timestamp } from '../../../shared/model/time.ts';
import type { Orchestrations } from '../../contract.ts';
import { asResult, call, inputOf, type Piece } from '../durable.convert.ts';
import { LIMITS } from '../limits.ts';
import { doneOrCancel } from '../waits.ts';
import type { Planned } from './build.ts';
import { runCommand } from './run-command.ts';

/** Keeps the build machine as it is, between two of its steps. What fails here is told and fails no build. */
export function* saveCheckpoint(context: OrchestrationContext): Piece<Result<null>> {
  const { df } = context;
  const { plan, after, seconds } = inputOf<Orchestrations['save-checkpoint'][0]>(df);
  const startedAt = timestamp(df.currentUtcDateTime);
  const build: Planned = { df, run: plan.run, startedAt, unsaid: [], plan };
  return yield* asResult(save(build, after, seconds));
}

function* save(build: Planned, after: number, seconds: number): Piece<null> {
  const { df, plan } = build;
  const name = checkpointName(after);
  const settle = {
    machine: MACHINE,
    name,
    log: name,
    label: 'the preparation of a checkpoint',
    timeoutSeconds: secondsOf(LIMITS.settling),
    script: { kind: 'settle' },
  } as const;
  const { exitCode, tail } = yield* runCommand(df, plan, settle, LIMITS.reportOfSmallCommand);
  if (exitCode !== 0)
    throw new KilnError({
      code: 'CustomizerFailed',
      message: `The machine could not write down what it has. ${lastLines(tail)}`,
    });
  yield* doneOrCancel(build, 'snapshot', LIMITS.checkpoint, () =>
    call(df, 'start-checkpoint', { plan, after }),
  );
  return yield* call(df, 'keep-checkpoint', { plan, after, seconds });
}
