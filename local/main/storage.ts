import { ContainerClient } from '@azure/storage-blob';
import { startAzurite } from '../storage/azurite.ts';
import type { Storage } from './services.ts';

/** The container that a deployment has from its infrastructure. */
const CONTAINER = 'kiln';

/** Storage with what the app finds in Azure: an account and its container. */
export async function startStorage({ dataDir, port }: { dataDir: string; port: number }): Promise<Storage> {
  const azurite = await startAzurite({ location: dataDir, port });
  await new ContainerClient(azurite.connectionString, CONTAINER).createIfNotExists();
  const { connectionString, blobEndpoint, stop } = azurite;
  return { connectionString, url: blobEndpoint, stop };
}
