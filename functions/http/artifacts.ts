import { createHash } from 'node:crypto';
import { record } from '../../shared/audit/record.ts';
import { KilnError } from '../../shared/errors/failure.ts';
import { readBytes } from './body.ts';
import { type Exchange, PROVIDER, type Route, type Reply } from './exchange.ts';
import { json } from './reply.ts';

/** The same as for a script that Kiln downloads. */
const LIMIT = 20 * 1024 * 1024;

async function putArtifact({ request, params, commands, caller }: Exchange): Promise<Reply> {
  const named = (params['sha256'] ?? '').toLowerCase();
  const bytes = await readBytes(request, LIMIT);
  const actual = createHash('sha256').update(bytes).digest('hex');
  if (named !== actual) {
    const message = `The body has the SHA-256 checksum ${actual}, the URL says "${named}". Nothing was stored.`;
    throw new KilnError({ code: 'ChecksumMismatch', message });
  }
  const sha256 = await commands.store.artifacts.put(bytes);
  const at = commands.now().toISOString();
  const entry = {
    id: commands.newId(),
    at,
    action: 'artifact.write',
    resource: resourceOf(params, sha256),
  } as const;
  await record(commands, entry, caller);
  return json({ sha256, uri: `kiln-artifact://sha256/${sha256}`, bytes: bytes.length }, 201);
}

function resourceOf({ subscriptionId = '' }: Exchange['params'], sha256: string): string {
  return `/subscriptions/${subscriptionId}/${PROVIDER}/artifacts/${sha256}`;
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
];
