import type { Action } from './actions.ts';
import type { HistoryEvent } from './events.ts';

/** What the extension sends to an orchestrator function, once per turn. */
export type OrchestratorRequest = {
  readonly history: readonly HistoryEvent[];
  readonly input: unknown;
  readonly instanceId: string;
  readonly parentInstanceId: string | undefined;
};

/** A task that durable-functions itself waits for. */
export type LibraryTask = { readonly kind: 'call' | 'timer' | 'retry'; readonly name: string };

/** What came back, before the extension acts on it. */
export type OrchestratorAnswer = {
  readonly isDone: boolean;
  readonly output: unknown;
  readonly customStatus: unknown;
  /** Message of what the orchestrator threw. */
  readonly error: string | undefined;
  /** Object identity is kept where the library allows, because it shows a task that was yielded twice. */
  readonly actions: readonly Action[];
  /** The library's own ids, when they can be seen. */
  readonly libraryTasks: ReadonlyMap<number, LibraryTask> | undefined;
};

/** The functions of an app, as the Durable extension sees them. Names are looked up without case. */
export interface FunctionRunner {
  /** The registered spelling, or undefined. */
  findOrchestrator(name: string): string | undefined;
  findActivity(name: string): string | undefined;
  runOrchestrator(name: string, request: OrchestratorRequest): Promise<OrchestratorAnswer>;
  /** Resolves with what the handler returned, rejects with what it threw. */
  runActivity(name: string, input: unknown, instanceId: string): Promise<unknown>;
}
