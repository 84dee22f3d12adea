import type { BuildPlan, SmokeMachine } from '../model/plan.ts';
import type { Failure } from '../errors/failure.ts';
import type { Timestamp } from '../model/documents/documents.ts';
import type { ImageVersion, Region } from '../model/template.ts';

export type SmokeBoot = {
  readonly target: { readonly index: number; readonly runOutputName: string };
  readonly region: Region;
  /** 0 for the build itself, then one more for each retry of the run. */
  readonly attempt: number;
  readonly deadline: Timestamp;
};

/** Another one in each attempt: a VM that was left over must not be taken for one that has just booted. */
export function smokeMachine({ target, region, attempt }: SmokeBoot): SmokeMachine {
  return `smoke-${target.index}-${region}${attempt === 0 ? '' : `-r${attempt}`}`;
}

/** How its entries in the timeline are called. */
export function smokeLabel({ target, region }: Pick<SmokeBoot, 'target' | 'region'>): string {
  return `${target.runOutputName} › ${region}`;
}

/**
 * The plan of a build as the smoke boot of one region carries it out: the VM is in that region, and its steps are the
 * validators, unless the template distributes what they refuse.
 *
 * A subnet of the team's is in one region only. Elsewhere the VM gets a network without a way out, because nobody has
 * said what may leave there. The agent reports all the same (through 168.63.129.16), but a run command sends its log to
 * a storage account, so that no validator can run there.
 * https://learn.microsoft.com/azure/virtual-network/what-is-ip-address-168-63-129-16
 */
export function smokePlan(plan: BuildPlan, boot: SmokeBoot): BuildPlan {
  // Batches are of the build's machines.
  const { subnetId, batches: _, ...rest } = plan;
  const { region, deadline } = boot;
  const machine = smokeMachine(boot);
  const isAtHome = subnetId !== undefined && region === plan.location;
  const isolated = subnetId !== undefined && !isAtHome;
  const mayFail = plan.validation?.continueOnFailure === true;
  const validators =
    isolated || mayFail
      ? []
      : plan.steps.filter(({ phase, kind }) => phase === 'validate' && kind === 'command');
  const label = smokeLabel(boot);
  return {
    ...rest,
    ...(isAtHome && { subnetId }),
    location: region,
    deadline,
    smoke: { machine, isolated },
    steps: validators.map((step) => ({
      ...step,
      phase: 'distribute',
      machine,
      name: `${label} › ${step.name}`,
      log: `${machine}-${step.log}`,
    })),
  };
}

/** A bad boot in its own words; a cancel stays one. */
export function bootFailure(failure: Failure, version: ImageVersion, region: Region): Failure {
  if (failure.code === 'RunCanceled') return failure;
  const message = `${region} has version ${version}, but no good VM came of it there: ${failure.message}`;
  return { code: 'SmokeBootFailed', message, target: region };
}
