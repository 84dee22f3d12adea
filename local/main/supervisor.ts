import { mkdir } from 'node:fs/promises';
import { endpointsFile, removeEndpoints, writeEndpoints, type Endpoints } from './endpoints-file.ts';
import { freePort } from './free-port.ts';
import { InstanceLock } from './instance-lock.ts';
import { keepRunning, type BackOff } from './keep-running.ts';
import type { Options } from './options.ts';
import {
  cloudCommand,
  hostCommand,
  readCloud,
  type CloudWorld,
  type Programs,
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
  readonly startStorage: (options: { dataDir: string; port: number }) => Promise<Storage>;
  readonly say: (line: string) => void;
  /** Ends a start that is under way. */
  readonly signal?: AbortSignal;
  readonly backOff?: BackOff;
};

/** The first start of the cloud may look for machines and make a test guest; the host loads the app. */
const READY_MS = { cloud: 120_000, host: 60_000 };
const GRACE_MS = { host: 3000, cloud: 3500 };

/** Storage, then the cloud, then the host: each needs the address of the one before. */
export async function startSupervisor(options: Options, parts: Parts): Promise<Supervisor> {
  const lock = InstanceLock.take(options.data);
  const undo: Undo = [async () => lock.release()];
  const stop = once(async () => {
    await removeEndpoints(options.data);
    for (const step of undo.toReversed()) await step();
  });
  try {
    return { ...(await start(options, parts, undo)), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

type Undo = (() => Promise<void>)[];
type Started = Omit<Supervisor, 'stop'>;

async function start(options: Options, parts: Parts, undo: Undo): Promise<Started> {
  const { say, programs } = parts;
  const storageData = `${options.data}/storage`;
  for (const folder of [storageData, `${options.data}/cloud`, `${options.data}/host`, `${options.data}/logs`])
    await mkdir(folder, { recursive: true, mode: 0o700 });

  const storage = await parts.startStorage({ dataDir: storageData, port: options.ports.storage });
  undo.push(() => storage.stop());
  say(`Storage is ready at ${storage.url}.`);

  const cloud = await startService(cloudCommand(options, programs, storage), READY_MS.cloud, parts.signal);
  undo.push(() => cloud.stop(GRACE_MS.cloud));
  const world = readCloud(cloud);
  say(
    `The local cloud is ready at ${world.url}; machines: ${world.machines.kind} (${world.machines.description}).`,
  );

  // Tokens name the API's address, so it must be known before the host starts, and stay the same when it is restarted.
  const port = options.ports.api === 0 ? await freePort() : options.ports.api;
  const api = `http://127.0.0.1:${port}`;
  const command = hostCommand({ options, programs, storage, cloud: world, api, port });
  const publish = async (host: Service): Promise<Endpoints> => {
    const endpoints = describe({ api, storage, world, cloud, host });
    await writeEndpoints(options.data, endpoints);
    return endpoints;
  };
  const startHost = (): Promise<Service> => startService(command, READY_MS.host, parts.signal);
  const first = await startHost();
  const host = keepRunning(first, { start: startHost, onStart: publish, say }, parts.backOff);
  undo.push(() => host.stop(GRACE_MS.host));
  say(`Kiln is ready at ${api}.`);

  const endpoints = await publish(first);
  const broken = cloud.exited.then((exit) => `The local cloud ended with ${describeExit(exit)}.`);
  return { endpoints, endpointsFile: endpointsFile(options.data), broken };
}

type Running = { api: string; storage: Storage; world: CloudWorld; cloud: Service; host: Service };

function describe({ api, storage, world, cloud, host }: Running): Endpoints {
  return {
    api,
    arm: world.url,
    storage: storage.connectionString,
    subscriptionId: world.subscriptionId,
    tokenUrl: `${world.url}/adfs/oauth2/token`,
    audience: api,
    machines: world.machines,
    pids: { supervisor: process.pid, cloud: cloud.pid, host: host.pid },
  };
}

function once(action: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | undefined;
  return () => (done ??= action());
}
