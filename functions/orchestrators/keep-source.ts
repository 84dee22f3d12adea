import type { ImageVersion } from '../../shared/template/model.ts';
import type { Orchestrations } from '../activities/contract.ts';
import { asResult, call, type Durable, finished, PATIENT, type Piece } from './durable.convert.ts';

type Publishing = Orchestrations['publish-gallery-version'][0];

/**
 * Makes a version. A Shallow one refers to what it is made of, so that an image is made first, which stays beside the
 * gallery; it goes again when no version comes of it.
 */
export function* withKeptSource(
  df: Durable,
  { plan, target, captured }: Publishing,
  { deadline, make }: { deadline: string; make: Piece<ImageVersion> },
): Piece<ImageVersion> {
  if (target.replicationMode === 'Full') return yield* make;
  const limits = { deadline, onTimeout: 'CaptureFailed' } as const;
  const source = yield* call(df, 'start-kept-source', { plan, target, captured }, PATIENT);
  yield* finished(df, plan.run, source, { ...limits, id: 'source' });
  try {
    return yield* make;
  } catch (error) {
    const removal = yield* asResult(call(df, 'start-kept-source-removal', { plan, target }));
    if (removal.ok)
      yield* asResult(finished(df, plan.run, removal.value, { ...limits, id: 'source-removal' }));
    throw error;
  }
}
