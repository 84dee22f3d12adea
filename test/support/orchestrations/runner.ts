import { freshApp } from './core.ts';
import * as df from 'durable-functions';
import { ORCHESTRATORS } from '../../../functions/orchestrators/register.ts';
import type {
  FunctionRunner,
  OrchestratorAnswer,
  OrchestratorRequest,
} from '../../../local/durable/runner.ts';
import { StrictViolation } from '../../../local/durable/strict.ts';
import type { FunctionApp } from '../../../local/functions-host/app.ts';
import { toAnswer, toWire } from '../../../local/functions-host/durable-functions.ts';
import { atAnotherHour } from './shifting-date.ts';
import type { Orchestrator } from './types.ts';

/** Names of the activities that answer for sub-orchestrations that are stood in for. */
export const STAND_IN = 'stand-in for ';

/** Answers for an activity; `name` as the orchestrator called it. */
export type Answer = (name: string, input: unknown, instance: string) => Promise<unknown>;

/** Orchestrators over durable-functions itself; activities by their stand-ins. */
export class TestRunner implements FunctionRunner {
  readonly #app: FunctionApp;
  readonly #answer: Answer;

  constructor(more: Readonly<Record<string, Orchestrator>>, replaced: readonly string[], answer: Answer) {
    this.#app = freshApp();
    const standIns = Object.fromEntries(replaced.map((name) => [name, standIn(name)]));
    const all = { ...ORCHESTRATORS, ...standIns, ...more };
    for (const [name, orchestrator] of Object.entries(all)) df.app.orchestration(name, orchestrator);
    this.#answer = answer;
  }

  findOrchestrator(name: string): string | undefined {
    return this.#app.functions.get(name)?.name;
  }

  findActivity(name: string): string {
    return name;
  }

  /** The engine compares a turn with the next one; the last has none, and is compared with itself. */
  async runOrchestrator(name: string, request: OrchestratorRequest): Promise<OrchestratorAnswer> {
    const first = await this.#turn(name, request);
    if (!first.isDone && first.error === undefined) return first;
    const texts = [visible(first), visible(await this.#turn(name, request))] as const;
    if (texts[0] === texts[1]) return first;
    const found = `'${name}' ended in one way and, in the same turn once more, in another: ${difference(...texts)}`;
    throw new StrictViolation('KILN-STRICT-NONDETERMINISM', found);
  }

  runActivity(name: string, input: unknown, instance: string): Promise<unknown> {
    return this.#answer(name, input, instance);
  }

  /** Without the host's own wire, which costs more time than all the rest. */
  async #turn(name: string, request: OrchestratorRequest): Promise<OrchestratorAnswer> {
    const history = request.history.map((event) => ({ ...event }));
    const wire = toWire({ ...request, history, input: structuredClone(request.input) });
    const callback = this.#app.functions.get(name)?.callback;
    const context = {};
    try {
      const result: unknown = await atAnotherHour(async () => callback?.(wire, context));
      return toAnswer({ context, result, failure: undefined });
    } catch (error) {
      return toAnswer({ context, result: undefined, failure: { error } });
    }
  }
}

function standIn(name: string): Orchestrator {
  return function* ({ df: durable }) {
    return yield durable.callActivity(`${STAND_IN}${name}`, durable.getInput());
  };
}

function visible({ isDone, output, customStatus, error, actions }: OrchestratorAnswer): string {
  return JSON.stringify({ isDone, output, customStatus, error, actions });
}

/** The first place in which two answers differ. */
function difference(one: string, other: string): string {
  let at = 0;
  while (at < one.length && one[at] === other[at]) at++;
  const around = (text: string): string => text.slice(Math.max(0, at - 60), at + 60);
  return `…${around(one)}… and …${around(other)}…`;
}
