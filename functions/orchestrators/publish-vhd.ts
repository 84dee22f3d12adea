import type { OrchestrationContext } from 'durable-functions';
import { deadlineWithin, HOUR } from '../../shared/build/time.ts';
import type { Result } from '../../shared/errors/failure.ts';
import type { RunOutput } from '../../shared/store/documents.ts';
import type { Orchestrations } from '../activities/contract.ts';
import { asResult, call, type Durable, finished, inputOf, type Piece, waitFor } from './durable.convert.ts';

/** The disk's content as a page blob. Its SAS stays inside activities; clean-up takes it back in any case. */
export function* publishVhd(context: OrchestrationContext): Piece<Result<RunOutput>> {
  return yield* asResult(publish(context.df));
}

function* publish(df: Durable): Piece<RunOutput> {
  const input = inputOf<Orchestrations['publish-vhd'][0]>(df);
  const { plan, target, captured } = input;
  // Copies between regions are best effort and may take most of a day.
  const limits = {
    deadline: deadlineWithin(df.currentUtcDateTime, 24 * HOUR),
    onTimeout: 'CaptureFailed',
  } as const;
  const handle = yield* call(df, 'start-disk-access', input);
  yield* finished(df, plan.run, handle, { ...limits, id: 'access' });
  yield* call(df, 'start-vhd-copy', { plan, target, captured, handle });
  const { uri } = yield* waitFor(df, 'check-vhd-copy', { plan, target }, { ...limits, id: 'copy' });
  const output: RunOutput = { name: target.runOutputName, type: 'VHD', state: 'Succeeded', artifactUri: uri };
  yield* call(df, 'record-output', { run: plan.run, output });
  return output;
}
