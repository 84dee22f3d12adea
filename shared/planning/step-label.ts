import type { StepPlan } from '../model/plan.ts';

/** A step in messages: `Customizer "nginx"`. */
export function stepLabel({ phase, name }: Pick<StepPlan, 'phase' | 'name'>): string {
  return `${phase === 'customize' ? 'Customizer' : 'Validator'} "${name}"`;
}
