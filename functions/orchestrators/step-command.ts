import { attemptLog, commandName } from '../../shared/build/names.ts';
import type { CommandPlan, StepPlan } from '../../shared/build/plan.ts';
import { lastLines } from '../../shared/build/last-lines.ts';
import type { Failure } from '../../shared/errors/failure.ts';
import type { CommandOutcome } from '../activities/contract.ts';

/** The run command of one attempt at a step, from 0. */
export function commandOf(step: StepPlan, attempt: number): CommandPlan {
  return {
    machine: step.machine,
    name: commandName(step.index, attempt),
    log: attemptLog(step.log, attempt),
    label: labelOf(step),
    timeoutSeconds: step.timeoutSeconds,
    script: { kind: 'step', index: step.index },
  };
}

export function stepFailure(step: StepPlan, outcome: CommandOutcome): Failure {
  const validates = step.phase !== 'customize';
  const message = `${labelOf(step)} ${howItEnded(step, outcome)} ${lastLines(outcome.tail)}`;
  const code = outcome.timedOut ? 'CustomizerTimedOut' : 'CustomizerFailed';
  return { code: validates ? 'ValidationStepFailed' : code, message, target: step.name };
}

export function labelOf({ phase, name }: StepPlan): string {
  return `${phase === 'customize' ? 'Customizer' : 'Validator'} "${name}"`;
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
