import { sha256 } from './convert.ts';
import { parseDuration } from './duration.ts';
import type { Customizer, ScriptSource, Validator } from './model.ts';
import type { WireCustomizer, WireValidate } from './schema/image-template.ts';

type WireValidator = NonNullable<WireValidate['inVMValidations']>[number];
type WireScript = Extract<WireCustomizer, { type: 'Shell' | 'PowerShell' }>;

/** Defaults of the steps: https://learn.microsoft.com/azure/virtual-machines/linux/image-builder-json#properties-customize */
const RESTART_COMMAND = 'shutdown /r /f /t 0 /c "packer restart"';
const RESTART_TIMEOUT = '5m';
const SEARCH_CRITERIA = 'BrowseOnly=0 and IsInstalled=0';
const UPDATE_LIMIT = 1000;

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
        restartCommand: wire.restartCommand || RESTART_COMMAND,
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
      return { type: 'Shell', name, script: toScript(wire) };
    case 'PowerShell':
      return {
        type: 'PowerShell',
        name,
        script: toScript(wire),
        runElevated: wire.runElevated ?? false,
        runAsSystem: wire.runAsSystem ?? false,
        validExitCodes: wire.validExitCodes?.length ? wire.validExitCodes : [0],
      };
    case 'File':
      return {
        type: 'File',
        name,
        sourceUri: wire.sourceUri,
        ...(wire.sha256Checksum && { sha256: sha256(wire.sha256Checksum) }),
        destination: wire.destination,
      };
    default:
      return wire satisfies never;
  }
}

function toScript({ inline, scriptUri, sha256Checksum }: WireScript): ScriptSource {
  if (!scriptUri) return { kind: 'inline', lines: inline ?? [] };
  return { kind: 'uri', uri: scriptUri, ...(sha256Checksum && { sha256: sha256(sha256Checksum) }) };
}

/** The schema has checked the form, so the fallback is only for a duration that was not given. */
function seconds(text: string | undefined): number {
  return parseDuration(text ?? RESTART_TIMEOUT) ?? 300;
}
