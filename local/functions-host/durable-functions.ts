import type { FunctionRunner, OrchestratorAnswer, OrchestratorRequest } from '../durable/runner.ts';
import { StrictViolation } from '../durable/strict.ts';
import type { AppFunction, FunctionApp, Invocation } from './app.ts';
import type { TypedData } from './contract.ts';
import { toActions, toExecutorActions, toLibraryTasks, toObject, toText } from './edge.convert.ts';
import { type InputBinding, inputsOf } from './invoker.ts';
import { toTypedData } from './typed-data.ts';

/** A failed orchestrator's state travels at the end of the error message. */
const STATE_LABEL = '\n\n$OutOfProcData$:';

/** Orchestrators and activities of an app, called over the protocol that durable-functions 3 speaks. */
export class AppFunctionRunner implements FunctionRunner {
  readonly #app: FunctionApp;
  readonly #orchestrators: ReadonlyMap<string, AppFunction>;
  readonly #activities: ReadonlyMap<string, AppFunction>;
  readonly #inputs: readonly InputBinding[];

  /** `inputs`: what activities may bind besides their trigger, such as the durable client. */
  constructor(app: FunctionApp, inputs: readonly InputBinding[] = []) {
    this.#app = app;
    this.#inputs = inputs;
    this.#orchestrators = byLowerName(app.triggeredBy('orchestrationTrigger'));
    this.#activities = byLowerName(app.triggeredBy('activityTrigger'));
  }

  findOrchestrator(name: string): string | undefined {
    return this.#orchestrators.get(name.toLowerCase())?.name;
  }

  findActivity(name: string): string | undefined {
    return this.#activities.get(name.toLowerCase())?.name;
  }

  async runOrchestrator(name: string, request: OrchestratorRequest): Promise<OrchestratorAnswer> {
    const data = { string: JSON.stringify(toWire(request)) };
    const invocation = await this.#call(this.#orchestrators, name, data, request.instanceId);
    return toAnswer(invocation);
  }

  async runActivity(name: string, input: unknown, instanceId: string): Promise<unknown> {
    const invocation = await this.#call(this.#activities, name, toTypedData(input), instanceId);
    if (invocation.failure) throw invocation.failure.error;
    return invocation.result;
  }

  #call(
    functions: ReadonlyMap<string, AppFunction>,
    name: string,
    data: TypedData,
    instanceId: string,
  ): Promise<Invocation> {
    const target = functions.get(name.toLowerCase());
    if (!target) throw new StrictViolation('KILN-STRICT-UNKNOWN-FUNCTION', `there is no function '${name}'`);
    const inputData = [{ name: target.trigger.name, data }, ...inputsOf(target, this.#inputs)];
    return this.#app.tryInvoke(target, {
      inputData,
      triggerMetadata: { instanceId: { string: instanceId } },
    });
  }
}

function byLowerName(functions: readonly AppFunction[]): ReadonlyMap<string, AppFunction> {
  return new Map(functions.map((each) => [each.name.toLowerCase(), each]));
}

/** What a turn of durable-functions came to. */
export type Turned = Pick<Invocation, 'context' | 'result' | 'failure'>;

export function toAnswer(turned: Turned): OrchestratorAnswer {
  const libraryTasks = toLibraryTasks(turned.context);
  if (turned.failure) return toFailure(turned, turned.failure.error);
  const state = toObject(turned.result);
  return {
    isDone: state['isDone'] === true,
    output: state['output'],
    customStatus: state['customStatus'],
    error: undefined,
    actions: toActions(state['actions']),
    libraryTasks,
  };
}

/** Schema version 2 (V3) is the newest without entity locks: df.lock() then fails with a clear message of the library. */
export function toWire(request: OrchestratorRequest): Record<string, unknown> {
  return {
    history: request.history,
    input: request.input,
    instanceId: request.instanceId,
    isReplaying: request.history.some((event) => event.IsPlayed),
    parentInstanceId: request.parentInstanceId ?? null,
    upperSchemaVersion: 1,
    upperSchemaVersionNew: 2,
    longRunningTimerIntervalDuration: '3.00:00:00',
    maximumShortTimerDuration: '6.00:00:00',
    defaultHttpAsyncRequestSleepTimeMillseconds: 30000,
  };
}

function toFailure({ context }: Turned, error: unknown): OrchestratorAnswer {
  const message = error instanceof Error ? error.message : String(error);
  const at = message.indexOf(STATE_LABEL);
  // Not an error of the orchestrator but of the library or of a hook: there is no state to go by.
  if (at < 0) throw error;
  const state = toObject(JSON.parse(message.slice(at + STATE_LABEL.length)));
  return {
    isDone: false,
    output: undefined,
    customStatus: state['customStatus'],
    error: toText(state['error']) ?? message.slice(0, at),
    actions: toExecutorActions(context) ?? toActions(state['actions']),
    libraryTasks: undefined,
  };
}
