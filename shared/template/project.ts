import type { TemplateHead } from '../store/documents.ts';
import { prune, withDefaults } from './body.ts';
import { TEMPLATE_TYPE, templateId } from './ids.ts';
import { isObject, type JsonObject } from './schema/node.ts';
import type { ApiVersion } from './versions/version.ts';
import { findVersion, NEWEST } from './versions/all.ts';

/** How the service shows "not yet": https://learn.microsoft.com/azure/virtual-machines/linux/image-builder-troubleshoot */
const NO_TIME = '0001-01-01T00:00:00Z';

/** The template as a resource of `version`: the author's body with defaults, and what the service knows about it. */
export function project(head: TemplateHead, version: ApiVersion): JsonObject {
  const written = findVersion(head.bodyApiVersion) ?? NEWEST;
  // The author's version may have later fields than the reader's, and the reader's defaults may be others.
  const body = withDefaults(prune(withDefaults(head.body, written), version), version);
  const { location, tags, identity, properties } = isObject(body) ? body : {};
  return {
    id: templateId(head.ref),
    name: head.ref.name,
    type: TEMPLATE_TYPE,
    location,
    tags,
    ...(identity !== undefined && { identity }),
    properties: { ...(isObject(properties) ? withExactVersion(properties, head) : {}), ...state(head) },
    systemData: { createdAt: head.createdAt, lastModifiedAt: head.changedAt },
  };
}

/** Marketplace and gallery sources have the field; other sources never had it. */
function withExactVersion(properties: JsonObject, { exactVersion }: TemplateHead): JsonObject {
  const { source } = properties;
  if (!isObject(source) || !['PlatformImage', 'SharedImageVersion'].includes(String(source['type'])))
    return properties;
  const asked = source['version'] ?? source['imageVersionId'];
  return { ...properties, source: { ...source, exactVersion: exactVersion ?? asked } };
}

function state(head: TemplateHead): JsonObject {
  const { provisioningState, provisioningError, lastRun, exactStagingResourceGroup = '' } = head;
  return {
    provisioningState,
    ...(provisioningError && {
      provisioningError: {
        provisioningErrorCode: provisioningError.code,
        message: provisioningError.message,
      },
    }),
    ...(lastRun && { lastRunStatus: lastRunStatus(lastRun) }),
    exactStagingResourceGroup,
  };
}

function lastRunStatus(run: NonNullable<TemplateHead['lastRun']>): JsonObject {
  const { startTime, endTime = NO_TIME, state: runState, subState, message } = run;
  const isRunning = runState === 'Running' && subState !== undefined;
  return { startTime, endTime, runState, ...(isRunning && { runSubState: subState }), message };
}
