import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { writeClientEnvironment } from './client-environment.ts';
import { endpointsFile, removeEndpoints, writeEndpoints, type Endpoints } from './endpoints-file.ts';
import { freePort, reservePort } from './free-port.ts';
import { InstanceLock } from './instance-lock.ts';
import { keepRunning, type BackOff } from './keep-running.ts';
import type { Options } from './options.ts';
import { refusePortsInUse } from './ports-in-use.ts';
import {
  cloudCommand,
  hostCommand,
  readCloud,
  readServiceBus,
  readStorage,
  serviceBusCommand,
  storageCommand,
  type BusPorts,
  type CloudWorld,
  type Programs,
  type ServiceBus,
  type Storage,
} from './services.ts';
import { describeExit, startService, type Service } from './service-process.ts';

export type Supervisor = {
  readonly endpoints: Endpoints;
  readonly endpointsFile: string;
  /** Resolves with the reason when something ends that cannot be started again. */
  readonly broken: Promise<string>;
  /** Stops everything in the reverse order of the start, within 8 s. */
  stop(): Promise<void>;
};

export type Parts = {
  readonly programs: Programs;
  readonly say: (line: string) => void;
  /** Ends a start that is under way. */
  readonly signal?: AbortSignal;
  readonly backOff?: BackOff;
};

/** The first start of the cloud may look for machines and make a test guest; the host loads the app. */
const READY_MS = { storage: 40_000, serviceBus: 40_000, cloud: 120_000, host: 60_000, coreTools: 300_000 };
/** Together less than the 8 s that an orderly stop may take. */
const GRACE_MS = { host: 2500, cloud: 2500, serviceBus: 1000, storage: 1500 };

