import type { TargetPlan } from '../../shared/build/plan.ts';
import type { BuildPlan } from '../../shared/build/plan.ts';
import type { App } from '../app.ts';

/** Where the VHD of a target goes: the template's URI, or a blob of ours that names template, run and target. */
export function vhdLocation(app: App, plan: BuildPlan, target: Extract<TargetPlan, { type: 'VHD' }>): string {
  const { ref, runId } = plan.run;
  return app.vhds.location(target.uri, `${ref.name}/${runId}/${target.runOutputName}.vhd`);
}
