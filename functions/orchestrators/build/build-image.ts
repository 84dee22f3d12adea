import type { OrchestrationContext } from 'durable-functions';
import { timestamp } from '../../../shared/model/time.ts';
import type { Captured, RunContext } from '../../../shared/model/plan.ts';
import { outcomeOf } from '../../../shared/planning/outcome.ts';
import { type Failure, KilnError, type Result } from '../../../shared/errors/failure.ts';
import type { RunOutput } from '../../../shared/model/documents/documents.ts';
import { type Build, phase, type Planned } from './build.ts';
import { cleanUp } from './clean-up.ts';
import { asResult, begin, inputOf, type Piece, settled } from '../durable.convert.ts';
import { installIso } from './install-iso.ts';
import { keepMachines, shouldKeep } from './keep.ts';
import { awaitTurn } from './turn.ts';
import { generalize } from './generalize.ts';
import { isWorthKeeping, keepForRetry } from './keep-for-retry.ts';
import { capture, customize, distribute, provision, resolve, stage, validate } from './phases.ts';
import { report, reportCleanup } from '../report.ts';
import { judgeVulnerabilities, takeInventory } from './take-inventory.ts';

/** One run, from template revision to distributed images. The outcome is stored before the staging group goes. */
export function* buildImage(context: OrchestrationContext): Piece<null> {
  const { df } = context;
  const run = inputOf<RunContext>(df);
  const turn = yield* asResult(awaitTurn(df, run));
  const build: Build = { df, run, startedAt: timestamp(df.currentUtcDateTime), unsaid: [] };
  if (!turn.ok) return yield* endEmpty(build, turn);
  const plan = yield* asResult(phase(build, 'resolve', resolve(build)));
  if (!plan.ok) return yield* endEmpty(build, plan);
  const planned: Planned = { ...build, plan: plan.value };
  const outcome = yield* report(build, outcomeOf(yield* asResult(produce(planned))));
  const { keep } = planned.plan;
  if (keep !== undefined && shouldKeep(planned, outcome)) yield* keepMachines(planned, keep.leaseMinutes);
  else if (isWorthKeeping(outcome)) yield* keepForRetry(planned);
  else yield* cleanUp(planned);
  return null;
}

/** The end of a run that made nothing: it says so, or whoever follows it would wait for its clean-up. */
function* endEmpty(build: Build, result: Result<unknown>): Piece<null> {
  yield* report(build, outcomeOf(result));
  yield* reportCleanup(build, { cleanup: 'done' });
  return null;
}

function* produce(planned: Planned): Piece<readonly RunOutput[]> {
  const { validation } = planned.plan;
  yield* phase(planned, 'stage', stage(planned));
  if (planned.plan.install !== undefined) yield* phase(planned, 'install', installIso(planned));
  const build = yield* phase(planned, 'provision', provision(planned));
  if (validation?.on === 'source') {
    yield* takeInventory(build);
    yield* phase(build, 'validate', validate(build));
    return [];
  }
  const listed = yield* phase(build, 'customize', customize(build));
  yield* takeInventory(build, listed);
  yield* judgeVulnerabilities(build);
  const early =
    validation?.on === 'build' ? yield* asResult(phase(build, 'validate', validate(build))) : undefined;
  if (early?.ok === false && !mayGoOn(build, early.error)) throw new KilnError(early.error);
  yield* phase(build, 'generalize', generalize(build));
  const captured = yield* phase(build, 'capture', capture(build));
  const verdict = early ?? (yield* asResult(phase(build, 'validate', validate(build, captured))));
  return yield* release(build, captured, verdict);
}

/** Distributes what passed, and on request what failed: the run has failed then all the same. */
function* release(build: Planned, captured: Captured, verdict: Result<void>): Piece<readonly RunOutput[]> {
  if (!verdict.ok && !mayGoOn(build, verdict.error)) throw new KilnError(verdict.error);
  const outputs = yield* distributeAndLook(build, captured);
  if (verdict.ok) return outputs;
  const note = 'The image was distributed all the same, because continueDistributeOnFailure is true.';
  throw new KilnError({ ...verdict.error, message: `${verdict.error.message}\n${note}` });
}

/** Beside the distribution there may be a look at the image: the run ends with the last of the two. */
function* distributeAndLook(build: Planned, captured: Captured): Piece<readonly RunOutput[]> {
  const { df, plan } = build;
  const look = plan.look === true && begin(df, 'look-at-image', { plan, captured }, 'look');
  const outputs = yield* asResult(phase(build, 'distribute', distribute(build, captured)));
  if (look !== false) yield* settled(look);
  if (!outputs.ok) throw new KilnError(outputs.error);
  return outputs.value;
}

function mayGoOn({ plan }: Planned, { code }: Failure): boolean {
  return code === 'ValidationStepFailed' && plan.validation?.continueOnFailure === true;
}
