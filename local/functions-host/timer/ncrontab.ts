import { toMilliseconds } from '../settings.ts';

/** The first occurrence after `from`, both in milliseconds since 1970. */
export type Schedule = (from: number) => number;

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];

type Field = { readonly low: number; readonly high: number; readonly names: readonly string[] };
const FIELDS: readonly Field[] = [
  { low: 0, high: 59, names: [] },
  { low: 0, high: 59, names: [] },
  { low: 0, high: 23, names: [] },
  { low: 1, high: 31, names: [] },
  { low: 1, high: 12, names: MONTHS },
  { low: 0, high: 6, names: DAYS },
];

/**
 * NCRONTAB with six fields (`{second} {minute} {hour} {day} {month} {day-of-week}`, five mean second 0), or a time span. UTC.
 * Day and day of week must both fit, as NCrontab has it, unlike cron.
 * https://learn.microsoft.com/azure/azure-functions/functions-bindings-timer#ncrontab-expressions
 */
export function parseSchedule(expression: string): Schedule {
  const text = expression.trim();
  if (text.includes(':')) {
    const period = toMilliseconds(text);
    return (from) => from + period;
  }
  const given = text.split(/\s+/);
  const parts = given.length === 5 ? ['0', ...given] : given;
  if (parts.length !== 6) throw new Error(`'${expression}' is not an NCRONTAB expression of six fields.`);
  const allowed = FIELDS.map((field, index) => parseField(parts[index] ?? '', field, expression));
  return (from) => nextOccurrence(allowed, from, expression);
}

function parseField(text: string, field: Field, expression: string): ReadonlySet<number> {
  const values = new Set<number>();
  for (const part of text.split(',')) {
    const [range = '', step = '1'] = part.split('/');
    const { from, to } = parseRange(range, field, part.includes('/'));
    const width = Number(step);
    const isValid = from >= field.low && to <= field.high && from <= to && width >= 1;
    if (!isValid) throw new Error(`'${part}' in the NCRONTAB expression '${expression}' is out of range.`);
    for (let value = from; value <= to; value += width) values.add(value);
  }
  return values;
}

function parseRange(range: string, field: Field, hasStep: boolean): { from: number; to: number } {
  if (range === '*') return { from: field.low, to: field.high };
  const [first = '', last] = range.split('-');
  const from = parseValue(first, field);
  if (last !== undefined) return { from, to: parseValue(last, field) };
  return { from, to: hasStep ? field.high : from };
}

function parseValue(text: string, field: Field): number {
  const index = text === '' ? -1 : field.names.indexOf(text.slice(0, 3).toLowerCase());
  return index >= 0 ? index + field.low : Number(text === '' ? Number.NaN : text);
}

/** Steps over whole months, days, hours and minutes that do not fit, so that a yearly date is found at once. */
function nextOccurrence(allowed: readonly ReadonlySet<number>[], from: number, expression: string): number {
  const [seconds, minutes, hours, days, months, weekdays] = allowed;
  const time = new Date(Math.floor(from / 1000) * 1000 + 1000);
  const lastYear = time.getUTCFullYear() + 30;
  while (time.getUTCFullYear() < lastYear) {
    const isDay = days?.has(time.getUTCDate()) && weekdays?.has(time.getUTCDay());
    if (!months?.has(time.getUTCMonth() + 1)) {
      time.setUTCMonth(time.getUTCMonth() + 1, 1);
      time.setUTCHours(0, 0, 0);
    } else if (!isDay) {
      time.setUTCDate(time.getUTCDate() + 1);
      time.setUTCHours(0, 0, 0);
    } else if (!hours?.has(time.getUTCHours())) time.setUTCHours(time.getUTCHours() + 1, 0, 0);
    else if (!minutes?.has(time.getUTCMinutes())) time.setUTCMinutes(time.getUTCMinutes() + 1, 0);
    else if (!seconds?.has(time.getUTCSeconds())) time.setUTCSeconds(time.getUTCSeconds() + 1);
    else return time.getTime();
  }
  throw new Error(`The NCRONTAB expression '${expression}' has no occurrence.`);
}
