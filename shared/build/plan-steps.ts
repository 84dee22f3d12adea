import type { Problem } from '../planning/problem.ts';
import type { Customizer, StepOptions, TemplateProperties, Validator } from '../template/model.ts';
import { DEFAULT_RESTART_COMMAND } from '../template/to-customizer.ts';
import { logName } from './names.ts';
import type { BuildPlan, KeepPlan, StepPlan, ValidationPlan } from './plan.ts';

/** What runs inside the VMs, in order, and what becomes of the VMs when something of it fails. */
export function planSteps(
  properties: TemplateProperties,
  bootable: boolean,
): Pick<BuildPlan, 'steps' | 'validation' | 'keep'> {
  const validation = planValidation(properties, bootable);
  const keep = planKeep(properties);
  const seconds = properties.buildTimeoutInMinutes * 60;
  const customizers = validation?.on === 'source' ? [] : properties.customize;
  const validators = validation === undefined ? [] : (properties.validate?.validators ?? []);
  const first = properties.customize.length;
  const machine = validation?.on === 'image' ? 'validate' : 'build';
  return {
    steps: [
      ...customizers.map((step, index) =>
        planStep(step, { index, phase: 'customize', machine: 'build' }, seconds),
      ),
      ...validators.map((step, index) =>
        planStep(step, { index: first + index, phase: 'validate', machine }, seconds),
      ),
    ],
    ...(validation && { validation }),
    ...(keep && { keep }),
  };
}

/** `sourceValidationOnly` without validators is a wish for nothing at all to be built: the source has to boot. */
function planValidation({ validate }: TemplateProperties, bootable: boolean): ValidationPlan | undefined {
  if (validate === undefined) return undefined;
  const { sourceValidationOnly, continueDistributeOnFailure: continueOnFailure, validators } = validate;
  if (sourceValidationOnly) return { on: 'source', continueOnFailure };
  if (validators.length === 0) return undefined;
  return { on: bootable ? 'image' : 'build', continueOnFailure };
}

/** https://learn.microsoft.com/azure/virtual-machines/linux/image-builder-json#properties-errorhandling */
function planKeep({ errorHandling }: TemplateProperties): KeepPlan | undefined {
  const customize = errorHandling.onCustomizerError === 'abort';
  const validate = errorHandling.onValidationError === 'abort';
  if (!customize && !validate) return undefined;
  return { customize, validate, leaseMinutes: errorHandling.leaseMinutes };
}

type Place = Pick<StepPlan, 'index' | 'phase' | 'machine'>;

/** A step without a time-out of its own may take what the build may take. */
function planStep(step: Customizer | Validator, place: Place, buildSeconds: number): StepPlan {
  const base = { ...place, name: step.name, log: logName(place.index, step.name) };
  switch (step.type) {
    case 'LinuxRestart':
      return { ...base, kind: 'restart', timeoutSeconds: step.restartTimeout };
    case 'WindowsRestart': {
      const { restartCommand, restartCheckCommand, restartTimeout } = step;
      return {
        ...base,
        kind: 'restart',
        timeoutSeconds: restartTimeout,
        ...(restartCommand !== DEFAULT_RESTART_COMMAND && { ownCommand: true }),
        ...(restartCheckCommand !== '' && { ownCheck: true }),
      };
    }
    case 'WindowsUpdate':
      return { ...base, kind: 'windows-update', timeoutSeconds: buildSeconds };
    case 'PowerShell':
      return { ...base, ...planCommand(step, buildSeconds), validExitCodes: step.validExitCodes };
    case 'Shell':
    case 'File':
      return { ...base, ...planCommand(step, buildSeconds) };
    default:
      return step satisfies never;
  }
}

function planCommand({ timeoutSeconds, retry }: StepOptions, buildSeconds: number) {
  return {
    kind: 'command',
    timeoutSeconds: Math.min(timeoutSeconds ?? buildSeconds, buildSeconds),
    ...(retry && { retry }),
  } as const;
}

/** Steps for another system than the source's: nothing could run them. */
export function misplacedSteps(
  { customize, validate }: TemplateProperties,
  osType: 'Linux' | 'Windows',
): Problem[] {
  const check = (list: string) => (step: Customizer, index: number) => {
    const system = SYSTEMS[step.type];
    if (system === undefined || system === osType) return [];
    return [
      {
        code: 'StepNotCompatible',
        target: `/properties/${list}/${index}`,
        value: step.type,
        why: `"${step.name}" is a ${step.type} step, which runs on ${system}; the source is ${osType}.`,
        remedy: REMEDIES[osType],
      } as const,
    ];
  };
  return [
    ...customize.flatMap(check('customize')),
    ...(validate?.validators ?? []).flatMap(check('validate/inVMValidations')),
  ];
}

const REMEDIES = {
  Linux: 'Write Shell, File or LinuxRestart.',
  Windows: 'Write PowerShell, File, WindowsRestart or WindowsUpdate.',
};

const SYSTEMS: Partial<Record<Customizer['type'], 'Linux' | 'Windows'>> = {
  Shell: 'Linux',
  LinuxRestart: 'Linux',
  PowerShell: 'Windows',
  WindowsRestart: 'Windows',
  WindowsUpdate: 'Windows',
};
