import { compact } from '../../cli/api/convert.ts';
import { list, number, object, oneOf, text } from '../../cli/api/json.ts';
import { parseFailure, parseRun } from '../../cli/api/parse.ts';
import {
  ACTIONS,
  type Card,
  type Contents,
  type Drain,
  type Gate,
  type Places,
  type Progress,
  type Relative,
  type RunMore,
  type Span,
  SPAN_STATES,
  type Waiting,
} from './model.ts';

export function parseCard(value: unknown): Card {
  const found = object(value);
  const last = object(found['newestRun']);
  const word = (name: string): string => text(found[name]) ?? '';
  const newestRun =
    text(last['id']) === undefined
      ? undefined
      : {
          id: text(last['id']) ?? '',
          state: text(last['state']) ?? '',
          startTime: text(last['startTime']) ?? '',
          ...compact({ endTime: text(last['endTime']) }),
        };
  return {
    id: word('id'),
    subscriptionId: word('subscriptionId'),
    resourceGroup: word('resourceGroup'),
    name: word('name'),
    location: word('location'),
    revision: number(found['revision']) ?? 0,
    provisioningState: word('provisioningState'),
    may: list(found['may']).flatMap((one) => oneOf(ACTIONS, one) ?? []),
    ...compact({
      provisioningError: parseFailure(found['provisioningError']),
      newestRun,
      refreshDisabled: text(object(found['refreshDisabled'])['reason']),
    }),
  };
}

export function parseRelative(value: unknown): Relative {
  const found = object(value);
  const word = (name: string): string => text(found[name]) ?? '';
  return {
    id: word('id'),
    subscriptionId: word('subscriptionId'),
    resourceGroup: word('resourceGroup'),
    name: word('name'),
    parents: list(found['parents']).flatMap((one) => text(one) ?? []),
    isBehind: found['isBehind'] === true,
    ...compact({ state: text(object(found['newestRun'])['state']) }),
  };
}

export function parseRunMore(value: unknown): RunMore {
  const found = object(value);
  const run = parseRun(found);
  if (run === undefined) throw new TypeError('The service sent something else than a run.');
  const by = object(found['requestedBy']);
  return {
    ...run,
    ...compact({
      position: number(found['position']),
      revision: number(found['revision']),
      by: text(by['id']) === undefined ? undefined : `${text(by['kind']) ?? ''} ${text(by['id']) ?? ''}`,
      keptUntil: text(found['keptUntil']),
      retryUntil: text(found['retryUntil']),
      releasedAt: text(found['releasedAt']),
      attempt: number(found['attempt']),
      contents: parseContents(found['inventory']),
    }),
  };
}

function parseContents(value: unknown): Contents | undefined {
  const { packages, usedBytes, sinceLast } = object(value);
  if (typeof packages !== 'number' || typeof usedBytes !== 'number') return undefined;
  const { added, removed, changed } = object(sinceLast);
  const changes =
    sinceLast === undefined
      ? undefined
      : { added: number(added) ?? 0, removed: number(removed) ?? 0, changed: number(changed) ?? 0 };
  return { packages, usedBytes, ...compact({ changes }) };
}

export function parseSpans(value: unknown): Span[] {
  return list(value).flatMap((one): Span[] => {
    const span = object(one);
    const [state, start] = [oneOf(SPAN_STATES, span['state']), Date.parse(text(span['start']) ?? '')];
    if (state === undefined || Number.isNaN(start)) return [];
    const end = text(span['end']);
    return [
      {
        phase: text(span['phase']) ?? '',
        state,
        start,
        ...compact({
          step: text(span['step']),
          region: text(span['region']),
          end: end === undefined ? undefined : Date.parse(end),
          message: text(span['message']),
          log: text(span['log']),
        }),
      },
    ];
  });
}

export function parseGate(value: unknown): Gate {
  const { output, ring, since } = object(value);
  return { output: text(output) ?? '', ring: number(ring) ?? 0, since: text(since) ?? '' };
}

export function parseWaiting(value: unknown): Waiting {
  const found = object(value);
  return {
    id: text(found['id']) ?? '',
    reason: text(found['reason']) ?? '',
    acceptedAt: text(found['acceptedAt']) ?? '',
    priority: number(found['priority']) ?? 0,
    ...compact({
      notBefore: text(found['notBefore']),
      position: number(found['position']),
      by: text(object(found['requestedBy'])['id']),
    }),
  };
}

export function parseProgress(value: unknown): Progress {
  const { output, publication } = object(value);
  const { version, regions } = object(publication);
  return {
    output: text(output) ?? '',
    version: text(version) ?? '',
    regions: list(regions).map((one) => {
      const { region, state, progress } = object(one);
      return {
        region: text(region) ?? '',
        state: text(state) ?? '',
        ...compact({ progress: number(progress) }),
      };
    }),
  };
}

export function parsePlaces(value: unknown): Places {
  const { taken, waiting, limits } = object(value);
  return {
    taken: number(taken) ?? 0,
    waiting: number(waiting) ?? 0,
    total: number(object(limits)['total']) ?? 0,
  };
}

export function parseDrain(value: unknown): Drain | undefined {
  const { drained, since, reason } = object(value);
  return drained === true ? { since: text(since) ?? '', reason: text(reason) ?? '' } : undefined;
}

export function textsOf(value: unknown, name: string): { at: string; text: string } {
  const found = object(value);
  return { at: text(found['at']) ?? '', text: text(found[name]) ?? '' };
}
