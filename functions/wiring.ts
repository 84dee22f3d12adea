import type { ServiceBusClient } from '@azure/service-bus';
import { ContainerClient } from '@azure/storage-blob';
import { JANITOR, type Principal, QUEUE, REFRESH_TIMER, UNKNOWN } from '../shared/model/principal.ts';
import { createAzure } from '../shared/azure/index.ts';
import { readThrough } from '../shared/azure/read-through.ts';
import { createSecretReader } from '../shared/azure/key-vault.ts';
import { keyVaultSigner } from '../shared/azure/key-vault-signer.ts';
import { createCredential } from '../shared/azure/credential.ts';
import { afterEnd } from '../shared/commands/end-run.ts';
import type { CommandContext } from '../shared/commands/context.ts';
import type { DurableEngine } from '../shared/ports/engine.ts';
import type { JanitorContext } from '../shared/janitor/finding.ts';
import { KilnError } from '../shared/errors/failure.ts';
import type { CloudEvent } from '../shared/model/cloud-event.ts';
import { deliverEvents, type DeliveryContext, deliverRun } from '../shared/messaging/deliver.ts';
import { createDeadLetters } from '../shared/messaging/dead-letters.ts';
import { createResend } from '../shared/messaging/resend.ts';
import { connectBus, createTopicSink } from '../shared/messaging/service-bus.ts';
import { createSettlement } from '../shared/messaging/settlement.convert.ts';
import type { Azure } from '../shared/ports/azure.ts';
import type { EventSink } from '../shared/ports/sink.ts';
import { createWebhookSink } from '../shared/messaging/webhook.ts';
import { fileSigner } from '../shared/provenance/key-file.ts';
import { createEnqueue } from '../shared/refresh/enqueue.ts';
import type { RefreshContext } from '../shared/refresh/refresh-context.ts';
import { accept } from '../shared/requests/accept.ts';
import { keyOfMessage, readMessage } from '../shared/requests/read-message.ts';
import type { WireRequest } from '../shared/requests/request-schema.ts';
import { downloadArtifact } from '../shared/net/download.ts';
import { createOsvSource } from '../shared/net/osv-archive.ts';
import { Remembered } from '../shared/remembered.ts';
import { blobAdvisories } from '../shared/store/blob-advisories.ts';
import { createBlobStore } from '../shared/store/blob-store.ts';
import { createVhdBlobs } from '../shared/store/blob-vhds.ts';
import type { Run, Slot } from '../shared/model/documents/documents.ts';
import { createViews } from '../shared/views/views.ts';
import { inventoryReader, type WatchContext } from '../shared/vulnerabilities/look-after.ts';
import type { App } from './app.ts';
import { wakeWaiting } from './durable-engine.ts';
import { createAccess } from './http/access.ts';
import type { Services } from './http/serve.ts';
import type { QueueContext } from './queue/build-requests.ts';
import { parseSettings, type Settings } from './settings.ts';

// The composition root: the only place that reads the environment. Everything is made when it is first needed, so that
// an app with wrong settings starts and can say what is wrong.

export const REQUESTS_QUEUE = 'build-requests';
const EVENTS_TOPIC = 'build-events';

export type Log = { readonly info: (text: string) => void; readonly error: (text: string) => void };

export const settings = once((): Settings => parseSettings(process.env));
export const app = once((): App => createApp(settings()));
const access = once(() => createAccess(settings().auth, settings().policy));
const views = once(() => createViews(app().store, { limits: app().limits, now: app().now }));
const readArm = once(() => readThrough({ endpoint: settings().armEndpoint, credential: createCredential() }));

/** What the HTTP API works with during one request. */
export function services(engine: DurableEngine, log: Log): Services {
  // The caller takes the place of the actor once its token is read.
  const commands = commandsOf(engine, { actor: UNKNOWN, log: log.info });
  const { auth, strictCreate, rights } = settings();
  return {
    commands,
    vhds: app().vhds,
    advisories: app().advisories,
    views: views(),
    deadLetters: deadLetters(),
    appName: app().name,
    azure: app().azure,
    access: access(),
    auth,
    strictCreate,
    ...(rights && { rights }),
    readArm: readArm(),
    logError: log.error,
  };
}

/** What the timer `janitor` works with. */
export function janitorContext(engine: DurableEngine, log: (line: string) => void): JanitorContext {
  const { name: appName, azure } = app();
  return { ...commandsOf(engine, { actor: JANITOR, log }), appName, azure };
}

/** What the timer `vulnerabilities` works with. */
export function watchContext(log: (line: string) => void): WatchContext {
  const { store, advisories: index, osv: source, now } = app();
  return { store, index, source, now, log, inventoryOf: inventoryReader(store) };
}

/** What the queue trigger works with. */
export function queueContext(engine: DurableEngine, log: QueueContext['log']): QueueContext {
  const { name: appName } = app();
  return {
    commands: commandsOf(engine, { actor: QUEUE, log: (line) => log.info(line) }),
    appName,
    settlement: settlement(),
    resend: resend(),
    tell,
    log,
  };
}

