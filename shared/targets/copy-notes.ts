import type { BuildPlan } from '../model/plan.ts';
import { kindOf } from './all.ts';

/** What people should know before they pay for it: https://azure.microsoft.com/pricing/details/bandwidth */
export function copyNotes({ targets, location }: Pick<BuildPlan, 'targets' | 'location'>): string[] {
  return targets.flatMap((target) => {
    const home = kindOf(target).home(target);
    if (home === undefined || home.region === location) return [];
    return [
      `"${target.runOutputName}": ${home.what} is in ${home.region} and the build in ${location}, so that the disk is copied there first. Azure bills the transfer between the regions, and a snapshot in each while it takes; it may take hours.`,
    ];
  });
}
