import type { WindowsService, WindowsSystem } from './windows-system.ts';

const TEXT = String.raw`(?:'([^']*)'|"([^"]*)")`;
const PATH = String.raw`(?:-(?:Literal)?Path\s+)?['"]?([a-z]:\\[^\s'"|)]+)['"]?`;
const KEY = String.raw`(?:-(?:Literal)?Path\s+)?['"]?(HKLM:\\[^'"|)]+?)['"]?`;
const WORD = String.raw`['"]?([^\s'"|;)]+)['"]?`;
/** With blanks only between quotes. */
const VALUE = String.raw`(?:'([^']*)'|"([^"]*)"|([^\s;|]+))`;
const NAME = String.raw`(?:-Name\s+)?${WORD}`;

type Change = {
  readonly pattern: RegExp;
  readonly apply: (system: WindowsSystem, ...texts: string[]) => WindowsSystem;
};

type Content = (old: string | undefined, ...texts: string[]) => string | undefined;

/** Of the text of a file; undefined removes it. */
const file = (pattern: string, content: Content): Change => ({
  pattern: new RegExp(pattern, 'i'),
  apply: (system, path = '', ...texts) => withFile(system, path, (old) => content(old, ...texts)),
});

export function withFile(
  system: WindowsSystem,
  path: string,
  content: (old: string | undefined) => string | undefined,
): WindowsSystem {
  const { [path.toLowerCase()]: old, ...others } = system.files;
  const text = content(old);
  return { ...system, files: text === undefined ? others : { ...others, [path.toLowerCase()]: text } };
}

const value = (pattern: string, content: (given: string) => string | undefined): Change => ({
  pattern: new RegExp(pattern, 'i'),
  apply: (system, key = '', name = '', given = '') => {
    const { [`${key}\\${name}`.toLowerCase()]: _old, ...others } = system.registry;
    const now = content(given);
    return {
      ...system,
      registry: now === undefined ? others : { ...others, [`${key}\\${name}`.toLowerCase()]: now },
    };
  },
});

/** `made`: a service that is not there yet comes about; without it nothing happens to one that is not there. */
const service = (
  pattern: string,
  change: (old: WindowsService, word: string) => WindowsService | undefined,
  made = false,
): Change => ({
  pattern: new RegExp(pattern, 'i'),
  apply: (system, name = '', word = '') => {
    const { [name.toLowerCase()]: known, ...others } = system.services;
    const old = known ?? (made ? { name, start: 'Automatic' as const, running: false } : undefined);
    const now = old && change(old, word);
    return { ...system, services: now === undefined ? others : { ...others, [name.toLowerCase()]: now } };
  },
});

const START: Readonly<Record<string, WindowsService['start']>> = {
  auto: 'Automatic',
  automatic: 'Automatic',
  demand: 'Manual',
  manual: 'Manual',
  disabled: 'Disabled',
};
const startOf = (word: string): WindowsService['start'] => START[word.toLowerCase()] ?? 'Automatic';
const runs = (old: WindowsService): WindowsService => ({ ...old, running: old.start !== 'Disabled' });

/** The few lines by which templates change files, registry and services. Nothing else of PowerShell is understood. */
const CHANGES: readonly Change[] = [
  file(
    `Get-Content\\s+${PATH}\\s+-Raw\\)?\\s*\\)?\\s*-replace\\s*${TEXT}\\s*,\\s*${TEXT}.*\\|\\s*Set-Content`,
    (old, from = '', to = '') => old?.replaceAll(new RegExp(from, 'gi'), to.replaceAll('$', '$$$$')),
  ),
  file(`Add-Content\\s+${PATH}\\s+(?:-Value\\s+)?${TEXT}`, (old = '', text = '') => `${old}${text}\r\n`),
  file(`Set-Content\\s+${PATH}\\s+(?:-Value\\s+)?${TEXT}`, (_old, text = '') => `${text}\r\n`),
  file(`Clear-Content\\s+${PATH}`, () => ''),
  file(`Remove-Item\\s+${PATH}`, () => undefined),
  value(`(?:Set|New)-ItemProperty\\s+${KEY}\\s+${NAME}\\s+.*?-Value\\s+${VALUE}`, (given) => given),
  value(`Remove-ItemProperty\\s+${KEY}\\s+${NAME}`, () => undefined),
  service(`Stop-Service\\s+(?:-Force\\s+)?${NAME}`, (old) => ({ ...old, running: false })),
  service(`(?:Start|Restart)-Service\\s+${NAME}`, runs),
  service(`Set-Service\\s+${NAME}\\s+.*?-StartupType\\s+${WORD}`, (old, word) => ({
    ...old,
    start: startOf(word),
  })),
  service(
    `New-Service\\s+${NAME}(?:.*?-StartupType\\s+${WORD})?`,
    (old, word) => ({ ...old, start: startOf(word) }),
    true,
  ),
  service(`Remove-Service\\s+${NAME}`, () => undefined),
  service(`sc(?:\\.exe)?\\s+delete\\s+${WORD}`, () => undefined),
  service(`sc(?:\\.exe)?\\s+config\\s+${WORD}\\s+start=\\s*${WORD}`, (old, word) => ({
    ...old,
    start: startOf(word),
  })),
  service(`(?:sc|net)(?:\\.exe)?\\s+stop\\s+${WORD}`, (old) => ({ ...old, running: false })),
  service(`(?:sc|net)(?:\\.exe)?\\s+start\\s+${WORD}`, runs),
];

/** Up to the end of a line, or a semicolon that is in no text. */
const STATEMENT = /(?:'[^'\r\n]*'|"[^"\r\n]*"|[^;'"\r\n])+/g;

/** The system after the statements of a script, one after the other. */
export function afterScript(system: WindowsSystem, text: string): WindowsSystem {
  return (text.match(STATEMENT) ?? []).reduce(afterLine, system);
}

function afterLine(system: WindowsSystem, line: string): WindowsSystem {
  for (const { pattern, apply } of CHANGES) {
    const [found, ...texts] = pattern.exec(line) ?? [];
    if (found !== undefined) return apply(system, ...texts.filter((text) => text !== undefined));
  }
  return system;
}
