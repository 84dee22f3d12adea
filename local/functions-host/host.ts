import { performance } from 'node:perf_hooks';
import { systemClock, type Clock } from '../durable/clock.ts';
import { DurableEngine } from '../durable/engine.ts';
import { clientBinding } from '../durable/http/client-binding.ts';
import { lockDirectory, openDatabase } from '../durable/store/schema.ts';
import { DurableStore } from '../durable/store/store.ts';
import { Worker } from '../durable/worker.ts';
import type { AppFunction, FunctionApp } from './app.ts';
import { AppFunctionRunner } from './durable-functions.ts';
import { DurableTrigger } from './durable-trigger.ts';
import { HttpListener } from './http/server.ts';
import { HttpTrigger } from './http/http-trigger.ts';
import { Invoker } from './invoker.ts';
import { readKeys } from './keys.ts';
import { loadApp } from './load.ts';
import type { Log } from './log.ts';
import { ServiceBusClients } from './service-bus/clients.ts';
import { ServiceBusOutput } from './service-bus/output.ts';
import { ServiceBusTrigger } from './service-bus/trigger.ts';
import {
  applyLocalSettings,
  isDisabled,
  isOn,
  readHostSettings,
  type Environment,
  type HostSettings,
} from './settings.ts';
import { TimerStatusFile } from './timer/status-file.ts';
import { TimerTrigger } from './timer/timer-trigger.ts';
import { unknownTriggers, type TriggerKind } from './trigger-kind.ts';

export type HostOptions = {
  /** The app root, with package.json and host.json. */
  readonly app: string;
  /** 0 picks a free port. */
  readonly port: number;
  /** Where history and timer states live. */
  readonly data: string;
  readonly strict: boolean;
  readonly environment: Environment;
  readonly log: Log;
  readonly clock?: Clock;
};

export type Host = {
  readonly url: string;
  readonly startMs: number;
  /** Takes no more work; what is under way runs again after the next start. */
  stop(): Promise<void>;
};

/** Hooks of the app may hang; the host is to be gone within two seconds. */
const GOODBYE = 1000;

/** Starts the host for an app that is already built. Rejects when the app cannot be loaded or asks for what is not here. */
export async function startHost(options: HostOptions): Promise<Host> {
  const began = performance.now();
  const settings = readHostSettings(options.app);
  applyLocalSettings(options.app, options.environment);
  const unlock = lockDirectory(options.data);
  const listener = new HttpListener(options.log);
  try {
    const port = await listener.listen(options.port);
    // Without it durable-functions rewrites every management URL to localhost:7071.
    options.environment['WEBSITE_HOSTNAME'] = `127.0.0.1:${port}`;
    const url = `http://127.0.0.1:${port}`;
    const app = await loadApp(options.app, options.log, settings.functionTimeout);
    const parts = assemble(options, settings, { app, listener, url });
    for (const kind of parts.kinds) kind.start();
    const stop = async (): Promise<void> => {
      for (const kind of parts.kinds) kind.stop();
      await listener.close();
      await Promise.race([app.end(), new Promise((resolve) => setTimeout(resolve, GOODBYE).unref())]);
      parts.store.close();
      unlock();
    };
    return { url, startMs: Math.round(performance.now() - began), stop };
  } catch (error) {
    await listener.close();
    unlock();
    throw error;
  }
}

type Loaded = { readonly app: FunctionApp; readonly listener: HttpListener; readonly url: string };

function assemble(
  options: HostOptions,
  settings: HostSettings,
  { app, listener, url }: Loaded,
): { readonly kinds: readonly TriggerKind[]; readonly store: DurableStore } {
  const { environment, log, strict } = options;
  const clock = options.clock ?? systemClock;
  const store = new DurableStore(openDatabase(options.data));
  const keys = readKeys(options.data);
  const webhooks = { origin: url, hubName: settings.hubName, key: keys.durable };
  const binding = { string: JSON.stringify(clientBinding(webhooks)) };
  const inputs = [{ types: ['durableclient', 'orchestrationclient'], value: () => binding }];
  const worker = new Worker(new AppFunctionRunner(app, inputs), () => clock.now());
  const engine = new DurableEngine({
    runner: worker,
    store,
    clock,
    strict,
    maxActivities: settings.maxActivities,
    maxTurns: settings.maxTurns,
    log: (level, message) => log(level, 'durable', message),
  });
  const clients = new ServiceBusClients(environment);
  const invoker = new Invoker(app, inputs, [new ServiceBusOutput(clients, environment)]);
  const { routePrefix } = settings;
  const homepage = !isOn(environment['AzureWebJobsDisableHomepage']);
  const statuses = new TimerStatusFile(options.data);
  const kinds = [
    new DurableTrigger(engine),
    new HttpTrigger({ listener, invoker, engine, worker, webhooks, keys, routePrefix, homepage, log }),
    new TimerTrigger({ invoker, clock, statuses, environment, log }),
    new ServiceBusTrigger({ invoker, clients, settings: settings.serviceBus, environment, log }),
  ];
  prepare(app, kinds, invoker, environment);
  return { kinds, store };
}

function prepare(
  app: FunctionApp,
  kinds: readonly TriggerKind[],
  invoker: Invoker,
  environment: Environment,
): void {
  const all = [...app.functions.values()];
  const enabled = all.filter(({ name }) => !isDisabled(name, environment));
  const disabled = all.filter(({ name }) => isDisabled(name, environment));
  const faults = [
    ...unknownTriggers(enabled, kinds),
    ...enabled.flatMap((target) => invoker.unsupported(target)),
  ];
  if (faults.length > 0)
    throw new Error(
      `KILN-HOST-UNSUPPORTED-BINDING: ${faults.join('; ')}. The local host serves ${kinds.flatMap(({ types }) => types).join(', ')}.`,
    );
  for (const kind of kinds) {
    const isOurs = ({ trigger }: AppFunction): boolean => kind.types.includes(trigger.type.toLowerCase());
    kind.prepare(enabled.filter(isOurs), disabled.filter(isOurs));
  }
}
