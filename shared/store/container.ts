import { type ContainerClient, RestError } from '@azure/storage-blob';

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
