import type { RunContext } from './plan.ts';

/** Tag that names the run; nothing is changed or deleted that lacks the right value. */
export const RUN_TAG = 'kiln-run';

/** Tag with the moment (ISO 8601, UTC) after which the janitor may delete what carries it. */
export const EXPIRES_TAG = 'kiln-expires';

/** Tag that names the template, for people and for whoever wants to replace what it made before. */
export const TEMPLATE_TAG = 'kiln-template';

/** What each artifact carries beside the tags of its target. */
export const ARTIFACT_TAGS = ['createdBy', 'kiln-app', RUN_TAG, TEMPLATE_TAG, 'kiln-source'] as const;
/** What everything in a staging group carries beside `managedResourceTags`; no template sets them. */
export const STAGING_TAGS = ['createdBy', 'kiln-app', RUN_TAG, TEMPLATE_TAG, EXPIRES_TAG] as const;

/** Azure keeps the case of tag names as given, but compares them without it. */
export function tagOf(tags: Readonly<Record<string, string>>, name: string): string | undefined {
  return Object.entries(tags).find(([key]) => key.toLowerCase() === name.toLowerCase())?.[1];
}

/** Tags of everything a run creates. Template tags stay on the template; artefacts carry the distributor's tags too. */
export function runTags(appName: string, run: RunContext, expires: string): Record<string, string> {
  return {
    createdBy: 'kiln',
    'kiln-app': appName,
    [RUN_TAG]: run.runId,
    [TEMPLATE_TAG]: templateTag(run.ref),
    [EXPIRES_TAG]: expires,
  };
}

/** `<group>/<template>`, as long as a tag may be. */
export function templateTag({ resourceGroup, name }: RunContext['ref']): string {
  return `${resourceGroup}/${name}`.slice(0, 256);
}
