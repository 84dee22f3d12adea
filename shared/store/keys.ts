import type { RunId, TemplateRef } from '../template/model.ts';
import { templateKey } from '../template/ids.ts';

/** Blob names. Azure drops a dot at the end of a path segment, so that `a.` and `a` would be one template. */
function folder(ref: TemplateRef): string {
  const parts = templateKey(ref).split('/');
  return `templates/${parts.map((part) => part.replace(/\.$/, '%2e')).join('/')}`;
}

export const headKey = (ref: TemplateRef): string => `${folder(ref)}/template.json`;
export const templateFolder = (ref: TemplateRef): string => `${folder(ref)}/`;
export const revisionKey = (ref: TemplateRef, revision: number): string =>
  `${folder(ref)}/revisions/${String(revision).padStart(4, '0')}.json`;
export const runsFolder = (ref: TemplateRef): string => `${folder(ref)}/runs/`;
export const runKey = (ref: TemplateRef, id: RunId): string => `${runsFolder(ref)}${id}/run.json`;
export const timelineKey = (ref: TemplateRef, id: RunId): string => `${runsFolder(ref)}${id}/timeline.jsonl`;
export const logsFolder = (ref: TemplateRef, id: RunId): string => `${runsFolder(ref)}${id}/logs/`;
export const operationKey = (id: string): string => `operations/${id.toUpperCase()}.json`;
export const artifactKey = (sha256: string): string => `artifacts/${sha256.toLowerCase()}`;
export const groupFolder = (subscriptionId: string, resourceGroup: string): string =>
  `templates/${subscriptionId.toLowerCase()}/${resourceGroup.toLowerCase()}/`;
export const subscriptionFolder = (subscriptionId: string): string =>
  `templates/${subscriptionId.toLowerCase()}/`;
