import type { ErrorCode } from '../../../shared/errors/codes.ts';
import { KilnError } from '../../../shared/errors/failure.ts';
import { savedInWords } from '../../../shared/planning/checkpoints.ts';
import { MACHINE } from '../../../shared/planning/names.ts';
import { asResult, type Piece } from '../durable.convert.ts';
import { entry, type Planned, record } from './build.ts';
import { provisionMachine, removed } from './provision.ts';

/** What no other way of making the machine could change. */
const ENDS_THE_BUILD: readonly ErrorCode[] = ['RunCanceled', 'BuildTimedOut'];

/**
 * Makes the build machine: of the checkpoint that the plan begins with, and of the source where there is none or none comes of it.
 * Answers with the build as it goes on from here.
 */
export function* provisionOrResume(build: Planned): Piece<Planned> {
  const { df, plan } = build;
  if (plan.checkpoints?.from === undefined) {
    yield* provisionMachine(build, { machine: MACHINE });
    return build;
  }
  const { from, ...checkpoints } = plan.checkpoints;
  const told = savedInWords(plan, from);
  const resumed = yield* asResult(provisionMachine(build, { machine: MACHINE, checkpoint: true }));
  if (resumed.ok) {
    yield* record(build, [entry(df, 'provision', 'note', `From checkpoint ${told}.`)]);
    return build;
  }
  if (ENDS_THE_BUILD.includes(resumed.error.code)) throw new KilnError(resumed.error);
  const why = `The checkpoint ${told.replace(/, saved .*/, '')}, could not be used; the build begins with its source. ${resumed.error.message}`;
  yield* record(build, [entry(df, 'provision', 'note', why)]);
  yield* removed(build, MACHINE, 'build-resumed-removal');
  const whole = { ...build, plan: { ...plan, checkpoints } };
  yield* provisionMachine(whole, { machine: MACHINE });
  return whole;
}
