import type { AppFunction } from './app.ts';

/**
 * A way to start functions. To support another trigger, write one of these and add it to the list in host.ts: a function whose
 * trigger type no kind names stops the start.
 */
export interface TriggerKind {
  /** Trigger types in lower case. */
  readonly types: readonly string[];
  /** Throws when a function's binding makes no sense. Called once, before `start`. `disabled`: those that must not run. */
  prepare(functions: readonly AppFunction[], disabled: readonly AppFunction[]): void;
  /** From here on functions may run. */
  start(): void;
  /** Takes no new work. */
  stop(): void;
}

/** Every function that has a trigger which no kind serves, in words. */
export function unknownTriggers(functions: Iterable<AppFunction>, kinds: readonly TriggerKind[]): string[] {
  const known = new Set(kinds.flatMap((kind) => kind.types));
  return [...functions]
    .filter(({ trigger }) => !known.has(trigger.type.toLowerCase()))
    .map(({ name, trigger }) => `function '${name}' has a trigger of type '${trigger.type}'`);
}
