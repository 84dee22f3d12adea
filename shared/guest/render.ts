import { KilnError } from '../errors/failure.ts';
import type { Customizer, ScriptOptions } from '../template/model.ts';
import { bootMark } from './boot-mark.ts';
import { inlinePowerShell, powerShellFile } from './powershell.ts';
import type { GuestScript, StepValues } from './script.ts';
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
  readonly osType: OsType;
  readonly content: StepContent;
};

/** The script of one customizer or validator. */
export function renderStep(step: Customizer, { templateName, osType, content }: Rendering): GuestScript {
  const bytes = content.bytes ?? new Uint8Array();
  switch (step.type) {
    case 'Shell': {
      const values = valuesOf(step, content);
      if (step.script.kind === 'inline') return inlineScript(step.script.lines, templateName, values);
      return fileScript(bytes, templateName, values);
    }
    case 'PowerShell': {
      const values = valuesOf(step, content);
      if (step.script.kind === 'inline') return inlinePowerShell(step.script.lines, templateName, values);
      return powerShellFile(bytes, templateName, values);
    }
    case 'File': {
      const { sha256 = '', destination, runIf, mode } = step;
      if (osType === 'Linux')
        return installFile(bytes, sha256, destination, {
          ...(runIf !== undefined && { runIf }),
          ...(mode !== undefined && { mode }),
        });
      const source = content.url === undefined ? { bytes } : { url: content.url };
      return installWindowsFile({
        sha256,
        destination,
        content: source,
        ...(runIf !== undefined && { runIf }),
      });
    }
    case 'WindowsUpdate':
      return updateRound(step);
    case 'WindowsRestart':
    case 'LinuxRestart':
      throw new KilnError({ code: 'BrokenInvariant', message: `A ${step.type} is not one script.` });
    default:
      return step satisfies never;
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
