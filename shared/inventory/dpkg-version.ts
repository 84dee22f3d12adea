/**
 * The order of Debian's versions: https://www.debian.org/doc/debian-policy/ch-controlfields.html#version. Negative when `a` is
 * older, 0 when both are the same, positive when it is newer. Text that is no version is ordered all the same, as dpkg
 * orders its parts.
 */
export function compareDpkg(a: string, b: string): number {
  const [one, other] = [split(a), split(b)];
  return (
    one.epoch - other.epoch ||
    compareParts(one.upstream, other.upstream) ||
    compareParts(one.revision, other.revision)
  );
}

type Version = { readonly epoch: number; readonly upstream: string; readonly revision: string };

function split(text: string): Version {
  const colon = text.indexOf(':');
  const rest = text.slice(colon + 1);
  const dash = rest.lastIndexOf('-');
  return {
    epoch: colon === -1 ? 0 : Number(text.slice(0, colon)) || 0,
    upstream: dash === -1 ? rest : rest.slice(0, dash),
    // No revision is the same as revision 0.
    revision: dash === -1 ? '' : rest.slice(dash + 1),
  };
}

/** In turns: what is no digit, by characters, then digits, by their number. */
function compareParts(a: string, b: string): number {
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    while (isText(a[i]) || isText(b[j])) {
      const difference = weight(a[i]) - weight(b[j]);
      if (difference !== 0) return difference;
      i += 1;
      j += 1;
    }
    const [one, other] = [digitsAt(a, i), digitsAt(b, j)];
    const difference = compareNumbers(one, other);
    if (difference !== 0) return difference;
    i += one.length;
    j += other.length;
  }
  return 0;
}

const isDigit = (char: string | undefined): boolean => char !== undefined && char >= '0' && char <= '9';
const isText = (char: string | undefined): boolean => char !== undefined && !isDigit(char);

/** `~` before the end, the end before letters, letters before everything else. */
function weight(char: string | undefined): number {
  if (char === undefined || isDigit(char)) return 0;
  if (char === '~') return -1;
  const code = char.codePointAt(0) ?? 0;
  return /^[A-Za-z]$/.test(char) ? code : code + 256;
}

/** The digits from there on; possibly none. */
export function digitsAt(text: string, from: number): string {
  let to = from;
  while (isDigit(text[to])) to += 1;
  return text.slice(from, to);
}

/** Of any length: years and hashes of commits are longer than a number is exact. */
export function compareNumbers(a: string, b: string): number {
  const [one, other] = [a.replace(/^0+/, ''), b.replace(/^0+/, '')];
  if (one.length !== other.length) return one.length - other.length;
  return one === other ? 0 : one < other ? -1 : 1;
}
