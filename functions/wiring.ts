import { ContainerClient } from '@azure/storage-blob';
import { createAzure } from '../shared/azure/index.ts';
import { readThrough } from '../shared/azure/read-through.ts';
import { createCredential } from '../shared/azure/credential.ts';
import type { CommandContext, Orchestrations } from '../shared/commands/context.ts';
import type { JanitorContext } from '../shared/janitor/finding.ts';
import { downloadArtifact } from '../shared/net/download.ts';
import { createBlobStore } from '../shared/store/blob-store.ts';
import { createVhdBlobs } from '../shared/store/blob-vhds.ts';
import type { App } from './app.ts';
import { createAccess } from './http/access.ts';
import type { Services } from './http/serve.ts';
import { parseSettings, type Settings } from './settings.ts';

// The composition root: the only place that reads the environment. Everything is made when it is first needed, so that
// an app with wrong settings starts and can say what is wrong.

export const settings = once((): Settings => parseSettings(process.env));
export const app = once((): App => createApp(settings()));
const access = once(() => createAccess(settings().auth));
const readArm = once(() => readThrough({ endpoint: settings().armEndpoint, credential: createCredential() }));

/** What the HTTP API works with during one request. */
export function services(orchestrations: Orchestrations, logError: (message: string) => void): Services {
  const commands = commandsOf(orchestrations);
  const { auth, strictCreate } = settings();
  return { commands, vhds: app().vhds, access: access(), auth, strictCreate, readArm: readArm(), logError };
}

/** What the timer `janitor` works with. */
export function janitorContext(orchestrations: Orchestrations): JanitorContext {
  const { name: appName, azure } = app();
  return { ...commandsOf(orchestrations), appName, azure };
}

function commandsOf(orchestrations: Orchestrations): CommandContext {
  const { store, now } = app();
  const newId = () => crypto.randomUUID();
  return { store, orchestrations, urls: { allow: settings().urlAllow }, now, newId };
}

function createApp({ appName, armEndpoint, storage, storageContainer, urlAllow }: Settings): App {
  const credential = createCredential();
  const container =
    storage.kind === 'connection'
      ? new ContainerClient(storage.connectionString, storageContainer)
      : new ContainerClient(`${storage.accountUrl}/${storageContainer}`, credential);
  return {
    name: appName,
    store: createBlobStore(container),
    vhds: createVhdBlobs(container),
    azure: (subscriptionId) => createAzure({ endpoint: armEndpoint, credential, subscriptionId }),
    download: (uri) => downloadArtifact(uri, { allow: urlAllow }),
    now: () => new Date(),
  };
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}
