import { createHash } from 'node:crypto';
import type { WindowsSystem } from './windows-system.ts';

const ASKS = /^# kiln-proofs: (.+)$/m;
const VALUE = String.raw`('(?:[^']|'')*'|\$true|\$false|\$null)`;
const call = (name: string, count: number): RegExp =>
  new RegExp(`^Check-${name} (\\d+)${` ${VALUE}`.repeat(count)}$`, 'gm');

type Found = { readonly good: boolean; readonly what: string };
type Asked = readonly (string | boolean | undefined)[];

/** Checks of Windows that can be looked at, by what they are called with; undefined: nothing is known of it. */
const LOOKS: readonly (readonly [RegExp, (system: WindowsSystem, asked: Asked) => Found | undefined])[] = [
  [call('Service', 3), serviceCheck],
  [call('Registry', 4), registryCheck],
  [call('File', 4), fileCheck],
];

/**
 * What a simulated machine answers to whoever asks what is in it: of a Windows what it keeps, of everything else that it
 * cannot know. Undefined for other scripts.
 */
export function answersTo(script: string, windows: WindowsSystem | undefined): string | undefined {
  const ids = ASKS.exec(script)?.[1]?.trim().split(' ');
  const known = windows === undefined ? new Map<string, Found>() : lookedAt(script, windows);
  return ids?.map((id) => answer(id, known.get(id))).join('');
}

function answer(id: string, found: Found | undefined): string {
  if (found === undefined) return `kiln-proof\t${id}\tskipped\tthe machine is simulated\n`;
  return `kiln-proof\t${id}\t${found.good ? 'passed' : 'failed'}\t${found.what}\n`;
}

function lookedAt(script: string, windows: WindowsSystem): Map<string, Found> {
  const all = LOOKS.flatMap(([pattern, look]) =>
    [...script.matchAll(pattern)].flatMap(([, id = '', ...words]): [string, Found][] => {
      const found = look(windows, words.map(valueOf));
      return found === undefined ? [] : [[id, found]];
    }),
  );
  return new Map(all);
}

function valueOf(word: string): string | boolean | undefined {
  if (word === '$null') return undefined;
  return word.startsWith('$') ? word === '$true' : word.slice(1, -1).replaceAll("''", "'");
}

function serviceCheck({ services }: WindowsSystem, [name, enabled, running]: Asked): Found | undefined {
  const service = services[String(name).toLowerCase()];
  if (service === undefined) return undefined;
  const starts = service.start === 'Automatic';
  const good = (enabled ?? starts) === starts && (running ?? service.running) === service.running;
  return { good, what: `${service.start}, ${service.running ? 'Running' : 'Stopped'}` };
}

function registryCheck({ registry }: WindowsSystem, [key, name, value, absent]: Asked): Found | undefined {
  const is = registry[`${String(key)}\\${String(name)}`.toLowerCase()];
  if (is === undefined) return undefined;
  return { good: absent !== true && (value ?? is) === is, what: is };
}

function fileCheck({ files }: WindowsSystem, [path, absent, sha256, contains]: Asked): Found | undefined {
  const text = files[String(path).toLowerCase()];
  if (text === undefined) return undefined;
  if (absent === true) return { good: false, what: 'it is there' };
  const sum = createHash('sha256').update(text).digest('hex');
  if (typeof sha256 === 'string' && sha256.toLowerCase() !== sum)
    return { good: false, what: `sha256 ${sum}` };
  const isIn = typeof contains !== 'string' || text.includes(contains);
  return { good: isIn, what: isIn ? 'it is there' : 'the text is not in it' };
}
