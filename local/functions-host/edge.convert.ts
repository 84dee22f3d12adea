import type { Action } from '../durable/actions.ts';
import type { LibraryTask } from '../durable/runner.ts';

type Json = Record<string, unknown>;

/** A JSON object, or an empty one for anything else. */
export function toObject(value: unknown): Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : {};
}

export function toText(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

export function toAppPackage(value: unknown): { readonly main: string; readonly isModule: boolean } {
  const manifest = toObject(value);
  return { main: toText(manifest['main']) ?? 'index.js', isModule: manifest['type'] === 'module' };
}

/** durable-functions' actions: its own objects, or their JSON out of an error message. */
export function toActions(value: unknown): readonly Action[] {
  const first: unknown = Array.isArray(value) ? value[0] : undefined;
  return Array.isArray(first) ? (first as Action[]) : [];
}

/** `context.df.taskOrchestratorExecutor`: private to durable-functions, so that nothing may depend on its being there. */
function toExecutor(context: object): Json {
  return toObject(toObject((context as Json)['df'])['taskOrchestratorExecutor']);
}

/** The library's own actions after a failed turn, where the wire has only a copy. */
export function toExecutorActions(context: object): readonly Action[] | undefined {
  const { actions } = toExecutor(context);
  return Array.isArray(actions) ? (actions as Action[]) : undefined;
}

/** `openTasks` by id. A retrying task holds a place under an action `noOp`, which names nothing. */
export function toLibraryTasks(context: object): ReadonlyMap<number, LibraryTask> | undefined {
  const { openTasks } = toExecutor(context);
  if (typeof openTasks !== 'object' || openTasks === null) return undefined;
  return new Map(Object.entries(openTasks).map(([id, task]) => [Number(id), toLibraryTask(task)]));
}

const CREATE_TIMER = 5;

function toLibraryTask(task: unknown): LibraryTask {
  const { actionObj } = task as { readonly actionObj: unknown };
  const action = toObject(actionObj);
  const name = toText(action['functionName']) ?? '';
  if (actionObj === 'noOp') return { kind: 'retry', name };
  return { kind: action['actionType'] === CREATE_TIMER ? 'timer' : 'call', name };
}
