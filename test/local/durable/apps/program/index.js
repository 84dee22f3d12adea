/* oxlint-disable typescript/no-unsafe-assignment, typescript/no-unsafe-call, typescript/no-unsafe-member-access, typescript/no-unsafe-return, typescript/no-unsafe-argument -- a plain JavaScript app without types, as the host must load them */
// An orchestrator that carries out a generated program: the input is a list of steps.
import * as df from 'durable-functions';

const DAY = 86_400_000;

function build(df_, step) {
  const at = (ms) => new Date(df_.currentUtcDateTime.getTime() + ms);
  switch (step.kind) {
    case 'activity':
      return df_.callActivity('a', step.value);
    case 'retry':
      return df_.callActivityWithRetry('r', new df.RetryOptions(1000, step.attempts), step.value);
    case 'timer':
      return df_.createTimer(at(1000));
    case 'longTimer':
      return df_.createTimer(at(step.days * DAY));
    case 'sub':
      return df_.callSubOrchestrator('s', step.value);
    case 'event':
      return df_.waitForExternalEvent(step.name);
    case 'all':
      return df_.Task.all(step.children.map((child) => build(df_, child)));
    case 'any':
      return df_.Task.any(step.children.map((child) => build(df_, child)));
    default:
      throw new Error(`unknown step ${step.kind}`);
  }
}

df.app.orchestration('program', function* (context) {
  for (const step of context.df.getInput()) {
    try {
      yield build(context.df, step);
    } catch {
      // A failed step is a result like another: the next one takes the next ids.
    }
  }
  return 'done';
});
df.app.activity('a', { handler: (input) => input });
df.app.activity('r', { handler: (input) => input });
df.app.orchestration('s', function* (context) {
  return yield context.df.callActivity('a', 1);
});
