import { compact } from '../../cli/api/convert.ts';
import { isObject, list, number, object, text } from '../../cli/api/json.ts';
import { parseLogInfo } from '../../cli/api/parse.ts';
import type { DeadLetter, Doctor, Finding, Overview, RunView, Seen, TemplateView } from './model.ts';
import {
  parseCard,
  parseDrain,
  parseGate,
  parsePlaces,
  parseProgress,
  parseRelative,
  parseRunMore,
  parseSpans,
  parseWaiting,
  textsOf,
} from './parse-parts.ts';

// Answers of the API, read once, here: what a newer service adds is left out.

export function parseOverview(body: unknown): Overview {
  const found = object(body);
  const caller = object(found['caller']);
  return {
    version: text(found['version']) ?? '',
    caller: { id: text(caller['id']) ?? '', role: text(caller['role']) ?? '' },
    ...compact({ drain: parseDrain(found['drain']) }),
    places: parsePlaces(found['places']),
    templates: list(found['templates']).map(parseSeen),
  };
}

export function parseRunView(body: unknown): RunView {
  const found = object(body);
  return {
    run: parseRunMore(found['run']),
    template: parseCard(found['template']),
    spans: parseSpans(found['spans']),
    gates: list(found['gates']).map(parseGate),
    notes: list(found['notes']).map((note) => textsOf(note, 'message')),
    logs: list(found['logs']).flatMap((log) => parseLogInfo(log) ?? []),
    usual: Object.fromEntries(
      Object.entries(object(found['usual'])).flatMap(([name, value]) =>
        typeof value === 'number' ? [[name, value] as const] : [],
      ),
    ),
    publications: list(found['publications']).map(parseProgress),
  };
}

export function parseTemplateView(body: unknown): TemplateView {
  const found = object(body);
  return {
    ...parseCard(found),
    template: object(found['template']),
    runs: list(found['runs']).map((run) => ({
      ...parseRunMore(run),
      spans: parseSpans(object(run)['spans']),
    })),
    ...compact({ nextLink: text(found['nextLink']) }),
    triggers: list(found['triggers']).map((one) => {
      const { name, properties } = object(one);
      const { kind, status } = object(properties);
      return {
        name: text(name) ?? '',
        kind: text(kind) ?? '',
        message: text(object(status)['message']) ?? '',
      };
    }),
    family: list(found['family']).map(parseRelative),
    decisions: list(found['decisions']).map((one) => textsOf(one, 'reason')),
    requests: list(found['requests']).map(parseWaiting),
  };
}

export function parseDoctor(body: unknown): Doctor {
  const found = object(body);
  const versions = object(found['versions']);
  const word = (value: unknown): string => text(value) ?? '';
  return {
    version: word(found['version']),
    versions: {
      kiln: word(versions['kiln']),
      node: word(versions['node']),
      apiVersion: word(versions['apiVersion']),
      startedAt: word(versions['startedAt']),
    },
    findings: list(found['findings']).map(parseFinding),
    quotas: list(found['quotas']).map((one) => {
      const { location, name, used, limit, error } = object(one);
      return {
        location: word(location),
        name: word(name),
        used: number(used) ?? 0,
        limit: number(limit) ?? 0,
        ...compact({ message: text(object(error)['message']) }),
      };
    }),
  };
}

/** Of a word that this page does not know somebody has to look at it. */
function parseFinding(value: unknown): Finding {
  const { severity, code, what, detail, why, next } = object(value);
  return {
    severity: severity === 'ok' || severity === 'unknown' ? severity : 'look',
    code: text(code) ?? '',
    what: text(what) ?? '',
    detail: text(detail) ?? '',
    ...compact({ why: text(why), next: text(next) }),
  };
}

export function parseDeadLetters(body: unknown): DeadLetter[] {
  return list(object(body)['value']).map((one) => {
    const found = object(one);
    const word = (name: string): string => text(found[name]) ?? '';
    return {
      number: word('number'),
      messageId: word('messageId'),
      enqueued: word('enqueued'),
      deliveries: number(found['deliveries']) ?? 0,
      reason: word('reason'),
      description: word('description'),
      body: word('text'),
      may: found['may'] === true,
      ...compact({ template: text(found['templateId'])?.split('/').at(-1) }),
    };
  });
}

function parseSeen(value: unknown): Seen {
  const found = object(value);
  return {
    ...parseCard(found),
    ...(isObject(found['run']) && { run: parseRunMore(found['run']) }),
    spans: parseSpans(found['spans']),
    gates: list(found['gates']).map(parseGate),
    requests: list(found['requests']).map(parseWaiting),
  };
}
