import { sha256 } from './convert.ts';
import { parseDuration } from './duration.ts';
import type { Customizer, ScriptOptions, ScriptSource, StepOptions, Validator } from './model.ts';
import type { WireCustomizer, WireValidate } from './schema/image-template.ts';

type WireValidator = NonNullable<WireValidate['inVMValidations']>[number];
type WireScript = Extract<WireCustomizer, { type: 'Shell' | 'PowerShell' }>;

/** Defaults of the steps: https://learn.microsoft.com/azure/virtual-machines/linux/image-builder-json#properties-customize */
export const DEFAULT_RESTART_COMMAND = 'shutdown /r /f /t 0 /c "packer restart"';
const RESTART_TIMEOUT = '5m';
const SEARCH_CRITERIA = 'BrowseOnly=0 and IsInstalled=0';
const UPDATE_LIMIT = 1000;
const RETRY_PAUSE = '30s';

/** Steps without a name get one from their type and their place, from 1. */
function nameOf(wire: WireCustomizer | WireValidator, index: number): string {
  return wire.name === undefined || wire.name === '' ? `${wire.type}-${index + 1}` : wire.name;
}

export function toCustomizer(wire: WireCustomizer, index: number): Customizer {
  const name = nameOf(wire, index);
  switch (wire.type) {
    case 'Shell':
    case 'PowerShell':
    case 'File':
      return toValidator(wire, index);
    case 'WindowsRestart':
      return {
        type: 'WindowsRestart',
        name,
        restartCommand: wire.restartCommand || DEFAULT_RESTART_COMMAND,
        restartCheckCommand: wire.restartCheckCommand ?? '',
        restartTimeout: seconds(wire.restartTimeout),
      };
    case 'WindowsUpdate':
      return {
        type: 'WindowsUpdate',
        name,
        searchCriteria: wire.searchCriteria || SEARCH_CRITERIA,
        filters: wire.filters ?? [],
        updateLimit: wire.updateLimit || UPDATE_LIMIT,
      };
    case 'LinuxRestart':
      return { type: 'LinuxRestart', name, restartTimeout: seconds(wire.restartTimeout) };
    default:
      return wire satisfies never;
  }
}

/** Validators have the fields of the customizers of the same type. */
export function toValidator(wire: WireValidator, index: number): Validator {
  const name = nameOf(wire, index);
  switch (wire.type) {
    case 'Shell':
      return {
        type: 'Shell',
        name,
        script: toScript(wire),
        ...(wire.runAs && { runAs: wire.runAs }),
        ...toScriptOptions(wire),
      };
    case 'PowerShell':
      return {
        type: 'PowerShell',
        name,
        script: toScript(wire),
        runElevated: wire.runElevated ?? false,
        runAsSystem: wire.runAsSystem ?? false,
        validExitCodes: wire.validExitCodes?.length ? wire.validExitCodes : [0],
        ...toScriptOptions(wire),
      };
    case 'File':
      return {
        type: 'File',
        name,
        sourceUri: wire.sourceUri,
        ...(wire.sha256Checksum && { sha256: sha256(wire.sha256Checksum) }),
        destination: wire.destination,
        ...(wire.mode && { mode: wire.mode }),
        ...toStepOptions(wire),
      };
    default:
      return wire satisfies never;
  }
}

function toScript({ inline, scriptUri, sha256Checksum }: WireScript): ScriptSource {
  if (!scriptUri) return { kind: 'inline', lines: inline ?? [] };
  return { kind: 'uri', uri: scriptUri, ...(sha256Checksum && { sha256: sha256(sha256Checksum) }) };
}

function toScriptOptions(wire: WireScript): ScriptOptions {
  return {
    ...(wire.arguments?.length && { arguments: wire.arguments }),
    ...(hasFields(wire.environment) && { environment: wire.environment }),
    ...(hasFields(wire.secrets) && { secrets: wire.secrets }),
    ...toStepOptions(wire),
  };
}

function toStepOptions(wire: Pick<WireScript, 'timeout' | 'retry' | 'runIf'>): StepOptions {
  const { timeout, retry, runIf } = wire;
  return {
    ...(timeout && { timeoutSeconds: seconds(timeout) }),
    ...(retry && {
      retry: { attempts: retry.attempts, pauseSeconds: seconds(retry.pause ?? RETRY_PAUSE) },
    }),
    ...(runIf && { runIf }),
  };
}

function hasFields(map: Readonly<Record<string, string>> | undefined): map is Record<string, string> {
  return map !== undefined && Object.keys(map).length > 0;
}

/** The schema has checked the form, so the fallback is only for a duration that was not given. */
function seconds(text: string | undefined): number {
  return parseDuration(text ?? RESTART_TIMEOUT) ?? 300;
}
