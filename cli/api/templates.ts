import { ApiError, type ApiClient, type Reply } from './client.ts';
import { isObject, list, object, text } from './json.ts';
import { waitForOperation } from './operations.ts';
import { parseFailure } from './parse.ts';
import { parseTemplateId, templatePath } from './template-id.ts';
import type { TemplateId } from './types.ts';

const PROVIDER = 'providers/Microsoft.VirtualMachineImages';

/** What the service said of a template that it has accepted. */
export type Told = { readonly leftOut: string[]; readonly warnings: string[] };

/**
 * Creates or changes a template and waits until the service has accepted and pinned everything it names. Resolves with
 * what no build will carry out of it, and what may stop one.
 */
export async function putTemplate(client: ApiClient, id: TemplateId, body: unknown): Promise<Told> {
  const reply = await client.call(templatePath(id), { method: 'PUT', json: body });
  await waitForOperation(client, reply);
  const stored = await client.call(templatePath(id), { patienceMs: 30_000 });
  const properties = object(object(stored.body)['properties']);
  if (properties['provisioningState'] !== 'Failed')
    return { leftOut: textsIn(properties['notCarriedOut']), warnings: textsIn(properties['warnings']) };
  const { provisioningErrorCode: code, ...error } = object(properties['provisioningError']);
  const failure = parseFailure({ message: 'The template could not be created.', ...error, code });
  throw new ApiError(400, failure ?? { code: 'ProvisioningFailed', message: '', details: [] });
}

const textsIn = (value: unknown): string[] => list(value).flatMap((note) => text(note) ?? []);

/** Starts a run; the reply carries the operation's poll URL. */
export function startRun(
  client: ApiClient,
  id: TemplateId,
  wish: { readonly noCache?: boolean } = {},
): Promise<Reply> {
  const query = wish.noCache === true ? { query: { noCache: 'true' } } : {};
  return client.call(`${templatePath(id)}/run`, { method: 'POST', ...query });
}

/** Asks for a cancel; returns as soon as the service has taken the wish. */
export async function requestCancel(client: ApiClient, id: TemplateId): Promise<Reply> {
  return client.call(`${templatePath(id)}/cancel`, { method: 'POST' });
}

export async function readTemplate(client: ApiClient, id: TemplateId): Promise<void> {
  await client.call(templatePath(id));
}

export async function deleteTemplate(client: ApiClient, id: TemplateId): Promise<void> {
  await waitForOperation(client, await client.call(templatePath(id), { method: 'DELETE' }));
}

/** All templates of a subscription or group, page by page. */
export async function listTemplates(
  client: ApiClient,
  scope: { subscriptionId: string; resourceGroup: string | undefined },
): Promise<TemplateId[]> {
  const group =
    scope.resourceGroup === undefined ? '' : `resourceGroups/${encodeURIComponent(scope.resourceGroup)}/`;
  const found: TemplateId[] = [];
  let path: string | undefined = `/subscriptions/${scope.subscriptionId}/${group}${PROVIDER}/imageTemplates`;
  while (path !== undefined) {
    const page = object((await client.call(path)).body);
    for (const item of list(page['value'])) {
      const id = isObject(item) ? parseTemplateId(text(item['id']) ?? '') : undefined;
      if (id !== undefined) found.push(id);
    }
    path = text(page['nextLink']);
  }
  return found;
}

/** Stores a local file under its digest. The same bytes twice are one artifact. */
export async function putArtifact(
  client: ApiClient,
  subscriptionId: string,
  artifact: { sha256: string; bytes: Uint8Array },
): Promise<void> {
  const path = `/subscriptions/${subscriptionId}/${PROVIDER}/artifacts/${artifact.sha256}`;
  await client.call(path, { method: 'PUT', bytes: artifact.bytes });
}

/** A URL that reads the output's blob for a while. It is a secret: never print it. */
export async function downloadUrl(client: ApiClient, id: TemplateId, output: string): Promise<string> {
  const path = `${templatePath(id)}/runOutputs/${encodeURIComponent(output)}/download`;
  const reply = await client.call(path, { method: 'POST' });
  const url = text(object(reply.body)['url']);
  if (url === undefined)
    throw new ApiError(500, { code: 'NoUrl', message: `Output "${output}" has no file.`, details: [] });
  return url;
}
