import { KilnError } from '../../../shared/errors/failure.ts';
import type { Phase, TimelineEntry } from '../../../shared/model/documents/documents.ts';
import type { ProofKind } from '../../../shared/model/documents/proofs.ts';
import type { MachineName } from '../../../shared/model/plan.ts';
import type { Output } from '../../contract.ts';
import { asResult, call, type Piece } from '../durable.convert.ts';
import { type Planned, record, stepEntry } from './build.ts';
import { runCommand } from './run-command.ts';

/** Seconds. Reading a whole disk for a value takes the longest. */
const LIMIT = 900;

/** Where the machine that is asked stands in the run. */
type Place = {
  readonly phase: Phase;
  readonly machine: MachineName;
  readonly step: string;
  readonly log: string;
};

/** What the build has left behind, then what the template declares: in a machine that no validator has touched yet. */
export function* proveImage(build: Planned): Piece<void> {
  const { validation } = build.plan;
  if (validation?.hygiene !== undefined)
    yield* proveHygiene(build, { isStrict: validation.hygiene === 'fail' });
  if (validation?.checks === true) yield* prove(build, 'checks', true, inValidation(build, 'checks'));
}

/** The first of them, also in another machine than that of the validation. */
export function* proveHygiene(
  build: Planned,
  { isStrict, place }: { readonly isStrict: boolean; readonly place?: Place },
): Piece<void> {
  yield* prove(build, 'hygiene', isStrict, place ?? inValidation(build, 'hygiene'));
}

function inValidation({ plan }: Planned, what: ProofKind): Place {
  const machine = plan.validation?.on === 'image' ? 'validate' : 'build';
  return { phase: 'validate', machine, step: what, log: what };
}

function* prove(build: Planned, what: ProofKind, isStrict: boolean, place: Place): Piece<void> {
  const { phase, step, log } = place;
  const line = (event: TimelineEntry['event'], message?: string): TimelineEntry => {
    const said = stepEntry(build.df, phase, step, { event, log, ...(message !== undefined && { message }) });
    // A validator of the template may have the same name, and of two lines with one id readers keep the first.
    return { ...said, id: `${said.id}-of-image` };
  };
  yield* record(build, [line('started')]);
  const asked = yield* asResult(ask(build, what, place));
  if (!asked.ok && (isStrict || asked.error.code === 'RunCanceled')) {
    yield* record(build, [line('failed', asked.error.message)]);
    throw new KilnError(asked.error);
  }
  const said = asked.ok ? asked.value.said : `It could not be looked at. ${asked.error.message}`;
  if (asked.ok && asked.value.failed > 0 && isStrict) {
    yield* record(build, [line('failed', said)]);
    throw new KilnError({ code: 'ValidationStepFailed', message: said, target: what });
  }
  build.unsaid.push(line(asked.ok ? 'succeeded' : 'skipped', said));
}

function* ask({ df, plan }: Planned, what: ProofKind, place: Place): Piece<Output<'judge-proofs'>> {
  const { machine, step, log } = place;
  const command = {
    ...{ machine, name: what, log, label: `the ${what} of the image`, timeoutSeconds: LIMIT },
    script: { kind: what },
  } as const;
  yield* runCommand(df, plan, command);
  return yield* call(df, 'judge-proofs', { plan, what, ...(plan.smoke && { smoke: { step, log } }) });
}
