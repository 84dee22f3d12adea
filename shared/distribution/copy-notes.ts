import type { BuildPlan } from '../model/plan.ts';

/** What people should know before they pay for it: https://azure.microsoft.com/pricing/details/bandwidth */
export function copyNotes({ targets, location }: Pick<BuildPlan, 'targets' | 'location'>): string[] {
  return targets.flatMap((target) => {
    const home = target.type === 'ManagedImage' ? target.location : homeOfVersion(target);
    if (home === undefined || home === location) return [];
    const what = target.type === 'ManagedImage' ? 'the image is' : 'the version is';
    return [
      `"${target.runOutputName}": ${what} in ${home} and the build in ${location}, so that the disk is copied there first. Azure bills the transfer between the regions, and a snapshot in each while it takes; it may take hours.`,
    ];
  });
}

function homeOfVersion(target: BuildPlan['targets'][number]): string | undefined {
  return target.type === 'SharedImage' ? target.home : undefined;
}
