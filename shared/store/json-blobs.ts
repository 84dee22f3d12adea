import type { ContainerClient } from '@azure/storage-blob';
import { KilnError } from '../errors/failure.ts';
import { readAll } from './append-blobs.ts';
import { inContainer } from './container.ts';
import { parseDocument, seenDocument } from './documents.convert.ts';
import type { Key } from './keys.ts';
import { beginRead, forget, remember } from './seen.ts';
import { isAbsent, lostRace, storageFailure } from './storage-error.ts';
import type { Condition, Stored } from '../ports/store.ts';

/** Every loser of a race repeats once per winner; more rounds than this mean that something else is wrong. */
const UPDATE_ROUNDS = 50;

type Document = { readonly schema: 1 };

export async function getDocument<T extends Document>(
  container: ContainerClient,
  key: Key<T>,
): Promise<Stored<T> | undefined> {
  const rememberRead = beginRead(container, key.name);
  try {
    const answer = await container.getBlobClient(key.name).download();
    const bytes = await readAll(answer.readableStreamBody);
    const stored = { value: parseDocument(key, bytes.toString()), etag: answer.etag ?? '' };
    rememberRead(stored, bytes.length);
    return stored;
  } catch (error) {
    forget(container, key.name);
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
    const etag = (await inContainer(container, write)).etag ?? '';
    remember(container, name, { value: document, etag }, text.length);
    return etag;
  } catch (error) {
    forget(container, name);
    if (!lostRace(error)) throw storageFailure(error, name);
    const message = `${name} was changed by somebody else. Read it again and repeat the change.`;
    throw new KilnError({ code: 'PreconditionFailed', message }, { cause: error });
  }
}

/**
 * Read, change, conditional write, until nobody came in between. `change` gives undefined to leave it. What this process
 * has seen last is tried first: when it still holds, nothing has to be read.
 */
export async function updateDocument<T extends Document>(
  container: ContainerClient,
  key: Key<T>,
  change: (value: T) => T | undefined,
  /** Before each write. */
  first: () => Promise<void> = () => Promise.resolve(),
): Promise<T> {
  const write = async (value: T, etag: string): Promise<boolean> => {
    await first();
    return wins(putDocument(container, key, value, { etag }));
  };
  const quick = await updateSeen(container, key, { change, write });
  if (quick !== undefined) return quick;
  for (let round = 0; round < UPDATE_ROUNDS; round += 1) {
    const current = await getDocument(container, key);
    if (current === undefined)
      throw new KilnError({ code: 'ResourceNotFound', message: `${key.name} does not exist.` });
    const next = change(current.value);
    if (next === undefined) return current.value;
    if (await write(next, current.etag)) return next;
  }
  const message = `${key.name} is changed too often. Repeat the request.`;
  throw new KilnError({ code: 'Conflict', message });
}

/** Undefined when the document has to be read: it is not known, was changed by others, or `change` would leave what is known. */
async function updateSeen<T extends Document>(
  container: ContainerClient,
  key: Key<T>,
  {
    change,
    write,
  }: {
    change: (value: T) => T | undefined;
    write: (value: T, etag: string) => Promise<boolean>;
  },
): Promise<T | undefined> {
  const known = seenDocument(container, key);
  if (known === undefined) return undefined;
  let next: T | undefined;
  try {
    next = change(known.value);
  } catch {
    // What it refuses may have been changed since.
    return undefined;
  }
  if (next === undefined) return undefined;
  return (await write(next, known.etag)) ? next : undefined;
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
