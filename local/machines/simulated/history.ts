import { Buffer } from 'node:buffer';

/** Between the marks of the script that deprovisions a Linux; on Windows it is among the values that the script carries. */
const ON_LINUX = /history='(\/usr\/share\/kiln\/image\.json)'\n[^]*<<'KILN-HISTORY'\n([^]*?)\nKILN-HISTORY\n/;
const ON_WINDOWS = /^\$kiln = ConvertFrom-Json \(ConvertFrom-KilnText '([A-Za-z0-9+/=]+)'\)$/m;

/** What a script writes into the image about the image, as one line; undefined for other scripts. */
export function historyIn(script: string): string | undefined {
  const [, file = '', opened] = ON_LINUX.exec(script) ?? [];
  if (opened !== undefined) return oneLine(file, opened);
  if (!script.includes('$kiln.history.opened')) return undefined;
  const values = Buffer.from(ON_WINDOWS.exec(script)?.[1] ?? '', 'base64').toString('utf8');
  const [, quoted] = /"opened":("(?:[^"\\]|\\.)*")/.exec(values) ?? [];
  if (quoted === undefined) return undefined;
  return oneLine('C:\\ProgramData\\Kiln\\image.json', String(JSON.parse(quoted)));
}

/** A script without the names of steps and templates that it writes into the image: they say nothing of what it does. */
export function withoutHistory(script: string): string {
  return script.replace(/<<'KILN-HISTORY'\n[^]*?\nKILN-HISTORY\n/, '');
}

function oneLine(file: string, opened: string): string {
  return `wrote ${file} ${JSON.stringify(JSON.parse(`${opened}\n}`))}`;
}
