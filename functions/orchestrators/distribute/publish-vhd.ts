import { deadlineWithin } from '../../../shared/model/time.ts';
import type { OrchestrationContext } from 'durable-functions';
import { KilnError, type Result } from '../../../shared/errors/failure.ts';
import type { CopyResult, RunOutput } from '../../../shared/model/documents/documents.ts';
import type { Orchestrations } from '../../contract.ts';
import {
  all,
  asResult,
  begin,
  call,
  carriedOut,
  type Durable,
  inputOf,
  PATIENT,
  type Piece,
} from '../durable.convert.ts';
import { LIMITS } from '../limits.ts';

/** The disk's content as a page blob. Its SAS stays inside activities; clean-up takes it back in any case. */
export function* publishVhd(context: OrchestrationContext): Piece<Result<RunOutput>> {
  return yield* asResult(publish(context.df));
}

type Publishing = Orchestrations['publish-vhd'][0];

function* publish(df: Durable): Piece<RunOutput> {
  const input = inputOf<Publishing>(df);
  const { plan, target } = input;
  // Copies between regions are best effort and may take most of a day.
  const deadline = deadlineWithin(df.currentUtcDateTime, LIMITS.vhdCopy);
  // A disk gives access once at a time: targets of one template wait for each other.
  const copied = yield* asResult(copyAll(df, input, deadline));
  yield* asResult(call(df, 'revoke-disk-access', { plan, target }));
  if (!copied.ok) throw new KilnError(copied.error);
  const output = outputOf(input, copied.value);
  yield* call(df, 'record-output', { run: plan.run, output }, PATIENT);
  return output;
}

function* copyAll(df: Durable, input: Publishing, deadline: string): Piece<Result<{ uri: string }>[]> {
  const { plan, target } = input;
  const access = () => call(df, 'start-disk-access', input, PATIENT);
  const limits = { deadline, onTimeout: 'CaptureFailed', id: 'access' } as const;
  const handle = yield* carriedOut(df, plan.run, access, limits);
  const places = ['', ...target.copies].map((uri, copy) => ({ uri, copy }));
  return yield* all<{ uri: string }>(
    df,
    places.map(({ copy }) => begin(df, 'copy-vhd', { ...input, handle, copy, deadline }, `copy-${copy}`)),
  );
}

/** A copy that failed costs only itself, unless it is the target's own blob. */
function outputOf({ target }: Publishing, [own, ...others]: readonly Result<{ uri: string }>[]): RunOutput {
  if (own === undefined || !own.ok)
    throw new KilnError(own?.error ?? { code: 'BrokenInvariant', message: 'The VHD was copied to no blob.' });
  const copies = others.map((result, index): CopyResult =>
    result.ok
      ? { uri: result.value.uri, state: 'Completed' }
      : { uri: target.copies[index]?.split('?')[0] ?? '', state: 'Failed', error: result.error },
  );
  const base = { name: target.runOutputName, type: 'VHD', state: 'Succeeded' } as const;
  return { ...base, artifactUri: own.value.uri, ...(copies.length > 0 && { copies }) };
}
