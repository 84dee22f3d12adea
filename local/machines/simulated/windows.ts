import { Buffer } from 'node:buffer';
import { afterScript, withFile } from './windows-changes.ts';
import { imageStateOf, withImageState, type WindowsSystem } from './windows-system.ts';
import { payloadOf } from './written.ts';

/** How a script ends of which the machine plays more than the name. */
export type Played = { readonly exitCode: number; readonly stdout: string; readonly powersOff: boolean };

const GENERALIZED = 'IMAGE_STATE_GENERALIZE_RESEAL_TO_OOBE';
const SCRIPT = 'c:\\deprovisioningscript.ps1';
const DEFAULT =
  /Set-Content -LiteralPath 'C:\\DeprovisioningScript\.ps1' -Value \(ConvertFrom-KilnText '([^']+)'\)/;
const RUNNER = /-TaskName 'kiln-power-off'/;
/** The values that a script of Kiln's was given. */
const VALUES = /^\$kiln = ConvertFrom-Json \(ConvertFrom-KilnText '([^']+)'\)$/m;
/** How the default waits for the services of the VM agent, which have to be there. */
const WAITS = /^while \(\(Get-Service (\w+)\)\.Status -ne 'Running'\)/gm;

/** Runs a script of Kiln's on the system; `sysprepFails`: what sysprep writes to its setuperr.log instead of working. */
export function playWindows(
  before: WindowsSystem,
  script: string,
  sysprepFails: string | undefined,
): { system: WindowsSystem; played: Played | undefined } {
  const [, encoded] = DEFAULT.exec(script) ?? [];
  const missing = before.files[SCRIPT] === undefined;
  const standard = encoded === undefined ? undefined : textOf(encoded);
  const placed = withFile(before, SCRIPT, (old) => old ?? standard);
  const after = afterScript(withInstalled(placed, script), payloadOf(script));
  if (!RUNNER.test(script)) return { system: after, played: undefined };
  const note = missing
    ? 'kiln: note: C:\\DeprovisioningScript.ps1 was gone: a step has deleted it. The default was put back and run.\n'
    : '';
  return generalize(after, note, sysprepFails);
}

function textOf(encoded: string): string {
  return Buffer.from(encoded, 'base64').toString('utf8');
}

/** What a File step brings along; one that the machine would fetch is only known to be there. */
function withInstalled(system: WindowsSystem, script: string): WindowsSystem {
  const [, encoded] = VALUES.exec(script) ?? [];
  const value: unknown = encoded === undefined ? undefined : JSON.parse(textOf(encoded));
  if (typeof value !== 'object' || value === null || !('destination' in value)) return system;
  const { destination } = value;
  const content = 'content' in value && typeof value.content === 'string' ? textOf(value.content) : '';
  return typeof destination === 'string' ? withFile(system, destination, () => content) : system;
}

function generalize(
  system: WindowsSystem,
  note: string,
  sysprepFails: string | undefined,
): { system: WindowsSystem; played: Played } {
  const text = system.files[SCRIPT] ?? '';
  const awaited = [...text.matchAll(WAITS)].map(([, name = '']) => name);
  const down = awaited.filter((name) => system.services[name.toLowerCase()]?.running !== true);
  const state = imageStateOf(system);
  if (down.length > 0)
    return failed(
      system,
      `${note}${text}kiln: deprovisioning failed to end within 25 minutes: the image is in state ${state}. These services do not run, and the default script waits for them: ${down.join(', ')}.`,
    );
  const [, how] = /Sysprep\.exe"?\s+([^\r\n]*\/generalize[^\r\n]*)/i.exec(text) ?? [];
  const said = `${note}${text}${how === undefined ? '' : `simulated sysprep ${how}\n`}`;
  if (how === undefined || sysprepFails !== undefined) {
    const why = `kiln: deprovisioning failed to generalize Windows: the image is in state ${state}, and not in ${GENERALIZED}.`;
    return failed(system, `${said}${why}\n${sysprepFails ?? ''}`);
  }
  const ended = withFile(afterScript(system, text), SCRIPT, () => undefined);
  const stdout = `${said}kiln: deprovisioned (simulated)\n`;
  return {
    system: withImageState(ended, GENERALIZED),
    played: { exitCode: 0, stdout, powersOff: true },
  };
}

function failed(system: WindowsSystem, said: string): { system: WindowsSystem; played: Played } {
  return { system, played: { exitCode: 1, stdout: `${said}\n`, powersOff: false } };
}
