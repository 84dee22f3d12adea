import { isGroupName, isTemplateName, parseResourceId } from './ids.ts';
import type { RunContext } from './plan.ts';
import type { TemplateRef } from './template.ts';

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

/** Tags of what stands in a staging group, until it expires. Template tags stay on the template. */
export function runTags(appName: string, run: RunContext, expires: string): Record<string, string> {
  return { ...originTags(appName, run), [EXPIRES_TAG]: expires };
}

/** Tags of an artifact beside those of its target: it outlives its run, so that it has an origin and no expiry. */
export function artifactTags(
  appName: string,
  { run, source }: { readonly run: RunContext; readonly source: { readonly description: string } },
): Record<string, string> {
  return { ...originTags(appName, run), 'kiln-source': source.description.slice(-256) };
}

function originTags(appName: string, run: RunContext): Record<string, string> {
  return {
    createdBy: 'kiln',
    'kiln-app': appName,
    [RUN_TAG]: run.runId,
    [TEMPLATE_TAG]: templateTag(run.ref),
  };
}

/** `<subscription>/<group>/<template>`: two subscriptions may have a template of the same name each. As long as a tag may be. */
export function templateTag({ subscriptionId, resourceGroup, name }: TemplateRef): string {
  return `${subscriptionId}/${resourceGroup}/${name}`.slice(0, 256);
}

/**
 * The template that a tag names. Releases up to 0.1.0 left the subscription out: their template is in the one of what
 * carries the tag. Undefined for anything else, and for a template of another subscription.
 */
export function templateOfTag(value: string, subscriptionId: string): TemplateRef | undefined {
  const parts = value.split('/');
  const [owner = '', resourceGroup = '', name = '', ...rest] =
    parts.length === 2 ? [subscriptionId, ...parts] : parts;
  const isRef = isGroupName(resourceGroup) && isTemplateName(name) && rest.length === 0;
  if (!isRef || owner.toLowerCase() !== subscriptionId.toLowerCase()) return undefined;
  return { subscriptionId, resourceGroup, name };
}

/** True when a run of the template made the image or version of that id. */
export function isMadeBy(ref: TemplateRef, id: string, tags: Readonly<Record<string, string>>): boolean {
  const value = tagOf(tags, TEMPLATE_TAG)?.toLowerCase();
  if (value === templateTag(ref).toLowerCase()) return true;
  // As 0.1.0 wrote it: true in the template's own subscription only.
  const here = (parseResourceId(id)?.subscriptionId ?? '').toLowerCase() === ref.subscriptionId.toLowerCase();
  return here && value === `${ref.resourceGroup}/${ref.name}`.slice(0, 256).toLowerCase();
}
