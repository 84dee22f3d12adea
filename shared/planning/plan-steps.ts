import type { Problem } from '../model/problem.ts';
import type { Customizer, TemplateProperties, Validator } from '../model/template.ts';
import { kindsFor, planOf, systemOf } from '../steps/all.ts';
import { logName } from './names.ts';
import type { BuildPlan, KeepPlan, StepPlan } from '../model/plan.ts';
import { planLooks, type WhereToLook } from './plan-looks.ts';

/** What runs inside the VMs, in order, and what becomes of the VMs when something of it fails. */
export function planSteps(
  properties: TemplateProperties,
  where: WhereToLook,
): Pick<BuildPlan, 'steps' | 'validation' | 'look' | 'smokeHygiene' | 'keep'> {
  const { validation, ...looks } = planLooks(properties, where);
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
    ...looks,
    ...(keep && { keep }),
  };
}

/** https://learn.microsoft.com/azure/virtual-machines/linux/image-builder-json#properties-errorhandling */
function planKeep({ errorHandling }: TemplateProperties): KeepPlan | undefined {
  const customize = errorHandling.onCustomizerError === 'abort';
  const validate = errorHandling.onValidationError === 'abort';
  if (!customize && !validate) return undefined;
  return { customize, validate, leaseMinutes: errorHandling.leaseMinutes };
}

type Place = Pick<StepPlan, 'index' | 'phase' | 'machine'>;

function planStep(step: Customizer | Validator, place: Place, buildSeconds: number): StepPlan {
  return { ...place, name: step.name, log: logName(place.index, step.name), ...planOf(step, buildSeconds) };
}

const OR = new Intl.ListFormat('en-GB', { type: 'disjunction' });

/** Steps for another system than the source's: nothing could run them. */
export function misplacedSteps(
  { customize, validate }: TemplateProperties,
  osType: 'Linux' | 'Windows',
): Problem[] {
  const check = (list: string) => (step: Customizer, index: number) => {
    const system = systemOf(step.type);
    if (system === undefined || system === osType) return [];
    return [
      {
        code: 'StepNotCompatible',
        target: `/properties/${list}/${index}`,
        value: step.type,
        why: `"${step.name}" is a ${step.type} step, which runs on ${system}; the source is ${osType}.`,
        remedy: `Write ${OR.format(kindsFor(osType))}.`,
      } as const,
    ];
  };
  return [
    ...customize.flatMap(check('customize')),
    ...(validate?.validators ?? []).flatMap(check('validate/inVMValidations')),
  ];
}
