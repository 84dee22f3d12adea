import type { BuildPlan, TargetPlan } from '../../../shared/model/plan.ts';
import type { App } from '../../app.ts';

type VhdTarget = Extract<TargetPlan, { type: 'VHD' }>;

/**
 * Where a VHD goes: the template's URI, or a blob of ours that names template, run and target. `copy`: 0 for that one,
 * then the target's further copies.
 */
export function vhdLocation(
  app: App,
  plan: BuildPlan,
  { target, copy }: { target: VhdTarget; copy: number },
): string {
  const { ref, runId } = plan.run;
  const uri = copy === 0 ? target.uri : (target.copies[copy - 1] ?? '');
  return app.vhds.location(uri, `${ref.name}/${runId}/${target.runOutputName}.vhd`, ref);
}