/** Storage and Service Bus at once, then the cloud, then the host: each needs the address of one before. */
export async function startSupervisor(options: Options, parts: Parts): Promise<Supervisor> {
  const lock = InstanceLock.take(options.data);
  const undo: Undo = [async () => lock.release()];
  const stop = once(async () => {
    await removeEndpoints(options.data);
    for (const step of undo.toReversed()) await step();
  });
  try {
    await refusePortsInUse(options.ports);
    return { ...(await start(options, parts, undo)), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

type Undo = (() => Promise<void>)[];
type Started = Omit<Supervisor, 'stop'>;

async function start(options: Options, parts: Parts, undo: Undo): Promise<Started> {
  for (const folder of ['storage', 'service-bus', 'cloud', 'host', 'logs'])
    await mkdir(path.join(options.data, folder), { recursive: true, mode: 0o700 });
  // Tokens name the API's address, so it is known before anything starts, and stays the same when the host is restarted.
  const { port, release } = await reservePort(options.ports.api);
  undo.push(release);
  const api = `http://127.0.0.1:${port}`;
  const ground = await startGround(options, parts, undo, api);
  const { storage, bus, world } = ground;
  const envFile = await writeClientEnvironment({ ...world, data: options.data });

  const { programs } = parts;
  const command = hostCommand({
    options,
    programs,
    storage,
    serviceBus: bus.address,
    cloud: world,
    api,
    port,
  });
  let current: Service | undefined;
  const publish = async (host: Service): Promise<Endpoints> => {
    current = host;
    const endpoints = describe({ api, envFile }, ground, host);
    await writeEndpoints(options.data, endpoints);
    return endpoints;
  };
  bus.onRestart = async () => current && publish(current);
  // At its first start the real host downloads its extensions.
  const readyMs = options.host === 'core-tools' ? READY_MS.coreTools : READY_MS.host;
  const startHost = (): Promise<Service> => startService(command, readyMs, parts.signal);
  await release();
  const first = await startHost();
  const host = keepRunning(first, { start: startHost, onStart: publish, say: parts.say }, parts.backOff);
  undo.push(() => host.stop(GRACE_MS.host));
  parts.say(`Kiln is ready at ${api}.${options.host === 'core-tools' ? UNGUARDED : ''}`);

  const endpoints = await publish(first);
  return { endpoints, endpointsFile: endpointsFile(options.data), broken: brokenOf(ground) };
}

function brokenOf({ emulator, cloud }: Ground): Promise<string> {
  const ends = [emulator, cloud].map(
    async ({ name, exited }) => `The ${name} ended with ${describeExit(await exited)}.`,
  );
  return Promise.race(ends);
}

/** What is left of docs/local-mode.md "Web pages" there. */
const UNGUARDED =
  " This host is Microsoft's and may listen on every address of the machine: its own routes ask for its keys, Kiln's for a token.";

/** What the host stands on. */
type Ground = {
  readonly emulator: Service;
  readonly storage: Storage;
  readonly bus: Bus;
  readonly cloud: Service;
  readonly world: CloudWorld;
};

async function startGround(options: Options, parts: Parts, undo: Undo, api: string): Promise<Ground> {
  const { say, programs, signal } = parts;
  const [{ emulator, storage }, bus] = await both(
    startStorage(options, parts, undo),
    startBus(options, parts, undo),
  );
  const cloud = await startService(cloudCommand({ options, programs, storage, api }), READY_MS.cloud, signal);
  undo.push(() => cloud.stop(GRACE_MS.cloud));
  const world = readCloud(cloud);
  const { kind, description } = world.machines;
  say(`The local cloud is ready at ${world.url}; machines: ${kind} (${description}).`);
  return { emulator, storage, bus, cloud, world };
}

/** Waits for both even when one fails: whatever came up has said by then how it is stopped. */
async function both<A, B>(a: Promise<A>, b: Promise<B>): Promise<[A, B]> {
  await Promise.allSettled([a, b]);
  return Promise.all([a, b]);
}

async function startStorage(
  options: Options,
  { programs, say, signal }: Parts,
  undo: Undo,
): Promise<Pick<Ground, 'emulator' | 'storage'>> {
  const emulator = await startService(storageCommand(options, programs), READY_MS.storage, signal);
  undo.push(() => emulator.stop(GRACE_MS.storage));
  const storage = readStorage(emulator);
  say(`Storage is ready at ${storage.url}.`);
  return { emulator, storage };
}

type Bus = {
  readonly address: ServiceBus;
  readonly tlsPort: number;
  pid: number;
  /** Set by whoever publishes the process id. */
  onRestart: () => Promise<unknown>;
};

/** The Service Bus is started again when it dies, at the same port: messages are on disk, and clients connect again. */
async function startBus(
  options: Options,
  { programs, say, signal, backOff }: Parts,
  undo: Undo,
): Promise<Bus> {
  const start = (ports: BusPorts): Promise<Service> =>
    startService(serviceBusCommand(options, programs, ports), READY_MS.serviceBus, signal);
  const { service: first, ports } = await startAtPorts(options.ports, start);
  const { plain, tls } = ports;
  const bus: Bus = {
    address: readServiceBus(first),
    tlsPort: tls,
    pid: first.pid,
    onRestart: async () => undefined,
  };
  const onStart = async (service: Service): Promise<void> => {
    bus.pid = service.pid;
    await bus.onRestart();
  };
  const kept = keepRunning(first, { start: () => start(ports), onStart, say }, backOff);
  undo.push(() => kept.stop(GRACE_MS.serviceBus));
  say(`The Service Bus is ready at port ${plain}, with TLS at port ${tls}.`);
  return bus;
}

/** A port that was chosen here may be taken before its server listens. One that was asked for was looked at before. */
const PORT_TRIES = 3;

async function startAtPorts(
  { serviceBus, serviceBusTls }: Options['ports'],
  start: (ports: BusPorts) => Promise<Service>,
): Promise<{ readonly service: Service; readonly ports: BusPorts }> {
  for (let attempt = 1; ; attempt += 1) {
    const plain = serviceBus === 0 ? await freePort() : serviceBus;
    const tls = serviceBusTls === 0 ? await freePort() : serviceBusTls;
    const ports = { plain, tls };
    try {
      return { service: await start(ports), ports };
    } catch (error) {
      const isTaken = error instanceof Error && error.message.includes('EADDRINUSE');
      if (!isTaken || attempt === PORT_TRIES) throw error;
    }
  }
}

function describe(
  { api, envFile }: Pick<Endpoints, 'api' | 'envFile'>,
  ground: Ground,
  host: Service,
): Endpoints {
  const { emulator, storage, bus, cloud, world } = ground;
  return {
    api,
    arm: world.url,
    https: world.httpsUrl,
    caFile: world.caFile,
    envFile,
    tenantId: world.tenantId,
    storage: storage.connectionString,
    serviceBus: bus.address.connectionString,
    amqps: `amqps://127.0.0.1:${bus.tlsPort}`,
    subscriptionId: world.subscriptionId,
    tokenUrl: `${world.url}/adfs/oauth2/token`,
    clientSecret: world.clientSecret,
    audience: api,
    machines: world.machines,
    pids: {
      supervisor: process.pid,
      storage: emulator.pid,
      'service-bus': bus.pid,
      cloud: cloud.pid,
      host: host.pid,
    },
  };
}

function once(action: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | undefined;
  return () => (done ??= action());
}
