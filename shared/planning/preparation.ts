import type { BuildPlan, StepPlan } from '../model/plan.ts';

/**
 * The customizer whose run command also prepares the machine: the first that is one script. A command of its own for the
 * preparation would cost every build four requests and, in Azure, half a minute.
 */
export function preparingStep({ steps }: Pick<BuildPlan, 'steps'>): StepPlan | undefined {
  return steps.find(({ phase, kind }) => phase === 'customize' && kind !== 'restart');
}
