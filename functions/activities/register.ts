import type { InvocationContext } from '@azure/functions';
import * as df from 'durable-functions';
import { UNKNOWN } from '../../shared/model/principal.ts';
import type { ErrorCode } from '../../shared/errors/codes.ts';
import { KilnError, type Failure, type Result } from '../../shared/errors/failure.ts';
import { type AnyActivity, invoke, planIn, runIn } from './invoke.convert.ts';
import { advance } from '../../shared/requests/advance.ts';
import { outcomeOfChild } from '../../shared/commands/revive.ts';
import { startRun } from '../../shared/commands/start-run.ts';
import { durableEngine, wakeWaiting } from '../durable-engine.ts';
import { app, commandsOf } from '../wiring.ts';
import type { Effects } from './activity.ts';
import { ACTIVITIES } from './all.ts';
import { repeatable } from './repeatable.ts';
import { refuseAfterCancel } from './record/until-canceled.ts';
import { subjectOf } from './subject.ts';

const client = df.input.durableClient();

/** Registers an activity so that it never throws: durable-functions would keep the message and lose the code. */
function register(name: string, work: AnyActivity): void {
  df.app.activity(name, {
    extraInputs: [client],
    handler: (input: unknown, context: InvocationContext) => answer(name, work, input, context),
  });
}

async function answer(
  name: string,
  work: AnyActivity,
  input: unknown,
  context: InvocationContext,
): Promise<Result<unknown>> {
  try {
    await refuseAfterCancel(app(), name, runIn(input));
    return { ok: true, value: await invoke(work, app(), input, effectsOf(context)) };
  } catch (error) {
    return { ok: false, error: repeatable(name, failureOf({ name, input }, error, context), planIn(input)) };
  }
}

function failureOf(
  { name, input }: { readonly name: string; readonly input: unknown },
  error: unknown,
  context: InvocationContext,
): Failure {
  // The host puts the name of the function in front.
  const about = subjectOf(input);
  if (error instanceof KilnError) {
    context.warn(`${error.failure.code}: ${error.failure.message}${about}`);
    return error.failure;
  }
  // The text of an unknown error may hold anything, a SAS for instance: it goes to no history, and to the log by kind.
  const kind =
    error instanceof Error
      ? `${error.name} at ${error.stack?.split('\n')[1]?.trim() ?? 'unknown place'}`
      : typeof error;
  context.error(`InternalError: ${kind}${about}`);
  const message = `${name} met an unexpected error (${kind.split(' ')[0] ?? ''}); invocation ${context.invocationId}.`;
  return { code: 'InternalError', message };
}

function effectsOf(context: InvocationContext): Effects {
  const engine = durableEngine(context);
  const log = (line: string) => context.info(line);
  return {
    log: (line) => context.log(line),
    outcome: (instance) => outcomeOfChild(commandsOf(engine, { actor: UNKNOWN, log }), instance),
    // A loss is repeated with the activity: a run that is not told would go on.
    cancel: (instance) => engine.raise(instance, 'cancel'),
    wake: (waiting) => wakeWaiting(engine, waiting),
    async tell(instance, event, data) {
      try {
        await engine.raise(instance, event, data);
      } catch (error) {
        context.warn(`${instance} was not told "${event}" and looks by itself: ${String(error)}`);
      }
    },
    async advance(ref) {
      try {
        await advance(commandsOf(engine, { actor: UNKNOWN, log }), ref);
      } catch (error) {
        const why = error instanceof KilnError ? error.message : String(error);
        context.warn(`advance: ${why}${subjectOf({ ref })}`);
      }
    },
    async startRun(ref, reason, actor) {
      try {
        await startRun(commandsOf(engine, { actor, log }), ref, reason);
      } catch (error) {
        if (!(error instanceof KilnError) || !LEFT_AS_IT_IS.includes(error.failure.code)) throw error;
        context.warn(`${reason}: ${error.message}${subjectOf({ ref })}`);
      }
    },
  };
}

/** What keeps a run from starting by itself. */
const LEFT_AS_IT_IS: readonly ErrorCode[] = ['OperationNotAllowed', 'LinkedAuthorizationFailed'];

for (const [name, work] of Object.entries(ACTIVITIES)) register(name, work);
