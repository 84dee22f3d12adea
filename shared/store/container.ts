import {
  type AppendBlobClient,
  type BlobClient,
  type BlockBlobClient,
  ContainerClient,
  type PageBlobClient,
  RestError,
} from '@azure/storage-blob';
import { KilnError } from '../errors/failure.ts';

/**
 * A container in which no name leads out of its folder. The SDK writes a blob's name into a URL, and every URL parser
 * folds `a/../b` into `b`: a name that a caller made of unchecked text would reach other documents, and with one more
 * `..` other containers of the account. Whoever makes a key checks its parts; this holds when somebody forgets.
 * https://learn.microsoft.com/rest/api/storageservices/naming-and-referencing-containers--blobs--and-metadata
 */
export class DocumentContainer extends ContainerClient {
  static of(container: ContainerClient): DocumentContainer {
    return new DocumentContainer(container.url, container.credential);
  }

  override getBlobClient(name: string): BlobClient {
    return super.getBlobClient(insideFolder(name));
  }

  override getBlockBlobClient(name: string): BlockBlobClient {
    return super.getBlockBlobClient(insideFolder(name));
  }

  override getAppendBlobClient(name: string): AppendBlobClient {
    return super.getAppendBlobClient(insideFolder(name));
  }

  override getPageBlobClient(name: string): PageBlobClient {
    return super.getPageBlobClient(insideFolder(name));
  }
}

/** The name as it is. @throws {KilnError} ResourceNotFound for one with an empty, `.` or `..` segment. */
function insideFolder(name: string): string {
  if (name.split('/').every((segment) => !/^\.{0,2}$/.test(segment))) return name;
  throw new KilnError({ code: 'ResourceNotFound', message: `"${name}" cannot be the name of a document.` });
}

/** Writes; when the container is not there yet, as on the first start, makes it and writes again. */
export async function inContainer<T>(container: ContainerClient, write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (error) {
    if (!hasNoContainer(error)) throw error;
    await container.createIfNotExists();
    return write();
  }
}

export function hasNoContainer(error: unknown): boolean {
  return error instanceof RestError && error.code === 'ContainerNotFound';
}
