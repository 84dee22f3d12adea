import type { OrchestrationContext } from 'durable-functions';
import { later, isPast, pauseBefore, pauseBeforeLook } from '../../shared/model/time.ts';
import type { Result } from '../../shared/errors/failure.ts';
import type { Seen, Wait } from '../contract.ts';
import { call, type Durable, failureOf, inputOf, type Piece, sleep, toldBy } from './durable.convert.ts';

/** Looks per history: each look is an activity and a timer, about eight events. */
const LOOKS_PER_HISTORY = 20;
/** An event goes to a pause that is over when there is one in the history, and is lost. */
const LOOKS_BETWEEN_EVENTS = 1;

/** Looks, pauses and looks again until the thing is there, its deadline has passed, or it has failed. */
export function* waitUntil(context: OrchestrationContext): Piece<Result<unknown> | undefined> {
  const { df } = context;
  const wait = inputOf<Wait>(df);
  const before = wait.looks ?? 0;
  const most = wait.wakeOn === undefined ? LOOKS_PER_HISTORY : LOOKS_BETWEEN_EVENTS;
  let { seen } = wait;
  for (let looks = before; looks < before + most; looks++) {
    const found = yield* look(df, { ...wait, ...(seen && { seen }) }, looks);
    if ('ok' in found) return found;
    ({ seen } = found);
  }
  df.continueAsNew({ ...wait, looks: before + most, ...(seen && { seen }) });
  return undefined;
}

/** What the next look is to know of this one. */
type Found = { readonly seen?: Seen };

function* look(df: Durable, wait: Wait, looks: number): Piece<Result<unknown> | Found> {
  try {
    const probe = yield* call(df, wait.probe, inputOfLook(wait));
    if (probe.done) return { ok: true, value: probe.value };
    if (isPast(wait.deadline, df.currentUtcDateTime)) return timedOut(wait);
    const wished = pauseBeforeLook(looks, probe.retryAfterMs);
    const told = yield* pause(df, pauseBefore(wait.deadline, df.currentUtcDateTime, wished), wait.wakeOn);
    if (told !== undefined) return told;
    return probe.seen === undefined ? {} : { seen: probe.seen };
  } catch (error) {
    return { ok: false, error: failureOf(error) };
  }
}

function inputOfLook({ input, seen }: Wait): Wait['input'] {
  return seen === undefined ? input : { ...input, seen };
}

/** An event may bring the end of the wait along; one that does not, as from an older version, is a reason to look. */
function* pause(
  df: Durable,
  milliseconds: number,
  wakeOn: string | undefined,
): Piece<Result<unknown> | undefined> {
  if (wakeOn === undefined) {
    yield* sleep(df, milliseconds);
    return undefined;
  }
  const timer = df.createTimer(later(df.currentUtcDateTime, milliseconds));
  const event = df.waitForExternalEvent(wakeOn);
  const winner = yield df.Task.any([timer, event]);
  if (winner === timer) return undefined;
  timer.cancel();
  return toldBy(event);
}

function timedOut(wait: Wait): Result<never> {
  const what = wait.probe.replace('check-', '').replaceAll('-', ' ');
  const message =
    wait.onTimeout === 'BuildTimedOut'
      ? `The time that the template allows was over at ${wait.deadline}, while Kiln waited for ${what}.`
      : `Waiting for ${what} took longer than allowed: the deadline was ${wait.deadline}.`;
  return { ok: false, error: { code: wait.onTimeout, message } };
}
