import type { RunContext } from './plan.ts';

/** Tag that names the run; nothing is changed or deleted that lacks the right value. */
export const RUN_TAG = 'kiln-run';

/** Tags of everything a run creates. Template tags stay on the template; artefacts carry the distributor's tags too. */
export function runTags(appName: string, run: RunContext, expires: string): Record<string, string> {
  return {
    createdBy: 'kiln',
    'kiln-app': appName,
    [RUN_TAG]: run.runId,
    'kiln-template': `${run.ref.resourceGroup}/${run.ref.name}`.slice(0, 256),
    'kiln-expires': expires,
  };
}
