import { compareNumbers, digitsAt } from './dpkg-version.ts';

/**
 * The order of rpm's versions, `[epoch:]version[-release]`: https://rpm-software-management.github.io/rpm/manual/dependencies.html#versioning
 * A release counts only where both have one.
 */
export function compareRpm(a: string, b: string): number {
  const [one, other] = [split(a), split(b)];
  const difference = one.epoch - other.epoch || compareSegments(one.version, other.version);
  if (difference !== 0 || one.release === undefined || other.release === undefined) return difference;
  return compareSegments(one.release, other.release);
}

function split(text: string) {
  const colon = text.indexOf(':');
  const rest = text.slice(colon + 1);
  const dash = rest.lastIndexOf('-');
  return {
    epoch: colon === -1 ? 0 : Number(text.slice(0, colon)) || 0,
    version: dash === -1 ? rest : rest.slice(0, dash),
    release: dash === -1 ? undefined : rest.slice(dash + 1),
  };
}

/** As `rpmvercmp` of rpm: segments of digits or letters, everything else only separates; `~` is older, `^` newer than the end. */
export function compareSegments(a: string, b: string): number {
  let [i, j] = [0, 0];
  for (;;) {
    i = skip(a, i);
    j = skip(b, j);
    const mark = compareMarks(a[i], b[j]);
    if (mark === 'both') {
      i += 1;
      j += 1;
      continue;
    }
    if (mark !== undefined) return mark;
    if (a[i] === undefined || b[j] === undefined) break;
    const isNumber = digitsAt(a, i) !== '';
    const [one, other] = isNumber ? [digitsAt(a, i), digitsAt(b, j)] : [lettersAt(a, i), lettersAt(b, j)];
    // Numbers are newer than letters.
    if (other === '') return isNumber ? 1 : -1;
    const difference = isNumber ? compareNumbers(one, other) : compareText(one, other);
    if (difference !== 0) return difference;
    i += one.length;
    j += other.length;
  }
  return Number(a[i] !== undefined) - Number(b[j] !== undefined);
}

/** What `~` and `^` decide; `both`: they are the same here. */
function compareMarks(one: string | undefined, other: string | undefined): number | 'both' | undefined {
  if (one === '~' || other === '~') return one === other ? 'both' : one === '~' ? -1 : 1;
  if (one !== '^' && other !== '^') return undefined;
  if (one === other) return 'both';
  // Newer than the end, older than whatever else goes on.
  if (one === undefined) return -1;
  if (other === undefined) return 1;
  return one === '^' ? -1 : 1;
}

function skip(text: string, from: number): number {
  let to = from;
  while (to < text.length && !/[A-Za-z0-9~^]/.test(text[to] ?? '')) to += 1;
  return to;
}

function lettersAt(text: string, from: number): string {
  let to = from;
  while (/^[A-Za-z]$/.test(text[to] ?? '')) to += 1;
  return text.slice(from, to);
}

function compareText(a: string, b: string): number {
  return a === b ? 0 : a < b ? -1 : 1;
}
