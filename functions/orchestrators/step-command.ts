import { attemptLog, commandName } from '../../shared/build/names.ts';
import type { CommandPlan, StepPlan } from '../../shared/build/plan.ts';
import type { Failure } from '../../shared/errors/failure.ts';
import type { CommandOutcome } from '../activities/contract.ts';

/** The run command of one attempt at a step, from 0. */
export function commandOf(step: StepPlan, attempt: number): CommandPlan {
  return {
    machine: step.machine,
    name: commandName(step.index, attempt),
    log: attemptLog(step.log, attempt),
    timeoutSeconds: step.timeoutSeconds,
    script: { kind: 'step', index: step.index },
  };
}

export function stepFailure(step: StepPlan, outcome: CommandOutcome): Failure {
  const validates = step.phase !== 'customize';
  const what = `${validates ? 'Validator' : 'Customizer'} "${step.name}"`;
  const lines = outcome.tail.trimEnd().split('\n').slice(-10).join('\n');
  const said = lines === '' ? 'It printed nothing.' : `Its last output:\n${lines}`;
  if (outcome.timedOut) {
    const message = `${what} did not end within ${step.timeoutSeconds} seconds and was stopped. ${said}`;
    return { code: validates ? 'ValidationStepFailed' : 'CustomizerTimedOut', message, target: step.name };
  }
  return {
    code: validates ? 'ValidationStepFailed' : 'CustomizerFailed',
    message: `${what} ended with exit code ${outcome.exitCode}. ${said}`,
    target: step.name,
  };
}
