import type { OrchestrationContext } from 'durable-functions';
import type { TimelineEntry } from '../../../shared/model/documents/documents.ts';
import { deadlineWithin, timestamp } from '../../../shared/model/time.ts';
import { KilnError, type Result } from '../../../shared/errors/failure.ts';
import type { Orchestrations } from '../../contract.ts';
import { asResult, call, inputOf, type Piece } from '../durable.convert.ts';
import { LIMITS } from '../limits.ts';
import { doneOrCancel } from '../waits.ts';
import { type Planned, record, stepEntry } from './build.ts';
import { proveHygiene } from './prove.ts';
import { provisionMachine } from './provision.ts';

/**
 * Boots the image in a machine of its own while it is distributed, for hygiene alone, and removes the machine. Nothing that
 * happens here changes how the run ends: what it finds, and that it could not look, are lines of the timeline.
 */
export function* lookAtImage(context: OrchestrationContext): Piece<Result<null>> {
  const { df } = context;
  const { plan, captured } = inputOf<Orchestrations['look-at-image'][0]>(df);
  const deadline = deadlineWithin(df.currentUtcDateTime, LIMITS.look);
  const startedAt = timestamp(df.currentUtcDateTime);
  // As if it were a validation, so that an image is made and named for it.
  const looking = { ...plan, deadline, validation: { on: 'image', continueOnFailure: true } } as const;
  const build: Planned = { df, run: plan.run, startedAt, unsaid: [], plan: looking };
  const looked = yield* asResult(look(build, captured.imageId));
  // Distribution may go on for a day, and a machine that nobody looks at costs as much as any.
  const machine = 'validate';
  const removed = yield* asResult(
    doneOrCancel(build, 'look-removal', LIMITS.machineRemoval, () =>
      call(df, 'discard-build-machine', { plan: looking, machine }),
    ),
  );
  const line = (event: TimelineEntry['event'], message: string) =>
    stepEntry(df, 'validate', 'hygiene', { event, message });
  const lines = [
    ...(looked.ok || looked.error.code === 'RunCanceled'
      ? []
      : [line('skipped', `The image could not be looked at; the run goes on. ${looked.error.message}`)]),
    ...(removed.ok ? [] : [line('note', `Its machine goes with the clean-up. ${removed.error.message}`)]),
  ];
  yield* asResult(record(build, lines));
  return { ok: true, value: null };
}

function* look(
  build: Planned,
  captured: Orchestrations['look-at-image'][0]['captured']['imageId'],
): Piece<void> {
  const { df, plan } = build;
  if (captured === undefined)
    yield* doneOrCancel(build, 'look-image', LIMITS.temporaryImage, () =>
      call(df, 'start-temporary-image', { plan }),
    );
  const imageId = captured ?? (yield* call(df, 'describe-captured', { plan })).imageId;
  if (imageId === undefined)
    throw new KilnError({ code: 'BrokenInvariant', message: 'There is no image to boot.' });
  yield* provisionMachine(build, { machine: 'validate', imageId });
  yield* proveHygiene(build, { isStrict: false });
}
