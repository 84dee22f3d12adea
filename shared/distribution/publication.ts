import type { GalleryVersion } from '../ports/azure.ts';
import { isPast } from '../model/time.ts';
import type { Failure } from '../errors/failure.ts';
import type { Publication, RegionProgress, Timestamp, VersionMove } from '../model/documents/documents.ts';
import type { Promotion } from '../model/template.ts';
import { pauseBetweenLooks } from './pace.ts';

/** Times a region is taken out of the version and put in again before it counts as failed. */
export const REPAIRS = 3;

/** What one look at a version is judged by. */
export type Look = {
  /** Names the look, so that an activity that runs twice gives the same answer twice. */
  readonly id: string;
  /** 0 for the build, then one more for each retry of the run. */
  readonly attempt: number;
  readonly at: Date;
  readonly startedAt: Timestamp;
  readonly deadline: Timestamp;
  /** Regions that the version has to reach now. */
  readonly regions: readonly string[];
  /** The region that the version itself is in: it cannot be taken out. */
  readonly home: string;
  readonly promotion: Promotion;
  readonly excludeFromLatest: boolean;
};

type View = Omit<GalleryVersion, 'name' | 'tags'> & { readonly retryAfterMs?: number };
/** A region as it stands, and whether the writer has to take it out and put it in again. */
type Judged = { readonly now: RegionProgress; readonly broken: boolean };

/** What the single writer of a version knows after a look at it, and what it has to do next. */
export function judge(before: Publication, view: View, look: Look): Publication {
  const known = before.attempt === look.attempt ? before.regions : before.regions.map(startOver);
  const others = known.filter(({ region }) => !look.regions.includes(region));
  const settled = view.provisioningState === 'Succeeded' || view.provisioningState === 'Failed';
  const judged = look.regions.map((region) => {
    const progress = known.find((one) => one.region === region) ?? waiting(region);
    return judgeRegion(progress, { view, look, settled });
  });
  const regions = judged.map(({ now }) => now);
  const move = nextMove(judged, { view, look, settled });
  return { ...before, attempt: look.attempt, regions: [...others, ...regions], look: look.id, move };
}

/** Whether the next look has to know of this one: a look that only goes on waiting may as well be taken twice. */
export function isNews(before: Publication, after: Publication): boolean {
  const lasting = ({ attempt, regions }: Publication): unknown => [
    attempt,
    regions.map(({ progress: _progress, ...rest }) => rest),
  ];
  return after.move?.do !== 'wait' || JSON.stringify(lasting(before)) !== JSON.stringify(lasting(after));
}

export function newPublication(version: string, attempt: number): Publication {
  return { schema: 1, version, attempt, regions: [] };
}

export function isFinal({ state }: RegionProgress): boolean {
  return state === 'Completed' || state === 'Failed' || state === 'TimedOut';
}

type Scene = { readonly view: View; readonly look: Look; readonly settled: boolean };

function judgeRegion(before: RegionProgress, scene: Scene): Judged {
  const { view, look, settled } = scene;
  const { region, repairs, stuck } = before;
  if (isFinal(before)) return { now: before, broken: false };
  const status = view.regions.find((one) => one.region === region);
  if (status?.state === 'Completed')
    return { now: { region, repairs, state: 'Completed', progress: 100 }, broken: false };
  if (isPast(look.deadline, look.at))
    return { now: { region, repairs, state: 'TimedOut', error: late(region, look) }, broken: false };
  const failed = status?.state === 'Failed' || (settled && status === undefined) || stuck === true;
  if (!failed) return { now: moving(before, status, look), broken: false };
  // Without its operation ended the version refuses every change: the next look decides.
  if (!settled) return { now: before, broken: false };
  if (region === look.home || repairs >= REPAIRS)
    return {
      now: { region, repairs, state: 'Failed', error: broken(before, status?.details) },
      broken: false,
    };
  return { now: { region, repairs: repairs + 1, state: 'Waiting' }, broken: true };
}

function moving(
  before: RegionProgress,
  status: View['regions'][number] | undefined,
  look: Look,
): RegionProgress {
  const { region, repairs } = before;
  if (status === undefined) return { region, repairs, state: 'Waiting' };
  // Each time that it is put in again it begins anew.
  const since = before.state === 'Replicating' ? before.since : look.at.toISOString();
  const progress = status.progress ?? 0;
  return { region, repairs, state: 'Replicating', progress, ...(since !== undefined && { since }) };
}

/** Repairs come first: they take longest. A promotion needs a version that nothing else is changing. */
function nextMove(judged: readonly Judged[], { view, look, settled }: Scene): VersionMove {
  const repair = judged.filter((one) => one.broken).map(({ now }) => now.region);
  if (repair.length > 0) return { do: 'repair', regions: repair };
  const regions = judged.map(({ now }) => now);
  const wanted = !look.excludeFromLatest && view.excludeFromLatest;
  if (wanted && settled && hasQuorum(look.promotion, regions)) return { do: 'promote' };
  if (regions.every(isFinal)) return { do: 'end' };
  const legs = regions
    .filter((region) => !isFinal(region))
    .map(({ since = look.startedAt, progress = 0 }) => ({
      elapsedMs: look.at.getTime() - Date.parse(since),
      progress,
    }));
  const untilDeadline = Math.max(Date.parse(look.deadline) - look.at.getTime(), 0);
  return { do: 'wait', pauseMs: Math.min(pauseBetweenLooks(legs, view.retryAfterMs), untilDeadline) };
}

function hasQuorum(promotion: Promotion, regions: readonly RegionProgress[]): boolean {
  if (promotion.rule !== 'Quorum') return false;
  return regions.filter(({ state }) => state === 'Completed').length >= promotion.regions;
}

/** A retry gives every region that has no image its chances again; one that hung is taken out at once. */
function startOver(region: RegionProgress): RegionProgress {
  if (region.state === 'Completed') return region;
  const stuck = region.state === 'TimedOut';
  return { region: region.region, state: 'Waiting', repairs: 0, ...(stuck && { stuck }) };
}

function waiting(region: string): RegionProgress {
  return { region, state: 'Waiting', repairs: 0 };
}

function broken({ region, repairs }: RegionProgress, details: string | undefined): Failure {
  const reason = details === undefined || details === '' ? 'Azure gave no reason.' : details;
  const tried = repairs === 0 ? '' : ` It was removed and added again ${repairs} times.`;
  return {
    code: 'RegionFailed',
    message: `Replication to ${region} failed: ${reason}${tried}`,
    target: region,
  };
}

function late(region: string, { deadline }: Look): Failure {
  const message = `Replication to ${region} was not complete at ${deadline}, the end of regionTimeout.`;
  return { code: 'RegionFailed', message, target: region };
}
