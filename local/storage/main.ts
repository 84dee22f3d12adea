// Azurite as a service of local mode: one JSON line on stdout when it is ready. Being a process of its own, it is
// stopped in an orderly way even when the supervisor was killed; Azurite itself would not notice that.
import { parseArgs } from 'node:util';
import { startAzurite } from './azurite.ts';

/** The container that a deployment has from its infrastructure. */
const CONTAINER = 'kiln';

const { values } = parseArgs({
  options: { data: { type: 'string' }, port: { type: 'string', default: '10000' } },
});
if (values.data === undefined) throw new Error('--data is missing: the folder that blobs are kept in.');

// The SDK is loaded while Azurite starts: each takes the better part of a second.
const [azurite, { ContainerClient }] = await Promise.all([
  startAzurite({ location: values.data, port: Number(values.port) }),
  import('@azure/storage-blob'),
]);
await new ContainerClient(azurite.connectionString, CONTAINER).createIfNotExists();
const stop = (): void => void azurite.stop().finally(() => process.exit(0));
process.once('SIGTERM', stop).once('SIGINT', stop);
const { blobEndpoint: url, connectionString } = azurite;
process.stdout.write(`${JSON.stringify({ ready: true, url, connectionString })}\n`);
// Nothing else keeps this process: Azurite is a child with pipes that nobody reads.
setInterval(() => undefined, 60_000);
