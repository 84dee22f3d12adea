import { createHash } from 'node:crypto';
import { KilnError } from '../../shared/errors/failure.ts';
import { namedArtifacts } from '../../shared/janitor/artifacts.ts';
import { sha256 as toSha256 } from '../../shared/template/convert.ts';
import { isGuid } from '../../shared/template/ids.ts';
import { readBytes } from './body.ts';
import { type Exchange, PROVIDER, type Route, type Reply } from './exchange.ts';
import { json } from './reply.ts';

/** The same as for a script that Kiln downloads. */
const LIMIT = 20 * 1024 * 1024;

/** A subscription's, as one listing of storage shows them. */
const MOST = 5000;

async function putArtifact({ request, params, commands }: Exchange): Promise<Reply> {
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
  return json({ sha256, uri: `kiln-artifact://sha256/${sha256}`, bytes: bytes.length }, 201);
}

function subscriptionOf({ subscriptionId = '' }: Exchange['params']): string {
  if (isGuid(subscriptionId)) return subscriptionId.toLowerCase();
  throw new KilnError({ code: 'ResourceNotFound', message: `There is no subscription "${subscriptionId}".` });
}

/** The bytes go with the last subscription that has them, and never while a revision names them. */
async function deleteArtifact({ params, commands: { store } }: Exchange): Promise<Reply> {
  const subscriptionId = subscriptionOf(params);
  const { sha256 = '' } = params;
  if (!/^[0-9a-f]{64}$/i.test(sha256)) return { status: 204 };
  const hash = toSha256(sha256);
  const owners = await store.uploads.owners(hash);
  if (owners.every((owner) => owner === subscriptionId)) {
    const template = (await namedArtifacts(store)).get(hash);
    if (template !== undefined) {
      const message = `Artifact ${hash} is named by a revision of ${template}. Delete the template first, or leave the artifact.`;
      throw new KilnError({ code: 'Conflict', message });
    }
    await store.artifacts.remove(hash);
  }
  await store.uploads.forget(subscriptionId, hash);
  return { status: 204 };
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
