import { setImmediate } from 'node:timers/promises';
import { DurableEngine } from '../../../local/durable/engine.ts';
import { recordingOf } from '../../../local/durable/export.ts';
import { EventType } from '../../../local/durable/events.ts';
import { isFinished } from '../../../local/durable/instance.ts';
import { memoryDatabase } from '../../../local/durable/store/schema.ts';
import { DurableStore } from '../../../local/durable/store/store.ts';
import { KilnError } from '../../../shared/errors/failure.ts';
import { STAND_IN, TestRunner } from './runner.ts';
import type { Call, Control, Orchestrator, Played, Scene } from './types.ts';
import { VirtualClock } from './virtual-clock.ts';

export const START = Date.parse('2026-11-29T12:00:00.000Z');
/** Waits of one orchestration, after which it is taken to be in a circle. */
const MOST_WAITS = 5_000;

/**
 * Plays an orchestration to its end, in memory and without waiting: the engine, the rules and durable-functions are those of local
 * mode, the clock is virtual, activities are stand-ins. Throws when the orchestrator breaks a rule, calls what nobody
 * stands in for, or waits for what never comes.
 */
export async function runOrchestrator(orchestrator: string | Orchestrator, scene: Scene): Promise<Played> {
  return new Stage(orchestrator, scene).play();
}

class Stage {
  readonly #scene: Scene;
  readonly #name: string;
  readonly #id: string;
  readonly #clock = new VirtualClock(START);
  readonly #store = new DurableStore(memoryDatabase());
  readonly #engine: DurableEngine;
  readonly #calls: Call[] = [];
  readonly #control: Control;
  /** What the test must hear of, whatever the orchestrator makes of it. */
  #fault: Error | undefined;
  #waits = 0;
  #rounds = 0;
  #elapsed: number | undefined;

  constructor(orchestrator: string | Orchestrator, scene: Scene) {
    this.#scene = scene;
    this.#id = scene.instanceId ?? 'instance';
    this.#name = typeof orchestrator === 'string' ? orchestrator : 'under test';
    const own = typeof orchestrator === 'string' ? {} : { [this.#name]: orchestrator };
    const replaced = Object.keys(scene.subOrchestrators ?? {}).filter((name) => name !== this.#name);
    this.#engine = new DurableEngine({
      runner: new TestRunner({ ...scene.more, ...own }, replaced, (...call) => this.#answer(...call)),
      store: this.#store,
      clock: this.#clock,
      strict: true,
      maxActivities: 1000,
      log: (level, message) => {
        if (level === 'error') this.#fault ??= new Error(message);
      },
    });
    this.#control = {
      now: () => this.#clock.now() - START,
      calls: this.#calls,
      raise: (Name, data, instance = this.#id) => {
        const event = {
          EventType: EventType.EventRaised,
          Name,
          Input: JSON.stringify(data ?? null),
        } as const;
        this.#engine.send(instance, event);
      },
      terminate: (reason, instance = this.#id) =>
        this.#engine.send(instance, { EventType: EventType.ExecutionTerminated, Input: reason }),
    };
  }

  async play(): Promise<Played> {
    for (const { at, name, data, instance } of this.#scene.events ?? [])
      this.#clock.alarm(START + at, () => this.#control.raise(name, data, instance));
    this.#engine.startNew({ name: this.#name, id: this.#id, input: this.#scene.input });
    try {
      while (!this.#isOver()) await this.#step();
      return this.#played();
    } finally {
      this.#engine.stop();
      this.#store.close();
    }
  }

  async #step(): Promise<void> {
    await setImmediate();
    if (this.#fault) throw this.#fault;
    if (this.#isBusy() || this.#isOver()) return;
    if (!this.#isDone()) {
      this.#waits++;
      this.#scene.onWait?.(this.#waits - 1, this.#control);
    }
    if (++this.#rounds > MOST_WAITS)
      throw new Error(`'${this.#name}' goes in a circle: ${this.#lastCalls()}`);
    if (this.#isBusy()) return;
    if (!this.#clock.jump())
      throw new Error(`'${this.#name}' waits for what never comes. Its last calls: ${this.#lastCalls()}`);
  }

  #isOver(): boolean {
    if (this.#fault !== undefined || !this.#isDone()) return false;
    return this.#scene.toTheEnd !== true || this.#engine.list().every(isFinished);
  }

  #isDone(): boolean {
    const root = this.#engine.find(this.#id);
    if (root === undefined || !isFinished(root)) return false;
    this.#elapsed ??= this.#control.now();
    return true;
  }

  /** Something is to be delivered or carried out now: a turn that is under way keeps its messages until it is stored. */
  #isBusy(): boolean {
    return this.#store.readyInstances(this.#clock.now()).length > 0 || this.#store.activities().length > 0;
  }

  #played(): Played {
    const root = this.#engine.find(this.#id);
    const all = this.#engine.list();
    const running = all.filter((instance) => !isFinished(instance));
    const children = this.#scene.withChildren === true ? all.filter(({ id }) => id !== this.#id) : [];
    return {
      status: root?.status ?? '',
      output: JSON.parse(root?.output ?? 'null'),
      calls: this.#calls,
      elapsed: this.#elapsed ?? 0,
      waits: this.#waits,
      stillRunning: running.map(({ id }) => id),
      recording: recordingOf(this.#store, this.#id),
      children: children.map(({ id }) => recordingOf(this.#store, id)),
    };
  }

  async #answer(called: string, input: unknown, instance: string): Promise<unknown> {
    const isChild = called.startsWith(STAND_IN);
    const name = called.replace(STAND_IN, '');
    const standIns: Readonly<Record<string, unknown>> =
      (isChild ? this.#scene.subOrchestrators : this.#scene.activities) ?? {};
    const standIn = standIns[name];
    if (typeof standIn !== 'function') throw this.#unknown(name, instance);
    const nth = this.#calls.filter((call) => call.name === name).length;
    const call: Call = { name, instance, input, nth, at: this.#control.now() };
    this.#calls.push(call);
    try {
      await this.#scene.beforeCall?.(call, this.#control);
      const value: unknown = await standIn(input, call, this.#control);
      return isChild ? value : { ok: true, value: value ?? null };
    } catch (error) {
      // As functions/activities/register.ts does; what is not ours arrives as the engine tells of a crash.
      if (error instanceof KilnError) return { ok: false, error: error.failure };
      throw error;
    }
  }

  #unknown(name: string, instance: string): Error {
    this.#fault ??= new Error(`Nobody stands in for the activity '${name}', which '${instance}' called.`);
    return this.#fault;
  }

  #lastCalls(): string {
    return this.#calls
      .slice(-5)
      .map(({ name, instance }) => `${name} of ${instance}`)
      .join(', ');
  }
}
