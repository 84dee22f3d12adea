import { deadlineWithin } from '../../../shared/model/time.ts';
import type { Orchestrations } from '../../contract.ts';
import { copyDisk } from '../distribute/copy-disk.ts';
import { call, carriedOut, type Durable, PATIENT, type Piece } from '../durable.convert.ts';
import { LIMITS } from '../limits.ts';

type Publishing = Orchestrations['publish-gallery-version'][0];

/** Brings what a version is made of to where it is made, when that is not where the machine was. */
export function* prepareHome(df: Durable, { plan, target, captured }: Publishing): Piece<void> {
  const region = target.home;
  if (region === undefined) return;
  yield* copyDisk(df, { plan, captured, region });
  if (target.versionSource === 'machine') return;
  const image = () => call(df, 'start-copied-image', { plan, region }, PATIENT);
  const deadline = deadlineWithin(df.currentUtcDateTime, LIMITS.image);
  yield* carriedOut(df, plan.run, image, { deadline, onTimeout: 'CaptureFailed', id: 'copied-image' });
}
