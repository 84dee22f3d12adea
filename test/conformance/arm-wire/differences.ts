// What tells two answers apart, once everything is blotted out that differs from run to run.
import { isObject } from '../../../local/azure/json.ts';

export type Answered = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
};

/** Headers that clients act on. The recorder dropped Retry-After and request ids; rate limits are not offered here. */
const HEADERS = [
  'azure-asyncoperation',
  'location',
  'etag',
  'content-type',
  'www-authenticate',
  'azure-asyncnotification',
  'x-ms-failure-cause',
];

/** Figures that depend on the disk or the subscription: only that there is a number counts. */
const FIGURES =
  /\.(diskSizeGB|sizeInGB|diskSizeBytes|sizeInBytes|limit|currentValue|diskIOPSReadWrite|diskMBpsReadWrite|exitCode)$/;

export function differences(recorded: Answered, local: Answered): string[] {
  if (recorded.status !== local.status) {
    const why = isObject(local.body) ? JSON.stringify(local.body['error'] ?? '') : '';
    return [`status ${recorded.status}, here ${local.status} ${why}`.trimEnd()];
  }
  const headers = HEADERS.flatMap((name) =>
    compare(`header ${name}`, recorded.headers[name], local.headers[name]),
  );
  return [...headers, ...compare('body', recorded.body, local.body)];
}

function compare(at: string, recorded: unknown, local: unknown): string[] {
  if (recorded === undefined && local === undefined) return [];
  if (local === undefined) return [`${at} missing (${short(recorded)})`];
  if (recorded === undefined) return [`${at} only here (${short(local)})`];
  if (Array.isArray(recorded) && Array.isArray(local)) return compareLists(at, recorded, local);
  if (isObject(recorded) && isObject(local))
    return [...new Set([...Object.keys(recorded), ...Object.keys(local)])].flatMap((key) =>
      compare(`${at}.${key}`, recorded[key], local[key]),
    );
  if (typeof recorded === 'number' && typeof local === 'number' && FIGURES.test(at)) return [];
  const [left, right] = [blotted(recorded), blotted(local)];
  return left === right ? [] : [`${at}: ${short(left)}, here ${short(right)}`];
}

/** A long list was cut in the recording: then only its first items count. */
function compareLists(at: string, recorded: readonly unknown[], local: readonly unknown[]): string[] {
  const cut = recorded.some((item) => typeof item === 'string' && /^… \d+ more$/.test(item));
  const shown = recorded.filter((item) => !(typeof item === 'string' && item.startsWith('… ')));
  if (!cut && recorded.length !== local.length)
    return [`${at} has ${recorded.length} items, here ${local.length}`];
  return shown.flatMap((item, index) =>
    index < local.length ? compare(`${at}[${index}]`, item, local[index]) : [],
  );
}

const TIME = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00)/g;
const GUID = /\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/gi;

/** Times keep their form, identifiers and signatures only that they are there. */
function blotted(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  return value
    .replaceAll(TIME, (_, fraction: string = '', zone: string) => {
      const digits = fraction.length > 4 ? '.ticks' : fraction === '' ? '' : '.milliseconds';
      return `<time${digits}${zone}>`;
    })
    .replaceAll(GUID, '<guid>')
    .replaceAll(/\b[0-9A-F]{32}\b/gi, '<hex>')
    .replaceAll(/&t=[^&]+&c=[^&]+&s=[^&]+&h=[^&"]+/g, '&<signed>')
    .replaceAll(/(skiptoken=)[^&]+/g, '$1<token>')
    .replaceAll(/^(W\/)?"(\d+|<guid>)"$/g, '$1"<tag>"')
    .replaceAll(/https?:\/\/[^"\s]+[?&]sig=[^"\s]+/g, '<address with a signature>');
}

function short(value: unknown): string {
  return (JSON.stringify(value) ?? 'undefined').slice(0, 300);
}
