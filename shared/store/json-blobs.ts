import type { ContainerClient } from '@azure/storage-blob';
import { KilnError } from '../errors/failure.ts';
import { inContainer } from './container.ts';
import { parseDocument } from './documents.convert.ts';
import { isAbsent, lostRace, storageFailure } from './storage-error.ts';
import type { Condition, Stored } from './store.ts';

/** Every loser of a race repeats once per winner; more rounds than this mean that something else is wrong. */
const UPDATE_ROUNDS = 50;

type Document = { readonly schema: 1 };

/** JSON documents with ETags in one container. */
export type JsonBlobs = ReturnType<typeof jsonBlobs>;

export function jsonBlobs(container: ContainerClient) {
  async function get<T extends Document>(name: string): Promise<Stored<T> | undefined> {
    try {
      const answer = await container.getBlobClient(name).download();
      const chunks: Buffer[] = [];
      for await (const chunk of answer.readableStreamBody ?? []) chunks.push(Buffer.from(chunk));
      return { value: parseDocument<T>(Buffer.concat(chunks).toString(), name), etag: answer.etag ?? '' };
    } catch (error) {
      if (isAbsent(error)) return undefined;
      throw storageFailure(error, name);
    }
  }

  /** Answers the new ETag. Without a condition the document is replaced whatever it was. */
  async function put(name: string, document: Document, condition?: Condition): Promise<string> {
    const text = JSON.stringify(document);
    const conditions =
      condition === 'absent' ? { ifNoneMatch: '*' } : condition && { ifMatch: condition.etag };
    try {
      const options = {
        blobHTTPHeaders: { blobContentType: 'application/json' },
        ...(conditions && { conditions }),
      };
      const blob = container.getBlockBlobClient(name);
      const answer = await inContainer(container, () => blob.upload(text, Buffer.byteLength(text), options));
      return answer.etag ?? '';
    } catch (error) {
      if (!lostRace(error)) throw storageFailure(error, name);
      const message = `${name} was changed by somebody else. Read it again and repeat the change.`;
      throw new KilnError({ code: 'PreconditionFailed', message }, { cause: error });
    }
  }

  async function update<T extends Document>(name: string, change: (value: T) => T | undefined): Promise<T> {
    for (let round = 0; round < UPDATE_ROUNDS; round += 1) {
      const current = await get<T>(name);
      if (current === undefined)
        throw new KilnError({ code: 'ResourceNotFound', message: `${name} does not exist.` });
      const next = change(current.value);
      if (next === undefined) return current.value;
      if (await wins(name, next, current.etag)) return next;
    }
    throw new KilnError({ code: 'Conflict', message: `${name} is changed too often. Repeat the request.` });
  }

  async function wins(name: string, document: Document, etag: string): Promise<boolean> {
    try {
      await put(name, document, { etag });
      return true;
    } catch (error) {
      if (error instanceof KilnError && error.failure.code === 'PreconditionFailed') return false;
      throw error;
    }
  }

  return { get, put, update };
}
