import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { toObject, toText } from './edge.convert.ts';

/** The parts of host.json that the local host obeys. Times in milliseconds. */
export type HostSettings = {
  readonly routePrefix: string;
  readonly functionTimeout: number;
  readonly hubName: string;
  readonly maxActivities: number;
  readonly maxTurns: number;
  readonly serviceBus: ServiceBusSettings;
};

/** `extensions.serviceBus`. https://learn.microsoft.com/azure/azure-functions/functions-bindings-service-bus#hostjson-settings */
export type ServiceBusSettings = {
  readonly maxConcurrentCalls: number;
  readonly autoCompleteMessages: boolean;
  readonly maxAutoLockRenewalMs: number;
};

export type Environment = Record<string, string | undefined>;

/** Reads host.json, with the defaults of Azure Functions. https://learn.microsoft.com/azure/azure-functions/functions-host-json */
export function readHostSettings(directory: string): HostSettings {
  const host = readJson(path.join(directory, 'host.json'));
  const extensions = toObject(host['extensions']);
  const durable = toObject(extensions['durableTask']);
  const limitOf = (functions: string, otherwise: number): number => {
    const limit = durable[`maxConcurrent${functions}Functions`];
    return typeof limit === 'number' ? limit : otherwise;
  };
  return {
    routePrefix: toText(toObject(extensions['http'])['routePrefix']) ?? 'api',
    functionTimeout: toMilliseconds(toText(host['functionTimeout']) ?? '00:30:00'),
    hubName: toText(durable['hubName']) ?? 'TestHubName',
    maxActivities: limitOf('Activity', 10),
    maxTurns: limitOf('Orchestrator', 20),
    serviceBus: readServiceBus(toObject(extensions['serviceBus'])),
  };
}

function readServiceBus(given: Record<string, unknown>): ServiceBusSettings {
  const calls = given['maxConcurrentCalls'];
  return {
    maxConcurrentCalls: typeof calls === 'number' ? calls : 16,
    autoCompleteMessages: given['autoCompleteMessages'] !== false,
    maxAutoLockRenewalMs: toMilliseconds(toText(given['maxAutoLockRenewalDuration']) ?? '00:05:00'),
  };
}

/** `Values` of local.settings.json fill in what the environment does not set, as Core Tools do. */
export function applyLocalSettings(directory: string, environment: Environment): void {
  const file = path.join(directory, 'local.settings.json');
  if (!existsSync(file)) return;
  for (const [name, value] of Object.entries(toObject(readJson(file)['Values'])))
    if (typeof value === 'string') environment[name] ??= value;
}

/** `%NAME%` in a binding stands for an app setting. Throws when there is none. */
export function resolveSetting(text: string, environment: Environment, where: string): string {
  return text.replaceAll(/%([^%]+)%/g, (_match, name: string) => {
    const value = environment[name];
    if (value === undefined) throw new Error(`${where}: app setting '${name}' is not set.`);
    return value;
  });
}

/** The setting `AzureWebJobs.<function>.Disabled`. */
export function isDisabled(name: string, environment: Environment): boolean {
  return isOn(environment[`AzureWebJobs.${name}.Disabled`]);
}

/** Whether an app setting says yes. */
export function isOn(value: string | undefined): boolean {
  return /^(true|1)$/i.test(value ?? '');
}

/** `[d.]hh:mm:ss`; `-1` is no limit. */
export function toMilliseconds(timeSpan: string): number {
  if (timeSpan === '-1') return Number.POSITIVE_INFINITY;
  const match = /^(?:(\d+)\.)?(\d{1,2}):(\d{2}):(\d{2})$/.exec(timeSpan);
  if (!match) throw new Error(`'${timeSpan}' is not a time span like 00:30:00.`);
  const [days, hours, minutes, seconds] = match.slice(1).map((part) => Number(part ?? 0));
  return (((Number(days) * 24 + Number(hours)) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1000;
}

function readJson(file: string): Record<string, unknown> {
  try {
    return toObject(JSON.parse(readFileSync(file, 'utf8')));
  } catch (cause) {
    throw new Error(`Cannot read ${file}: ${cause instanceof Error ? cause.message : String(cause)}`, {
      cause,
    });
  }
}
