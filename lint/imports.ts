// The scan of imports of `npm run check`: which room of which top folder imports which. Types count: a room that has to
// know another one's words cannot be read, moved or tested without it. It prints arrows that run back up, circles of files
// and pairs of rooms that import each other; each is an error. `FLOORS` is the table of docs/ARCHITECTURE.md, "The floors".
import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

/** Rooms of shared/, the ground first. A room sees the floors below its own, and nobody beside it. */
export const FLOORS: readonly (readonly string[])[] = [
  ['errors', '(root)'],
  ['model'],
  ['ports'],
  // Adapters know ports and words; rules know no adapter, because they know no port that an adapter brings.
  ['azure', 'store', 'messaging', 'net', 'guest', 'distribution'],
  ['steps', 'targets'],
  ['template'],
  ['planning', 'access', 'inventory'],
  ['audit', 'provenance', 'vulnerabilities'],
  ['commands'],
  ['requests', 'views'],
  ['refresh', 'janitor'],
];

/** Rooms that speak to something outside: nothing of shared/ imports them, functions/ brings them. */
export const ADAPTERS: readonly string[] = ['azure', 'store', 'messaging', 'net'];

const TOP_FOLDERS = ['shared', 'functions', 'cli', 'local', 'web'];

const IMPORT = /(?:\bfrom|\bimport)\s*\(?\s*'(\.{1,2}\/[^']+)'/g;

type Import = { readonly from: string; readonly to: string };

/** Imports inside of one top folder: from file to file, paths from the root. */
function importsOf(root: string, top: string): Import[] {
  const files = globSync(`${top}/**/*.{ts,tsx}`, { cwd: root }).map((file) => file.replaceAll('\\', '/'));
  return files.flatMap((from) =>
    [...readFileSync(path.join(root, from), 'utf8').matchAll(IMPORT)].flatMap(([, specifier = '']) => {
      const to = path.posix.join(path.posix.dirname(from), specifier);
      return to.startsWith(`${top}/`) ? [{ from, to }] : [];
    }),
  );
}

/** `shared/store/keys.ts` → `store`; a file of the top folder itself → `(root)`. */
function roomOf(file: string): string {
  const parts = file.split('/');
  return (parts.length > 2 ? parts[1] : undefined) ?? '(root)';
}

/** Arrows of shared/ that do not go down. */
function upwardArrows(imports: readonly Import[]): string[] {
  const floors = new Map(
    FLOORS.flatMap((rooms, index) => rooms.map((room): [string, number] => [room, index])),
  );
  return imports.flatMap(({ from, to }) => {
    const [one, other] = [roomOf(from), roomOf(to)];
    if (!from.startsWith('shared/') || one === other) return [];
    const own = floors.get(one);
    if (own === undefined)
      return [`${from}: the room ${one} stands on no floor. Give it one in lint/imports.ts.`];
    const isDown = (floors.get(other) ?? own) < own;
    if (isDown && !ADAPTERS.includes(other)) return [];
    const place = ADAPTERS.includes(other)
      ? 'Nothing of shared/ imports an adapter: say what you need in shared/ports, and let functions/ bring it.'
      : `Put what both need below: words in shared/model, interfaces in shared/ports, or pass it in.`;
    return [`${from} may not import ${to}: ${one} does not stand above ${other}. ${place}`];
  });
}

/** Pairs of rooms that import each other. The top folder's own files wire the rooms, so that they are no room. */
function mutualPairs(imports: readonly Import[]): string[] {
  const seen = new Map<string, string>();
  for (const { from, to } of imports) {
    const [one, other] = [roomOf(from), roomOf(to)];
    if (one !== other && one !== '(root)' && other !== '(root)')
      seen.set(`${one} → ${other}`, `${from} → ${to}`);
  }
  return [...seen].flatMap(([arrow, example]) => {
    const [one = '', other = ''] = arrow.split(' → ');
    const back = seen.get(`${other} → ${one}`);
    return back !== undefined && one < other
      ? [`${one} and ${other} import each other: ${example}; ${back}`]
      : [];
  });
}

/** Circles of files, as the strongly connected parts of the graph (Tarjan). */
export function circles(imports: readonly Import[]): string[] {
  const next = new Map<string, string[]>();
  for (const { from, to } of imports) next.set(from, [...(next.get(from) ?? []), to]);
  const index = new Map<string, number>();
  const stack: string[] = [];
  const found: string[][] = [];
  /** Answers the lowest index that is reached from a file. */
  const visit = (file: string): number => {
    const own = index.size;
    index.set(file, own);
    stack.push(file);
    let low = own;
    for (const other of next.get(file) ?? []) {
      if (!index.has(other)) low = Math.min(low, visit(other));
      else if (stack.includes(other)) low = Math.min(low, index.get(other) ?? own);
    }
    if (low !== own) return low;
    const part = stack.splice(stack.indexOf(file));
    if (part.length > 1) found.push(part);
    return low;
  };
  for (const file of next.keys()) if (!index.has(file)) visit(file);
  return found.map(
    (part) => `${part.length} files import each other in a circle: ${part.toSorted().join(', ')}`,
  );
}

/** Everything that is wrong below a root, and the line that says how much of each there is. */
export function scan(root: string): { readonly problems: string[]; readonly line: string } {
  const found = TOP_FOLDERS.map((top) => importsOf(root, top));
  const upward = found.flatMap(upwardArrows);
  const round = found.flatMap(circles);
  const pairs = found.flatMap(mutualPairs);
  const count = found.flat().length;
  const line = `${count} imports: ${upward.length} upward arrows, ${round.length} circles, ${pairs.length} mutual pairs`;
  return { problems: [...upward, ...round, ...pairs], line };
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const { problems, line } = scan(path.resolve(import.meta.dirname, '..'));
  for (const problem of problems) console.log(problem);
  console.log(line);
  process.exitCode = problems.length === 0 ? 0 : 1;
}
