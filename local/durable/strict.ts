/**
 * Ways in which an orchestrator that looks right loses work, hangs or breaks on the real extension. Here each one fails the
 * instance at once, under a stable code that tests and people can look for.
 */
const REMEDIES = {
  'KILN-STRICT-TASK-ID-SHIFT':
    'Fan out over sub-orchestrations that never throw and return {ok, value | error}; retry inside them with plain timers.',
  'KILN-STRICT-TASK-YIELDED-TWICE':
    'Create a new task (for a time-out: a new timer) for each Task.any or Task.all; never reuse one.',
  'KILN-STRICT-RETRY-TIMEOUT':
    'Remove retryTimeoutInMilliseconds: durable-functions ignores it and the extension obeys it. Limit maxNumberOfAttempts, or race a deadline timer with Task.any.',
  'KILN-STRICT-LONG-INSTANCE-ID':
    'Give children short ids: the Durable Task Scheduler refuses those of more than 100 characters.',
  'KILN-STRICT-STUCK':
    'Yield only tasks that can still complete. Nothing is pending here, so the instance would stay Running for ever.',
  'KILN-STRICT-NONDETERMINISM':
    'Make the orchestrator depend on its input, task results and context.df only. If its code was changed, start a new version or let running instances finish first.',
  'KILN-STRICT-NOT-JSON':
    'Pass plain data: objects, arrays, strings, finite numbers, booleans, null. Turn a Date into toISOString(), an Error into {code, message}, bytes into a blob and its name.',
  'KILN-STRICT-TIMER-BEFORE-CONTINUE-AS-NEW':
    'Call timer.cancel() on each timer that lost its race before context.df.continueAsNew().',
  'KILN-STRICT-EVENT-NAME-CASE':
    'Raise the event with exactly the name that waitForExternalEvent uses: the extension ignores case, durable-functions does not.',
  'KILN-STRICT-CONTINUE-AS-NEW-TEXT':
    'Pass an object to continueAsNew: durable-functions encodes a text twice and the next execution gets it with quotes.',
  'KILN-STRICT-UNKNOWN-FUNCTION': 'Register the function, or correct its name.',
  'KILN-STRICT-UNSUPPORTED':
    'The local host carries out activities, timers, events and sub-orchestrations. Use an activity instead of entities, locks and callHttp.',
} as const;

export type StrictCode = keyof typeof REMEDIES;

export class StrictViolation extends Error {
  readonly code: StrictCode;

  /** `found` says what happened, with names and ids; the remedy of the code is appended. */
  constructor(code: StrictCode, found: string) {
    super(`${code}: ${found}. ${REMEDIES[code]}`);
    this.name = 'StrictViolation';
    this.code = code;
  }
}
