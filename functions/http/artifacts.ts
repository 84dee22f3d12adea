import { createHash } from 'node:crypto';
import { assertMay } from '../../shared/access/linked.ts';
import { record } from '../../shared/audit/record.ts';
import { KilnError } from '../../shared/errors/failure.ts';
import { namedArtifacts } from '../../shared/janitor/artifacts.ts';
import { sha256 as toSha256 } from '../../shared/model/convert.ts';
import { isGuid, templateId } from '../../shared/model/ids.ts';
import type { Sha256 } from '../../shared/model/template.ts';
import { readBytes } from './body.ts';
import { type Exchange, isVisible, PROVIDER, type Route, type Reply } from './exchange.ts';
import { json } from './reply.ts';

/** The same as for a script that Kiln downloads. */
const LIMIT = 20 * 1024 * 1024;

/** A subscription's, as one listing of storage shows them. */
const MOST = 5000;

async function putArtifact(exchange: Exchange): Promise<Reply> {
  const { request, params, commands } = exchange;
  const named = (params['sha256'] ?? '').toLowerCase();
  const bytes = await readBytes(request, LIMIT);
  const actual = createHash('sha256').update(bytes).digest('hex');
  if (named !== actual) {
    const message = `The body has the SHA-256 checksum ${actual}, the URL says "${named}". Nothing was stored.`;
    throw new KilnError({ code: 'ChecksumMismatch', message });
  }
  const subscriptionId = subscriptionOf(params);
  if (!(await commands.store.uploads.note(subscriptionId, toSha256(actual), MOST))) {
    const message = `Subscription ${subscriptionId} has ${MOST} artifacts, and no more are taken. Nothing was stored.`;
    throw new KilnError({ code: 'TooManyArtifacts', message });
  }
  const sha256 = await commands.store.artifacts.put(bytes);
  await audit(exchange, 'artifact.write', sha256);
  return json({ sha256, uri: `kiln-artifact://sha256/${sha256}`, bytes: bytes.length }, 201);
}

function subscriptionOf({ subscriptionId = '' }: Exchange['params']): string {
  if (isGuid(subscriptionId)) return subscriptionId.toLowerCase();
  throw new KilnError({ code: 'ResourceNotFound', message: `There is no subscription "${subscriptionId}".` });
}

/** The bytes go with the last subscription that has them, and never while a revision names them. */
async function deleteArtifact(exchange: Exchange): Promise<Reply> {
  const { params, commands, caller } = exchange;
  const { store } = commands;
  const subscriptionId = subscriptionOf(params);
  // Artifacts have no group: who may delete in one group of the subscription could delete what others need.
  assertMay(commands.gate.policy, caller, 'admin', `/subscriptions/${subscriptionId}`);
  const { sha256 = '' } = params;
  if (!/^[0-9a-f]{64}$/i.test(sha256))
    throw new KilnError({ code: 'ResourceNotFound', message: `"${sha256}" is no SHA-256 of an artifact.` });
  const hash = toSha256(sha256);
  const owners = await store.uploads.owners(hash);
  const isLast = owners.every((owner) => owner === subscriptionId);
  if (isLast) await assertUnnamed(exchange, hash);
  await audit(exchange, 'artifact.delete', hash);
  if (isLast) await store.artifacts.remove(hash);
  await store.uploads.forget(subscriptionId, hash);
  return { status: 204 };
}

async function assertUnnamed(exchange: Exchange, hash: Sha256): Promise<void> {
  const template = (await namedArtifacts(exchange.commands.store)).get(hash);
  if (template === undefined) return;
  const which = isVisible(exchange, template) ? templateId(template) : 'a template';
  const message = `Artifact ${hash} is named by a revision of ${which}. Delete the template first, or leave the artifact.`;
  throw new KilnError({ code: 'Conflict', message });
}

async function audit(
  { params, commands, caller }: Exchange,
  action: 'artifact.write' | 'artifact.delete',
  sha256: string,
): Promise<void> {
  const resource = `/subscriptions/${params['subscriptionId'] ?? ''}/${PROVIDER}/artifacts/${sha256}`;
  const entry = { id: commands.newId(), at: commands.now().toISOString(), action, resource };
  await record(commands, entry, caller);
}

export const artifactRoutes: readonly Route[] = [
  {
    name: 'put-artifact',
    method: 'PUT',
    path: `subscriptions/{subscriptionId}/${PROVIDER}/artifacts/{sha256}`,
    role: 'Builder',
    extension: true,
    handle: putArtifact,
  },
  {
    name: 'delete-artifact',
    method: 'DELETE',
    path: `subscriptions/{subscriptionId}/${PROVIDER}/artifacts/{sha256}`,
    role: 'Admin',
    extension: true,
    handle: deleteArtifact,
  },
];
