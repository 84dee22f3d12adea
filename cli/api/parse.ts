import { compact } from './convert.ts';
import { isObject, list, number, object, oneOf, text } from './json.ts';
import {
  EVENTS,
  PHASES,
  RUN_STATES,
  type ChangeCounts,
  type Failure,
  type LogInfo,
  type RegionResult,
  type Run,
  type RunInventory,
  type RunOutput,
  type TimelineEntry,
} from './types.ts';

/** Reads `{code, message, …}`; a missing code becomes `Unknown`, so that a proxy's error page still prints. */
export function parseFailure(value: unknown): Failure | undefined {
  if (!isObject(value)) return undefined;
  const details = list(value['details']).flatMap((detail) => parseFailure(detail) ?? []);
  return {
    code: text(value['code']) ?? 'Unknown',
    message: text(value['message']) ?? '',
    ...compact({
      target: text(value['target']),
      remedy: text(value['remedy']),
      azure: parseAzure(value['azure']),
    }),
    details,
  };
}

function parseAzure(value: unknown): Failure['azure'] {
  if (!isObject(value)) return undefined;
  const { code, message, correlationId } = value;
  return {
    code: text(code) ?? '',
    message: text(message) ?? '',
    ...compact({ correlationId: text(correlationId) }),
  };
}

function parseRegion(value: unknown): RegionResult {
  const region = object(value);
  return {
    region: text(region['region']) ?? '',
    state: text(region['state']) ?? '',
    seconds: number(region['seconds']) ?? 0,
    ...compact({ bootSeconds: number(region['bootSeconds']), error: parseFailure(region['error']) }),
  };
}

function parseOutput(value: unknown): RunOutput {
  const output = object(value);
  return {
    name: text(output['name']) ?? '',
    type: text(output['type']) ?? '',
    state: text(output['state']) ?? '',
    regions: list(output['regions']).map(parseRegion),
    ...compact({
      artifactId: text(output['artifactId']),
      artifactUri: text(output['artifactUri']),
      error: parseFailure(output['error']),
    }),
  };
}

function parseCounts(value: unknown): ChangeCounts | undefined {
  if (!isObject(value)) return undefined;
  const [added = 0, removed = 0, changed = 0] = ['added', 'removed', 'changed'].map((name) =>
    number(value[name]),
  );
  return { added, removed, changed };
}

function parseInventory(value: unknown): RunInventory | undefined {
  if (!isObject(value)) return undefined;
  const [packages = 0, services = 0, listening = 0] = ['packages', 'services', 'listening'].map((name) =>
    number(value[name]),
  );
  const sinceSource = parseCounts(value['sinceSource']);
  const sinceLast = parseCounts(value['sinceLast']);
  return { packages, services, listening, ...compact({ sinceSource, sinceLast }) };
}

/** Returns undefined when the value is no run at all: without an id and a state nothing can be said about it. */
export function parseRun(value: unknown): Run | undefined {
  const run = object(value);
  const id = text(run['id']);
  const state = oneOf(RUN_STATES, run['state']);
  if (id === undefined || state === undefined) return undefined;
  return {
    id,
    state,
    startTime: text(run['startTime']) ?? '',
    message: text(run['message']) ?? '',
    outputs: list(run['outputs']).map(parseOutput),
    notCarriedOut: list(run['notCarriedOut']).flatMap((note) => text(note) ?? []),
    ...compact({
      subState: text(run['subState']),
      endTime: text(run['endTime']),
      reason: text(run['reason']),
      source: text(run['source']),
      stagingGroup: text(run['stagingGroup']),
      vmSize: text(run['vmSize']),
      agent: text(run['agent']),
      cleanup: text(run['cleanup']),
      keptUntil: text(run['keptUntil']),
      inventory: parseInventory(run['inventory']),
      error: parseFailure(run['error']),
    }),
  };
}

/** Returns undefined for a phase or event that this version of the command does not know; it is then not shown. */
export function parseEntry(value: unknown): TimelineEntry | undefined {
  const entry = object(value);
  const phase = oneOf(PHASES, entry['phase']);
  const event = oneOf(EVENTS, entry['event']);
  if (phase === undefined || event === undefined) return undefined;
  return {
    id: text(entry['id']) ?? '',
    at: text(entry['at']) ?? '',
    phase,
    event,
    ...compact({ step: text(entry['step']), message: text(entry['message']), log: text(entry['log']) }),
  };
}

export function parseLogInfo(value: unknown): LogInfo | undefined {
  const log = object(value);
  const name = text(log['name']);
  return name === undefined ? undefined : { name, bytes: number(log['bytes']) ?? 0 };
}
