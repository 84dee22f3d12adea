import type { ContainerClient } from '@azure/storage-blob';
import { KilnError } from '../errors/failure.ts';
import { readAll } from './append-blobs.ts';
import { inContainer } from './container.ts';
import { parseDocument } from './documents.convert.ts';
import type { Key } from './keys.ts';
import { isAbsent, lostRace, storageFailure } from './storage-error.ts';
import type { Condition, Stored } from './store.ts';

/** Every loser of a race repeats once per winner; more rounds than this mean that something else is wrong. */
const UPDATE_ROUNDS = 50;

type Document = { readonly schema: 1 };

export async function getDocument<T extends Document>(
  container: ContainerClient,
  key: Key<T>,
): Promise<Stored<T> | undefined> {
  try {
    const answer = await container.getBlobClient(key.name).download();
    const bytes = await readAll(answer.readableStreamBody);
    return { value: parseDocument(key, bytes.toString()), etag: answer.etag ?? '' };
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw storageFailure(error, key.name);
  }
}

/** Answers the new ETag. Without a condition the document is replaced whatever it was. */
export async function putDocument<T extends Document>(
  container: ContainerClient,
  { name }: Key<T>,
  document: T,
  condition?: Condition,
): Promise<string> {
  const text = JSON.stringify(document);
  const conditions = condition === 'absent' ? { ifNoneMatch: '*' } : condition && { ifMatch: condition.etag };
  const options = {
    blobHTTPHeaders: { blobContentType: 'application/json' },
    ...(conditions && { conditions }),
  };
  const blob = container.getBlockBlobClient(name);
  try {
    const write = () => blob.upload(text, Buffer.byteLength(text), options);
    return (await inContainer(container, write)).etag ?? '';
  } catch (error) {
    if (!lostRace(error)) throw storageFailure(error, name);
    const message = `${name} was changed by somebody else. Read it again and repeat the change.`;
    throw new KilnError({ code: 'PreconditionFailed', message }, { cause: error });
  }
}

/** Read, change, conditional write, until nobody came in between. `change` gives undefined to leave it. */
export async function updateDocument<T extends Document>(
  container: ContainerClient,
  key: Key<T>,
  change: (value: T) => T | undefined,
): Promise<T> {
  for (let round = 0; round < UPDATE_ROUNDS; round += 1) {
    const current = await getDocument(container, key);
    if (current === undefined)
      throw new KilnError({ code: 'ResourceNotFound', message: `${key.name} does not exist.` });
    const next = change(current.value);
    if (next === undefined) return current.value;
    if (await wins(putDocument(container, key, next, { etag: current.etag }))) return next;
  }
  const message = `${key.name} is changed too often. Repeat the request.`;
  throw new KilnError({ code: 'Conflict', message });
}

async function wins(write: Promise<string>): Promise<boolean> {
  try {
    await write;
    return true;
  } catch (error) {
    if (error instanceof KilnError && error.failure.code === 'PreconditionFailed') return false;
    throw error;
  }
}
