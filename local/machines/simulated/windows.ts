import { Buffer } from 'node:buffer';
import { payloadOf } from './written.ts';

/** What of a simulated Windows can be looked at: it is on its disk, and in what is made of that. */
export type WindowsSystem = {
  /** Text by path in lower case. */
  readonly files: Readonly<Record<string, string>>;
  /** HKLM:\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Setup\\State. */
  readonly imageState: string;
};

/** How a script ends of which the machine plays more than the name. */
export type Played = { readonly exitCode: number; readonly stdout: string; readonly powersOff: boolean };

export const FRESH: WindowsSystem = { files: {}, imageState: 'IMAGE_STATE_COMPLETE' };

const GENERALIZED = 'IMAGE_STATE_GENERALIZE_RESEAL_TO_OOBE';
const SCRIPT = 'c:\\deprovisioningscript.ps1';
const DEFAULT =
  /Set-Content -LiteralPath 'C:\\DeprovisioningScript\.ps1' -Value \(ConvertFrom-KilnText '([^']+)'\)/;
const RUNNER = /-TaskName 'kiln-power-off'/;
const TEXT = String.raw`(?:'([^']*)'|"([^"]*)")`;
const PATH = String.raw`(?:-(?:Literal)?Path\s+)?['"]?([a-z]:\\[^\s'"|)]+)['"]?`;

type Change = {
  readonly pattern: RegExp;
  readonly apply: (old: string | undefined, ...texts: string[]) => string | undefined;
};

/** The few ways in which templates change the deprovisioning script. Nothing else of PowerShell is understood. */
const CHANGES: readonly Change[] = [
  {
    pattern: new RegExp(
      `Get-Content\\s+${PATH}\\s+-Raw\\)?\\s*\\)?\\s*-replace\\s*${TEXT}\\s*,\\s*${TEXT}.*\\|\\s*Set-Content`,
      'i',
    ),
    apply: (old, from = '', to = '') => old?.replaceAll(new RegExp(from, 'gi'), to.replaceAll('$', '$$$$')),
  },
  {
    pattern: new RegExp(`Add-Content\\s+${PATH}\\s+(?:-Value\\s+)?${TEXT}`, 'i'),
    apply: (old = '', text = '') => `${old}${text}\r\n`,
  },
  {
    pattern: new RegExp(`Set-Content\\s+${PATH}\\s+(?:-Value\\s+)?${TEXT}`, 'i'),
    apply: (_old, text = '') => `${text}\r\n`,
  },
  { pattern: new RegExp(`Clear-Content\\s+${PATH}`, 'i'), apply: () => '' },
  { pattern: new RegExp(`Remove-Item\\s+${PATH}`, 'i'), apply: () => undefined },
];

/** Runs a script of Kiln's on the system; `sysprepFails`: what sysprep writes to its setuperr.log instead of working. */
export function playWindows(
  before: WindowsSystem,
  script: string,
  sysprepFails: string | undefined,
): { system: WindowsSystem; played: Played | undefined } {
  const [, encoded] = DEFAULT.exec(script) ?? [];
  const missing = before.files[SCRIPT] === undefined;
  const standard = encoded === undefined ? undefined : Buffer.from(encoded, 'base64').toString('utf8');
  const files = missing && standard !== undefined ? { ...before.files, [SCRIPT]: standard } : before.files;
  const placed = { ...before, files: afterLines(files, payloadOf(script)) };
  if (!RUNNER.test(script)) return { system: placed, played: undefined };
  const note = missing
    ? 'kiln: note: C:\\DeprovisioningScript.ps1 was gone: a step has deleted it. The default was put back and run.\n'
    : '';
  return generalize(placed, note, sysprepFails);
}

function generalize(
  system: WindowsSystem,
  note: string,
  sysprepFails: string | undefined,
): { system: WindowsSystem; played: Played } {
  const text = system.files[SCRIPT] ?? '';
  const [, how] = /Sysprep\.exe"?\s+([^\r\n]*\/generalize[^\r\n]*)/i.exec(text) ?? [];
  const said = `${note}${text}${how === undefined ? '' : `simulated sysprep ${how}\n`}`;
  if (how === undefined || sysprepFails !== undefined) {
    const why = `kiln: deprovisioning failed to generalize Windows: the image is in state ${system.imageState}, and not in ${GENERALIZED}.`;
    return {
      system,
      played: { exitCode: 1, stdout: `${said}${why}\n${sysprepFails ?? ''}\n`, powersOff: false },
    };
  }
  const { [SCRIPT]: _removed, ...files } = afterLines(system.files, text);
  return {
    system: { files, imageState: GENERALIZED },
    played: { exitCode: 0, stdout: `${said}kiln: deprovisioned (simulated)\n`, powersOff: true },
  };
}

function afterLines(files: WindowsSystem['files'], text: string): WindowsSystem['files'] {
  return text.split(/\r?\n/).reduce(afterLine, files);
}

function afterLine(files: WindowsSystem['files'], line: string): WindowsSystem['files'] {
  for (const { pattern, apply } of CHANGES) {
    const found = pattern.exec(line);
    if (found === null) continue;
    const [, path = '', ...texts] = found;
    const given = texts.filter((part) => part !== undefined);
    const { [path.toLowerCase()]: old, ...others } = files;
    const content = apply(old, ...given);
    return content === undefined ? others : { ...others, [path.toLowerCase()]: content };
  }
  return files;
}
