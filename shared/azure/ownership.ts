import { RUN_TAG, tagOf } from '../model/tags.ts';
import { KilnError } from '../errors/failure.ts';
import { apiVersionOf } from './api-versions.ts';
import type { Connection } from './clients.ts';
import { isNotFound } from './errors.ts';
import { watch } from './operations.ts';
import type { StartedOperation, Tags } from '../ports/azure.ts';

/** Throws NotOurs unless what exists was created by the run that asks for it. */
export function assertOurs(existing: Tags, wanted: Tags, id: string): void {
  const owner = tagOf(existing, RUN_TAG);
  if (owner !== undefined && owner === tagOf(wanted, RUN_TAG)) return;
  const found = owner === undefined ? `has no tag ${RUN_TAG}` : `belongs to run ${owner}`;
  throw new KilnError({
    code: 'NotOurs',
    message: `${id} exists already and ${found}. Rename or remove it; Kiln never touches what it did not create.`,
    target: id,
  });
}

/**
 * Takes over what an earlier execution of the same activity has started. Undefined when that has failed, and the caller
 * should ask for it again. Throws NotOurs for anything else's, and AzureConflict for what is just going away.
 */
export function adopt(
  connection: Connection,
  id: string,
  wanted: Tags,
  found: { readonly tags: Tags; readonly state: string },
): StartedOperation | undefined {
  assertOurs(found.tags, wanted, id);
  if (found.state === 'Succeeded') return { done: true };
  if (found.state === 'Failed' || found.state === 'Canceled') return undefined;
  if (found.state === 'Deleting')
    throw new KilnError({
      code: 'AzureConflict',
      message: `${id} is being deleted; it is created again when that has ended.`,
      target: id,
    });
  return watch(connection, id, apiVersionOf(id));
}

/** Undefined when Azure says that there is no such thing. */
export async function orUndefined<T>(found: Promise<T>): Promise<T | undefined> {
  try {
    return await found;
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}
