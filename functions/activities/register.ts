import type { InvocationContext } from '@azure/functions';
import * as df from 'durable-functions';
import { type Principal, UNKNOWN } from '../../shared/access/principal.ts';
import type { CommandContext } from '../../shared/commands/context.ts';
import type { ErrorCode } from '../../shared/errors/codes.ts';
import { KilnError, type Failure, type Result } from '../../shared/errors/failure.ts';
import { type AnyActivity, invoke } from './invoke.convert.ts';
import { slotWaitOf, TURN_EVENT } from '../../shared/build/turn-of.ts';
import { advance } from '../../shared/requests/advance.ts';
import { startRun } from '../../shared/commands/start-run.ts';
import { orchestrationsOf } from '../durable-engine.ts';
import { app, commandsOf } from '../wiring.ts';
import type { Engine } from './activity.ts';
import { ACTIVITIES } from './all.ts';
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
    return { ok: true, value: await invoke(work, app(), input, engineOf(context)) };
  } catch (error) {
    return { ok: false, error: failureOf({ name, input }, error, context) };
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

function engineOf(context: InvocationContext): Engine {
  return {
    log: (line) => context.log(line),
    async cancel(instance) {
      const durable = df.getClient(context);
      // 404: the run never started; 410: it is over. Both mean that there is nothing to cancel.
      await durable.raiseEvent(instance, 'cancel', {}).catch(() => undefined);
    },
    async wake(runIds) {
      const durable = df.getClient(context);
      // A run whose first look comes later, or that has ended since, waits nowhere.
      for (const runId of runIds)
        await durable.raiseEvent(slotWaitOf(runId), TURN_EVENT, {}).catch(() => undefined);
    },
    async tell(instance, event) {
      await df
        .getClient(context)
        .raiseEvent(instance, event, {})
        .catch(() => undefined);
    },
    async advance(ref) {
      try {
        await advance(commandsIn(context, UNKNOWN), ref);
      } catch (error) {
        const why = error instanceof KilnError ? error.message : String(error);
        context.warn(`advance: ${why}${subjectOf({ ref })}`);
      }
    },
    async startRun(ref, reason, actor) {
      try {
        await startRun(commandsIn(context, actor), ref, reason);
      } catch (error) {
        if (!(error instanceof KilnError) || !LEFT_AS_IT_IS.includes(error.failure.code)) throw error;
        context.warn(`${reason}: ${error.message}${subjectOf({ ref })}`);
      }
    },
  };
}

/** What keeps a run from starting by itself. */
const LEFT_AS_IT_IS: readonly ErrorCode[] = ['OperationNotAllowed', 'LinkedAuthorizationFailed'];

function commandsIn(context: InvocationContext, actor: Principal): CommandContext {
  return commandsOf(orchestrationsOf(df.getClient(context)), { actor, log: (line) => context.info(line) });
}

for (const [name, work] of Object.entries(ACTIVITIES)) register(name, work);
