import type { Customizer, TemplateProperties, Validator } from '../template/model.ts';
import { logName } from './names.ts';
import type { BuildPlan, KeepPlan, StepPlan, ValidationPlan } from './plan.ts';

/** What runs inside the VMs, in order, and what becomes of the VMs when something of it fails. */
export function planSteps(properties: TemplateProperties): Pick<BuildPlan, 'steps' | 'validation' | 'keep'> {
  const validation = planValidation(properties);
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
function planValidation({ validate }: TemplateProperties): ValidationPlan | undefined {
  if (validate === undefined) return undefined;
  const { sourceValidationOnly, continueDistributeOnFailure: continueOnFailure, validators } = validate;
  if (sourceValidationOnly) return { on: 'source', continueOnFailure };
  return validators.length === 0 ? undefined : { on: 'image', continueOnFailure };
}

/** https://learn.microsoft.com/azure/virtual-machines/linux/image-builder-json#properties-errorhandling */
function planKeep({ errorHandling }: TemplateProperties): KeepPlan | undefined {
  const customize = errorHandling.onCustomizerError === 'abort';
  const validate = errorHandling.onValidationError === 'abort';
  if (!customize && !validate) return undefined;
  return { customize, validate, leaseMinutes: errorHandling.leaseMinutes };
}

type Place = Pick<StepPlan, 'index' | 'phase' | 'machine'>;

/** A step has no time-out of its own in AIB: it may take what the build may take. */
function planStep(step: Customizer | Validator, place: Place, buildSeconds: number): StepPlan {
  const restart = step.type === 'LinuxRestart';
  return {
    ...place,
    name: step.name,
    kind: restart ? 'restart' : 'command',
    log: logName(place.index, step.name),
    timeoutSeconds: restart ? step.restartTimeout : buildSeconds,
  };
}