/** What the timer `refresh` works with. */
export function refreshContext(engine: DurableEngine, log: (line: string) => void): RefreshContext {
  const { azure, download } = app();
  const commands = commandsOf(engine, { actor: REFRESH_TIMER, log });
  // Straight to where the queue would bring it: in the queue it could be told from nobody else's.
  const send = async (request: WireRequest, key: string, actor: Principal) => {
    const incoming = readMessage({ body: request, messageId: key, properties: {} }, commands.urls);
    await accept({ ...commands, actor }, incoming);
  };
  const contentOf = async (uri: string) => (await download(uri)).sha256;
  return { ...commands, azure, contentOf, enqueue: createEnqueue(send) };
}

const settlement = once(() => createSettlement(bus, REQUESTS_QUEUE));
const deadLetters = once(() => createDeadLetters({ bus, name: REQUESTS_QUEUE }, keyOfMessage));
const resend = once(() => createResend(bus, REQUESTS_QUEUE, () => new Date()));

/** What commands work with in timers, activities and the queue. */
export function commandsOf(
  engine: DurableEngine,
  { actor, log }: Pick<CommandContext, 'actor' | 'log'>,
): CommandContext {
  const { store, now, gate, urls, limits } = app();
  const newId = () => crypto.randomUUID();
  const wake = (waiting: readonly Slot[]) => wakeWaiting(engine, waiting);
  const ended = (run: Run) => afterEnd({ store, limits, flush, log, wake }, run);
  return { store, engine, actor, gate, log, urls, now, newId, ended };
}

const credential = once(createCredential);

const bus = once((): ServiceBusClient => {
  const connection = settings().bus;
  if (connection !== undefined) return connectBus(connection, credential());
  const message = 'Neither ServiceBusConnection nor ServiceBusConnection__fullyQualifiedNamespace is set.';
  throw new KilnError({ code: 'NotConfigured', message });
});

const sinks = once((): readonly EventSink[] => {
  const { bus: connection, webhook } = settings();
  return [
    ...(connection === undefined ? [] : [createTopicSink(bus, EVENTS_TOPIC)]),
    ...(webhook === undefined ? [] : [createWebhookSink(webhook, () => new Date())]),
  ];
});

/** What the timer `outbox` works with. */
export function deliveryContext(warn: (text: string) => void): DeliveryContext {
  const { store, now } = app();
  return { store, sinks: sinks(), now, warn };
}

/** Sends at once what a run has to tell; trouble is the outbox timer's to mend, never the run's. */
function flush(runId: string): Promise<void> {
  clearTimeout(flushing.get(runId));
  flushing.delete(runId);
  return quietly((context) => deliverRun(context, runId));
}

/** Milliseconds: phases and regions come in bursts, and each delivery reads and writes as much as the next. */
const FLUSH_AFTER = 1000;
const flushing = new Map<string, NodeJS.Timeout>();

function flushSoon(runId: string): void {
  if (!flushing.has(runId))
    flushing.set(
      runId,
      setTimeout(() => void flush(runId), FLUSH_AFTER),
    );
}

function tell(events: readonly CloudEvent[]): Promise<void> {
  return quietly((context) => deliverEvents(context, events));
}

async function quietly(work: (context: DeliveryContext) => Promise<void>): Promise<void> {
  if (sinks().length === 0) return;
  try {
    await work(deliveryContext(() => undefined));
  } catch {
    // The entry is still in the outbox.
  }
}

function createApp(settings: Settings): App {
  const { appName, limits, armEndpoint, keyVaultEndpoint, storage, storageContainer, urlAllow } = settings;
  const container =
    storage.kind === 'connection'
      ? new ContainerClient(storage.connectionString, storageContainer)
      : new ContainerClient(`${storage.accountUrl}/${storageContainer}`, credential());
  const vhds = createVhdBlobs(container);
  const { encryptionAtHost, provenance } = settings;
  const { key, mostBytes } = provenance;
  const vault = {
    credential: credential(),
    ...(keyVaultEndpoint !== undefined && { endpoint: keyVaultEndpoint }),
  };
  return {
    name: appName,
    limits,
    store: createBlobStore(container),
    vhds,
    gate: { policy: settings.policy, isOwnBlob: vhds.isOwn },
    azure: remembering((subscriptionId) =>
      createAzure({ endpoint: armEndpoint, credential: credential(), subscriptionId, encryptionAtHost }),
    ),
    secret: createSecretReader(vault),
    ...(key && { signer: key.kind === 'file' ? fileSigner(key.at) : keyVaultSigner(vault, key.at) }),
    mostDigestBytes: mostBytes,
    advisories: blobAdvisories(container),
    osv: createOsvSource(settings.osvUrl),
    urls: { allow: urlAllow },
    isoHelper: settings.isoHelper,
    hygieneBoot: settings.hygieneBoot,
    download: (uri) => downloadArtifact(uri, { allow: urlAllow }),
    flush,
    flushSoon,
    now: () => new Date(),
  };
}

/** Subscriptions: whoever may name one chooses how many. */
const MOST_CLIENTS = 50;

/** The SDK's clients hold nothing but settings, and take milliseconds to make, which each activity of each build would spend. */
function remembering(make: (subscriptionId: string) => Azure): (subscriptionId: string) => Azure {
  const made = new Remembered<Azure>(MOST_CLIENTS);
  return (subscriptionId) => {
    const key = subscriptionId.toLowerCase();
    const azure = made.get(key) ?? make(subscriptionId);
    made.set(key, azure, 1);
    return azure;
  };
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}
