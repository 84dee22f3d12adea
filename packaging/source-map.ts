/**
 * Source maps, version 3: https://tc39.es/ecma426/. A line of `mappings` has segments of 1, 4 or 5 base-64 numbers, each
 * relative to the one before: column, source, line, column, name.
 */
type SourceMap = {
  readonly version: 3;
  readonly sources: readonly string[];
  readonly names: readonly string[];
  readonly mappings: string;
};

type Segment = {
  readonly column: number;
  /** Source, line and column in it; absent where the text comes from nowhere. */
  readonly origin?: readonly [source: number, line: number, column: number];
};

/** Namespace of what the build writes itself: nobody can read its source. */
export const GENERATED = 'generated';

const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/**
 * The same map without the packages' own code, which is nine tenths of it: a stack trace names our files and lines, and the
 * map is small enough to be read at every start. Names of variables go too.
 */
export function ownSourcesOnly(text: string): string {
  const map = toMap(JSON.parse(text));
  const isOwn = map.sources.map((source) => !/node_modules\/|:\/\/|^generated:/.test(source));
  const kept = map.sources.filter((_, index) => isOwn[index]);
  const renumbered = map.sources.map((_, index) => isOwn.slice(0, index).filter(Boolean).length);
  const lines = decode(map.mappings).map((line) =>
    line
      .map(({ column, origin }): Segment =>
        origin !== undefined && isOwn[origin[0]] === true
          ? { column, origin: [renumbered[origin[0]] ?? 0, origin[1], origin[2]] }
          : { column },
      )
      // One end after a run of ours is enough to say that what follows is not.
      .filter(({ origin }, index, all) => origin !== undefined || all[index - 1]?.origin !== undefined),
  );
  return JSON.stringify({ version: 3, sources: kept, names: [], mappings: encode(lines) });
}

function decode(mappings: string): Segment[][] {
  const state = [0, 0, 0];
  return mappings.split(';').map((line) => {
    let column = 0;
    return line
      .split(',')
      .filter((part) => part !== '')
      .map((part) => {
        const [step = 0, ...rest] = numbers(part);
        column += step;
        if (rest.length === 0) return { column };
        for (const index of state.keys()) state[index] = (state[index] ?? 0) + (rest[index] ?? 0);
        return { column, origin: [state[0] ?? 0, state[1] ?? 0, state[2] ?? 0] as const };
      });
  });
}

function encode(lines: readonly (readonly Segment[])[]): string {
  let last: readonly number[] = [0, 0, 0];
  return lines
    .map((line) => {
      let column = 0;
      return line
        .map((segment) => {
          const steps = [segment.column - column];
          column = segment.column;
          if (segment.origin !== undefined) {
            steps.push(...segment.origin.map((value, index) => value - (last[index] ?? 0)));
            last = segment.origin;
          }
          return steps.map(toDigits).join('');
        })
        .join(',');
    })
    .join(';');
}

/** Variable-length quantities: five bits a digit, the sixth says that more follow, the lowest bit is the sign. */
function numbers(part: string): number[] {
  const values: number[] = [];
  let value = 0;
  let shift = 0;
  for (const digit of part) {
    const bits = DIGITS.indexOf(digit);
    value += (bits & 31) << shift;
    shift += 5;
    if ((bits & 32) !== 0) continue;
    values.push((value & 1) === 0 ? value >>> 1 : -(value >>> 1));
    value = 0;
    shift = 0;
  }
  return values;
}

function toDigits(value: number): string {
  let rest = value < 0 ? (-value << 1) | 1 : value << 1;
  let text = '';
  do {
    const bits = rest & 31;
    rest >>>= 5;
    text += DIGITS[rest > 0 ? bits | 32 : bits];
  } while (rest > 0);
  return text;
}

function toMap(value: unknown): SourceMap {
  const field = (name: string): unknown => Object.entries(value ?? {}).find(([key]) => key === name)?.[1];
  const [sources, mappings] = [field('sources'), field('mappings')];
  if (!Array.isArray(sources) || typeof mappings !== 'string') throw new Error('This is no source map.');
  return { version: 3, sources: sources.map(String), names: [], mappings };
}
