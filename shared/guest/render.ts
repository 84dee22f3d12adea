import { KilnError } from '../errors/failure.ts';
import type { Customizer, ScriptOptions } from '../template/model.ts';
import { bootMark } from './boot-mark.ts';
import { inlinePowerShell, powerShellFile } from './powershell.ts';
import type { GuestScript, Preparation, StepValues } from './script.ts';
import { fileScript, inlineScript, installFile } from './shell.ts';
import { installWindowsFile } from './windows-file.ts';
import { restartCheck, restartCommand, windowsBootMark } from './windows-restart.ts';
import { updateRound } from './windows-update.ts';

export type OsType = 'Linux' | 'Windows';

/** What a step needs from the store and the vault, fetched by the caller. */
export type StepContent = {
  /** The pinned copy of its script or file. Absent for inline scripts and for files that the machine fetches. */
  readonly bytes?: Uint8Array;
  /** Where the machine fetches a large file: a secret. */
  readonly url?: string;
  /** Values by variable. */
  readonly secrets: Readonly<Record<string, string>>;
  /** What the request of the run adds to the environment of scripts. */
  readonly parameters?: Readonly<Record<string, string>>;
};

type Rendering = {
  readonly templateName: string;
  /** Set for the first script of a build: what it does for the machine first (prepare.ts), and how long it may wait. */
  readonly prepare?: Preparation;
  readonly osType: OsType;
  readonly content: StepContent;
};

/** The script of one customizer or validator. */
export function renderStep(
  step: Customizer,
  { templateName, osType, content, prepare }: Rendering,
): GuestScript {
  const bytes = content.bytes ?? new Uint8Array();
  const first = prepare === undefined ? {} : { prepare };
  switch (step.type) {
    case 'Shell': {
      const values = { ...valuesOf(step, content), ...first, ...(step.runAs && { runAs: step.runAs }) };
      if (step.script.kind === 'inline') return inlineScript(step.script.lines, templateName, values);
      return fileScript(bytes, templateName, values);
    }
    case 'PowerShell': {
      const values = { ...valuesOf(step, content), ...first };
      if (step.script.kind === 'inline') return inlinePowerShell(step.script.lines, templateName, values);
      return powerShellFile(bytes, templateName, values);
    }
    case 'File':
      return renderFile(step, osType, content, first);
    case 'WindowsUpdate':
      return updateRound(step, first.prepare !== undefined);
    case 'WindowsRestart':
    case 'LinuxRestart':
      throw new KilnError({ code: 'BrokenInvariant', message: `A ${step.type} is not one script.` });
    default:
      return step satisfies never;
  }
}

function renderFile(
  { sha256, sourceUri, destination, runIf, mode }: Extract<Customizer, { type: 'File' }>,
  osType: OsType,
  { bytes = new Uint8Array(), url }: StepContent,
  first: { readonly prepare?: Preparation },
): GuestScript {
  const values = { ...first, sourceName: fileNameOf(sourceUri), ...(runIf !== undefined && { runIf }) };
  if (osType === 'Linux')
    return installFile(bytes, sha256 ?? '', destination, { ...values, ...(mode !== undefined && { mode }) });
  const content = url === undefined ? { bytes } : { url };
  return installWindowsFile({ ...values, sha256: sha256 ?? '', destination, content });
}

/** For a destination that is a folder. Empty: an uploaded file has no name, and no name may lead elsewhere. */
function fileNameOf(sourceUri: string): string {
  const { protocol, pathname } = new URL(sourceUri);
  const name = protocol === 'kiln-artifact:' ? '' : decoded(pathname.split('/').at(-1) ?? '');
  return /^\.{0,2}$|[\\/:*?"<>|\0]/.test(name) ? '' : name;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** The commands of a WindowsRestart. */
export function renderRestart(step: Customizer, kind: 'restart-command' | 'restart-check'): GuestScript {
  if (step.type !== 'WindowsRestart')
    throw new KilnError({ code: 'BrokenInvariant', message: `"${step.name}" has no restart command.` });
  return kind === 'restart-command'
    ? restartCommand(step.restartCommand)
    : restartCheck(step.restartCheckCommand);
}

export function renderBootMark(osType: OsType): GuestScript {
  return osType === 'Windows' ? windowsBootMark() : bootMark();
}

function valuesOf(step: ScriptOptions, { secrets, parameters }: StepContent): StepValues {
  return {
    arguments: step.arguments ?? [],
    environment: step.environment ?? {},
    secrets,
    ...(parameters && { parameters }),
    ...(step.runIf !== undefined && { runIf: step.runIf }),
  };
}
