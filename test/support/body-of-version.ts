import { project } from '../../shared/template/project.ts';
import { NEWEST } from '../../shared/template/versions/all.ts';
import type { ApiVersion } from '../../shared/template/versions/version.ts';
import { type Body, fullBody, REF } from './sample-templates.ts';

/** A body that uses everything that a version knows, in the words of that version. */
export function bodyOfVersion(version: ApiVersion): Body {
  const at = '2026-01-01T00:00:00Z';
  const head = {
    schema: 1,
    ref: REF,
    revision: 1,
    provisioningState: 'Succeeded',
    body: fullBody(),
    bodyApiVersion: NEWEST.name,
    createdAt: at,
    changedAt: at,
  } as const;
  const { location, tags, identity, properties } = project(head, version);
  return { location, tags, identity, properties: properties as Body['properties'] };
}
