import type { OrchestrationContext } from 'durable-functions';
import type { Result } from '../../../shared/errors/failure.ts';
import type { Orchestrations } from '../../contract.ts';
import {
  asResult,
  call,
  type Durable,
  failureOf,
  finished,
  inputOf,
  PATIENT,
  type Piece,
  sleep,
} from '../durable.convert.ts';

type Tending = Orchestrations['tend-version'][0];

/** Looks per history: a look and its pause are about eight events, a repair about forty. */
const LOOKS_PER_HISTORY = 15;
/** Between a change and the next look. */
const AFTER_CHANGE_MS = 200;

/**
 * The single writer of a version while it is replicated: looks for all watchers, takes failed regions out and puts them
 * in again, and promotes at a quorum. A version has no ETag, so that a second writer would lose regions.
 */
export function* tendVersion(context: OrchestrationContext): Piece<Result<null> | undefined> {
  const { df } = context;
  const input = inputOf<Tending>(df);
  for (let looks = input.looks; looks < input.looks + LOOKS_PER_HISTORY; looks++) {
    try {
      if (yield* lookAndAct(df, input, looks)) return { ok: true, value: null };
    } catch (error) {
      const failure = failureOf(error);
      yield* asResult(call(df, 'abandon-version', { ...input, failure }));
      return { ok: false, error: failure };
    }
  }
  df.continueAsNew({ ...input, looks: input.looks + LOOKS_PER_HISTORY });
  return undefined;
}

/** True when every region has come to its end. */
function* lookAndAct(df: Durable, input: Tending, looks: number): Piece<boolean> {
  const look = `${input.attempt}.${input.ring}.${looks}`;
  const move = yield* call(df, 'look-at-version', { ...input, look }, PATIENT);
  const all = input.regions;
  switch (move.do) {
    case 'end':
      return true;
    case 'wait':
      yield* sleep(df, move.pauseMs);
      return false;
    case 'repair': {
      const kept = all.filter((region) => !move.regions.includes(region));
      yield* write(df, input, { regions: kept, id: `out-${looks}`, allowRemoval: true });
      yield* write(df, input, { regions: all, id: `in-${looks}` });
      break;
    }
    case 'promote':
      yield* write(df, input, { regions: all, id: `promote-${looks}`, promote: true });
      break;
    default:
      return move satisfies never;
  }
  yield* sleep(df, AFTER_CHANGE_MS);
  return false;
}

type Wish = {
  readonly regions: readonly string[];
  readonly id: string;
  readonly allowRemoval?: boolean;
  readonly promote?: boolean;
};

/** A change that Azure refuses or that fails is no end: the next look sees what became of the version. */
function* write(df: Durable, input: Tending, { id, promote = false, ...wish }: Wish): Piece<void> {
  const { plan, target, version, captured, deadline } = input;
  const excludeFromLatest = promote ? false : 'as it is';
  const request = { plan, target, version, captured, excludeFromLatest, what: 'change', ...wish } as const;
  const handle = yield* asResult(call(df, 'write-version', request, PATIENT));
  if (!handle.ok) return;
  yield* asResult(
    finished(df, plan.run, handle.value, { deadline, onTimeout: 'RegionFailed', id, endsAtCancel: true }),
  );
}
