import type { DurableEngine } from '../durable/engine.ts';
import type { AppFunction } from './app.ts';
import type { TriggerKind } from './trigger-kind.ts';

/** Orchestrators and activities. Entities are refused at start, because the engine does not run them. */
export class DurableTrigger implements TriggerKind {
  readonly types = ['orchestrationtrigger', 'activitytrigger', 'entitytrigger'];
  readonly #engine: DurableEngine;

  constructor(engine: DurableEngine) {
    this.#engine = engine;
  }

  prepare(functions: readonly AppFunction[]): void {
    const entity = functions.find(({ trigger }) => trigger.type.toLowerCase() === 'entitytrigger');
    if (entity)
      throw new Error(
        `KILN-HOST-NO-ENTITIES: function '${entity.name}' is a durable entity. The local host runs none; keep state in blobs.`,
      );
  }

  start(): void {
    this.#engine.start();
  }

  stop(): void {
    this.#engine.stop();
  }
}
