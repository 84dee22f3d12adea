import {
  fileFields,
  powerShellFields,
  powerShellRules,
  scriptRules,
  shellFields,
  stepName,
} from './fields.ts';

export const shell = {
  type: 'object',
  title: 'Shell customizer',
  required: ['type'],
  additionalProperties: false,
  properties: shellFields,
  ...scriptRules,
} as const;

export const powerShell = {
  type: 'object',
  title: 'PowerShell customizer',
  required: ['type'],
  additionalProperties: false,
  properties: powerShellFields,
  ...powerShellRules,
} as const;

export const file = {
  type: 'object',
  title: 'File customizer',
  required: ['type', 'sourceUri', 'destination'],
  additionalProperties: false,
  properties: fileFields,
} as const;

export const windowsRestart = {
  type: 'object',
  title: 'WindowsRestart customizer',
  required: ['type'],
  additionalProperties: false,
  properties: {
    type: { const: 'WindowsRestart' },
    name: stepName,
    restartCommand: {
      type: 'string',
      description: 'Command that restarts. Default: `shutdown /r /f /t 0 /c "packer restart"`.',
    },
    restartCheckCommand: {
      type: 'string',
      description:
        'Command that is run once when the machine is back; its exit code is noted and not judged. Default: none.',
    },
    restartTimeout: {
      type: 'string',
      format: 'duration',
      description: 'Magnitude and unit, for example `5m` or `2h`. Default: `5m`.',
    },
  },
} as const;

export const windowsUpdate = {
  type: 'object',
  title: 'WindowsUpdate customizer',
  required: ['type'],
  additionalProperties: false,
  properties: {
    type: { const: 'WindowsUpdate' },
    name: stepName,
    searchCriteria: {
      type: 'string',
      description: 'Search criteria of Windows Update. Default: `BrowseOnly=0 and IsInstalled=0`.',
    },
    filters: {
      type: 'array',
      items: { type: 'string' },
      description: 'Filters `include:<expression>` or `exclude:<expression>`; the first match decides.',
    },
    updateLimit: {
      type: 'integer',
      minimum: 0,
      default: 0,
      description: 'Updates per round; 0 stands for 1000.',
    },
  },
} as const;

export const linuxRestart = {
  type: 'object',
  title: 'LinuxRestart customizer',
  required: ['type'],
  additionalProperties: false,
  properties: {
    type: { const: 'LinuxRestart' },
    name: stepName,
    restartTimeout: {
      type: 'string',
      format: 'duration',
      description: 'Magnitude and unit, for example `5m` or `2h`. Default: `5m`.',
    },
  },
} as const;

export const customizer = {
  type: 'object',
  required: ['type'],
  discriminator: { propertyName: 'type' },
  oneOf: [shell, powerShell, file, windowsRestart, windowsUpdate, linuxRestart],
} as const;
