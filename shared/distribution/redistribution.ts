import type { BuildPlan, TargetPlan } from '../model/plan.ts';
import type { RunOutput } from '../model/documents/documents.ts';
import { imageVersion, resourceId } from '../model/convert.ts';
import { sameResource, splitGalleryImageId } from '../model/ids.ts';
import type { ResourceId } from '../model/template.ts';
import type { Resume } from './resume.ts';

/** What a later distribution of a run has to do, and what it leaves as it is. */
export type Remainder = {
  readonly targets: readonly TargetPlan[];
  /** By the target's index: versions that exist and lack regions. */
  readonly resume: Readonly<Record<string, Resume>>;
  readonly done: readonly RunOutput[];
};

/** The targets that did not get the image, or not everywhere. */
export function remainderOf(targets: readonly TargetPlan[], outputs: readonly RunOutput[]): Remainder {
  const outputOf = ({ runOutputName }: TargetPlan) =>
    outputs.find(({ name }) => sameResource(name, runOutputName));
  const open = targets.filter((target) => !isComplete(outputOf(target)));
  const resumed = open.flatMap((target) => {
    const resume = resumeOf(outputOf(target));
    return resume === undefined ? [] : [[String(target.index), resume] as const];
  });
  const done = targets.filter((target) => !open.includes(target)).flatMap((target) => outputOf(target) ?? []);
  return { targets: open, resume: Object.fromEntries(resumed), done };
}

function isComplete(output: RunOutput | undefined): boolean {
  if (output?.state !== 'Succeeded') return false;
  const places = [...(output.regions ?? []), ...(output.copies ?? [])];
  return places.every(({ state }) => state === 'Completed');
}

function resumeOf(output: RunOutput | undefined): Resume | undefined {
  if (output?.type !== 'SharedImage' || output.artifactId === undefined) return undefined;
  const { version } = splitGalleryImageId(output.artifactId);
  if (version === undefined) return undefined;
  return { version: imageVersion(version), regions: output.regions ?? [] };
}

/** A version that a run has published where it built, to make others of when nothing else is left of the build. */
export function publishedVersion(plan: BuildPlan, outputs: readonly RunOutput[]): ResourceId | undefined {
  const found = outputs.find(
    ({ type, regions = [] }) =>
      type === 'SharedImage' &&
      regions.some(({ region, state }) => region === plan.location && state === 'Completed'),
  );
  return found?.artifactId === undefined ? undefined : resourceId(found.artifactId);
}
