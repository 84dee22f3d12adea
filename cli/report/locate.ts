import { toPlainJson } from '../template/jsonc.ts';

/**
 * The line (from 1) of a JSON pointer in a template file, comments allowed. Where the pointer names something that is
 * missing, the line of what it is missing from. Undefined when the text is no JSON or the pointer none.
 */
export function lineOfPointer(source: string, pointer: string): number | undefined {
  if (pointer !== '' && !pointer.startsWith('/')) return undefined;
  const path = pointer
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
  const text = toPlainJson(source);
  try {
    JSON.parse(text.replace(/^\uFEFF/, ' '));
  } catch {
    return undefined;
  }
  const offset = find(tokens(text), path);
  return text.slice(0, offset).split('\n').length;
}

type Token = { readonly text: string; readonly at: number };

/** The text is known to be JSON: splitting it into tokens needs no checks. */
function tokens(text: string): Token[] {
  return [...text.matchAll(/"(?:\\.|[^"\\])*"|[{}[\],:]|[^\s{}[\],:"\uFEFF]+/g)].map((match) => ({
    text: match[0],
    at: match.index,
  }));
}

/** Offset of the deepest part of `path` that is there. */
function find(all: readonly Token[], path: readonly string[]): number {
  let index = 0;
  let found = all[0]?.at ?? 0;
  for (const part of path) {
    const next = all[index]?.text === '{' ? member(all, index, part) : item(all, index, part);
    if (next === undefined) break;
    found = all[next.mark]?.at ?? found;
    index = next.value;
  }
  return found;
}

type Place = { /** Token to point at: the key of a member. */ readonly mark: number; readonly value: number };

function member(all: readonly Token[], open: number, name: string): Place | undefined {
  for (let index = open + 1; all[index] !== undefined && all[index]?.text !== '}';) {
    const key: unknown = JSON.parse(all[index]?.text ?? 'null');
    if (key === name) return { mark: index, value: index + 2 };
    index = afterComma(all, index + 2);
  }
  return undefined;
}

function item(all: readonly Token[], open: number, name: string): Place | undefined {
  if (all[open]?.text !== '[' || !/^\d+$/.test(name)) return undefined;
  let index = open + 1;
  for (let left = Number(name); all[index] !== undefined && all[index]?.text !== ']'; left -= 1) {
    if (left === 0) return { mark: index, value: index };
    index = afterComma(all, index);
  }
  return undefined;
}

/** The token after a value and the comma that may follow it. */
function afterComma(all: readonly Token[], start: number): number {
  let depth = 0;
  let index = start;
  do {
    const text = all[index]?.text;
    if (text === '{' || text === '[') depth += 1;
    if (text === '}' || text === ']') depth -= 1;
    index += 1;
  } while (depth > 0 && index < all.length);
  return all[index]?.text === ',' ? index + 1 : index;
}
