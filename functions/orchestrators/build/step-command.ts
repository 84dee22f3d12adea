import { attemptLog, batchLog, commandName } from '../../../shared/planning/names.ts';
import type { BuildPlan, CommandPlan, StepBatch, StepPlan } from '../../../shared/model/plan.ts';
import { lastLines } from '../../../shared/planning/last-lines.ts';
import { stepLabel } from '../../../shared/planning/step-label.ts';
import { type Failure, KilnError } from '../../../shared/errors/failure.ts';
import { stepsOfBatch } from '../../../shared/planning/batch-lines.ts';
import type { Timestamp } from '../../../shared/model/documents/documents.ts';
import type { CommandOutcome } from '../../contract.ts';

/** The run command of one attempt at a step, from 0. */
export function commandOf(step: StepPlan, attempt: number): CommandPlan {
  return {
    machine: step.machine,
    name: commandName(step.index, attempt),
    log: attemptLog(step.log, attempt),
    label: stepLabel(step),
    timeoutSeconds: step.timeoutSeconds,
    script: { kind: 'step', index: step.index },
  };
}

/** The one command of a batch. Its steps have no time of their own, so that each may take what the build may take. */
export function batchCommand(
  plan: BuildPlan,
  { first, ...rest }: StepBatch,
  startedAt: Timestamp,
): CommandPlan {
  const [step, ...others] = stepsOfBatch(plan, { first, ...rest });
  if (step === undefined)
    throw new KilnError({ code: 'BrokenInvariant', message: `The plan has no step ${first}.` });
  const last = others.at(-1);
  return {
    machine: step.machine,
    name: commandName(first, 0),
    log: batchLog(first),
    label: last === undefined ? stepLabel(step) : `${stepLabel(step)} to "${last.name}"`,
    timeoutSeconds: step.timeoutSeconds,
    script: { kind: 'batch', index: first, startedAt, ...rest },
  };
}

export function stepFailure(step: StepPlan, outcome: CommandOutcome): Failure {
  const validates = step.phase !== 'customize';
  const message = `${stepLabel(step)} ${howItEnded(step, outcome)} ${lastLines(outcome.tail)}`;
  const code = outcome.timedOut ? 'CustomizerTimedOut' : 'CustomizerFailed';
  return { code: validates ? 'ValidationStepFailed' : code, message, target: step.name };
}

function howItEnded(step: StepPlan, { exitCode, timedOut, killed }: CommandOutcome): string {
  if (timedOut) return `did not end within ${step.timeoutSeconds} seconds and was stopped.`;
  if (killed === true)
    return 'was killed by a signal before it ended: by the system when memory ran out, or by a command of its own.';
  const ended = `ended with exit code ${exitCode}`;
  if (exitCode === 0)
    return `${ended}, which its validExitCodes [${step.validExitCodes?.join(', ')}] leave out.`;
  const signal = exitCode - SIGNAL_BASE;
  return signal === 9 || signal === 15
    ? `${ended}: a process of it was killed by signal ${signal}, as the system does when memory runs out.`
    : `${ended}.`;
}

/** What a shell reports for a process that a signal ended. */
const SIGNAL_BASE = 128;
