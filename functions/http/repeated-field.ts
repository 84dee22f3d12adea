import { pointerTo } from '../../shared/template/pointer.ts';

/** An object has the keys that were seen, a list the index of its item. `at`: the step into what is open below it. */
type Level = { readonly keys?: Set<string>; index: number; at: string };

const TOKEN = /"[^"\\]*(?:\\.[^"\\]*)*"|[[\]{},:]/gs;

/**
 * JSON pointer of the first field that an object has twice, in a text that is JSON. The parser would keep the last one
 * and lose the other without a word (RFC 8259, 4).
 */
export function repeatedField(json: string): string | undefined {
  const open: Level[] = [];
  let text = '""';
  for (const [token] of json.matchAll(TOKEN)) {
    const level = open.at(-1);
    if (token === '{') open.push({ keys: new Set(), index: 0, at: '' });
    else if (token === '[') open.push({ index: 0, at: '/0' });
    else if (token === '}' || token === ']') open.pop();
    else if (token === ',' && level?.keys === undefined) nextItem(level);
    else if (token === ':' && enterField(level, text)) return open.map(({ at }) => at).join('');
    else if (token.startsWith('"')) text = token;
  }
  return undefined;
}

function nextItem(level: Level | undefined): void {
  if (level === undefined) return;
  level.index += 1;
  level.at = `/${level.index}`;
}

/** True when the object has had the field before. */
function enterField(level: Level | undefined, text: string): boolean {
  if (level?.keys === undefined) return false;
  // Two spellings of one name, with escapes and without, are the same field.
  const key = String(JSON.parse(text));
  level.at = pointerTo(key);
  if (level.keys.has(key)) return true;
  level.keys.add(key);
  return false;
}
