import type { BuildPlan, StepPlan } from '../model/plan.ts';

/**
 * The customizer whose run command also prepares the machine: the first that is one script. A command of its own for the
 * preparation would cost every build four requests and, in Azure, half a minute.
 */
export function preparingStep({
  steps,
  checkpoints,
}: Pick<BuildPlan, 'steps' | 'checkpoints'>): StepPlan | undefined {
  const after = checkpoints?.from?.after ?? -1;
  return steps.find(({ index, phase, kind }) => index > after && phase === 'customize' && kind !== 'restart');
}
