import type { ApiClient } from './client.ts';
import { list, object } from './json.ts';
import { parseRevision, parseRevisionInfo, type Revision, type RevisionInfo } from './revision.ts';
import { templatePath } from './template-id.ts';
import type { TemplateId } from './types.ts';

/** The newest first. */
export async function listRevisions(client: ApiClient, template: TemplateId): Promise<RevisionInfo[]> {
  const { body } = await client.call(`${templatePath(template)}/revisions`);
  return list(object(body)['value']).map(parseRevisionInfo);
}

export async function getRevision(client: ApiClient, template: TemplateId, name: string): Promise<Revision> {
  const { body } = await client.call(`${templatePath(template)}/revisions/${encodeURIComponent(name)}`);
  return parseRevision(body);
}
