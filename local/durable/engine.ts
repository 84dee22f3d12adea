import { ActivityPool } from './activity-pool.ts';
import type { Clock } from './clock.ts';
import { finish, writeStart, writeTurn, newExecution, type Effects } from './commit.ts';
import { EventType, stamp, toJson, type EventBody } from './events.ts';
import { isFinished, MAX_ID, type Instance } from './instance.ts';
import { rewindInstance } from './rewind.ts';
import type { FunctionRunner } from './runner.ts';
import type { ActivityWork, Message } from './store/rows.convert.ts';
import { ANY, WHOLE, type DurableStore, type InstanceFilter, type Part } from './store/store.ts';
import { runTurn } from './turn.ts';
import { TurnQueue } from './turn-queue.ts';

export type EngineOptions = {
  readonly runner: FunctionRunner;
  readonly store: DurableStore;
  readonly clock: Clock;
  readonly strict: boolean;
  readonly maxActivities: number;
  /** Turns at a time: each has the whole history of its instance in memory, more than once. Absent: any number. */
  readonly maxTurns?: number;
  readonly log: (level: 'info' | 'error', message: string) => void;
};

/** Milliseconds after which a turn is tried again that could not be stored. */
const TRY_AGAIN = 1000;

/** Why a request to the engine was refused; the HTTP API turns it into a status. */
export class RefusedStart extends Error {
  readonly status: 400 | 409;
  constructor(status: 400 | 409, message: string) {
    super(message);
    this.status = status;
  }
}

export type StartRequest = {
  readonly name: string;
  readonly id?: string;
  readonly input?: unknown;
  readonly version?: string;
};

/**
 * The Durable extension. A turn takes the messages that are due for one instance, runs its orchestrator from the start of the
 * history, and writes everything that follows in one transaction; there is no state beside the store.
 */
export class DurableEngine {
  readonly #options: EngineOptions;
  readonly #store: DurableStore;
  readonly #pool: ActivityPool;
  readonly #turns: TurnQueue;
  #cancelAlarm: (() => void) | undefined;
  #alarmAt = Number.POSITIVE_INFINITY;
  #stopped = false;

  constructor(options: EngineOptions) {
    this.#options = options;
    this.#store = options.store;
    this.#turns = new TurnQueue(options.maxTurns ?? Infinity, (id) => this.#next(id));
    const limits = { limit: options.maxActivities, strict: options.strict, log: options.log };
    this.#pool = new ActivityPool(options.runner, limits, (work, event) => this.#deliverResult(work, event));
  }

  /** Carries on with whatever the store holds. */
  start(): void {
    this.#pool.add(this.#store.activities());
    this.#wakeDue();
  }

  /** Takes no more work. Every commit is synchronous, so that none can be half done. */
  stop(): void {
    this.#stopped = true;
    this.#pool.stop();
    this.#cancelAlarm?.();
  }

  find(id: string): Instance | undefined {
    return this.#store.instance(id);
  }

  list(filter: InstanceFilter = ANY, part: Part = WHOLE): Instance[] {
    return this.#store.instances(filter, part);
  }

  history(id: string): ReturnType<DurableStore['history']> {
    return this.#store.history(id);
  }

  /** Returns the instance id. Throws `RefusedStart`: 400 for an unknown function or a long id, 409 for an id that is alive. */
  startNew(request: StartRequest): string {
    const name = this.#options.runner.findOrchestrator(request.name);
    if (name === undefined)
      throw new RefusedStart(
        400,
        `The function '${request.name}' doesn't exist, is disabled, or is not an orchestrator function.`,
      );
    const id = request.id ?? newExecution();
    if (id.length > MAX_ID)
      throw new RefusedStart(400, `The instance id '${id}' has more than ${MAX_ID} characters.`);
    const input = toJson(request.input);
    this.#store.transaction(() => {
      const existing = this.#store.instance(id);
      if (existing && !isFinished(existing))
        throw new RefusedStart(
          409,
          `An Orchestration instance with the status ${existing.status} already exists.`,
        );
      writeStart(this.#store, { id, name, version: request.version ?? '', input }, this.#options.clock.now());
    });
    this.#wake(id);
    return id;
  }

  /** Puts an event, a suspension or a termination into the instance's queue. */
  send(id: string, event: EventBody): void {
    this.#store.transaction(() =>
      this.#store.addMessage({ instance: id, due: this.#options.clock.now(), event }),
    );
    this.#wake(id);
  }

  /** Lets a failed instance go on from before its failure. */
  rewind(id: string, reason: string): void {
    const due = this.#options.clock.now();
    const woken = this.#store.transaction(() => rewindInstance(this.#store, id, due));
    for (const leaf of woken) this.send(leaf, { EventType: EventType.GenericEvent, Reason: reason });
  }

  /** Returns how many instances were forgotten: 0 or 1. */
  purge(id: string): number {
    if (!this.#store.instance(id)) return 0;
    this.#store.transaction(() => this.#store.purge(id));
    return 1;
  }

  /** The same for all that fit. */
  purgeAll(filter: InstanceFilter): number {
    return this.#store.instanceIds(filter).reduce((sum, id) => sum + this.purge(id), 0);
  }

  #deliverResult(work: ActivityWork, event: EventBody): void {
    this.#store.transaction(() => {
      if (!this.#store.dropActivity(work.id)) return;
      const due = this.#options.clock.now();
      this.#store.addMessage({ instance: work.instance, execution: work.execution, due, event });
    });
    this.#wake(work.instance);
  }

  #wakeDue(): void {
    const now = this.#options.clock.now();
    for (const id of this.#store.readyInstances(now)) this.#wake(id);
    this.#setAlarm(now);
  }

  /** `now` must be the moment up to which due messages were woken: what falls due between two looks would never ring. */
  #setAlarm(now: number): void {
    // An alarm that is overdue is about to ring and looks at everything that is due: calling it off would lose that timer.
    if (this.#alarmAt <= now || this.#stopped) return;
    const due = this.#store.nextDue(now) ?? Number.POSITIVE_INFINITY;
    if (due === this.#alarmAt) return;
    this.#cancelAlarm?.();
    this.#alarmAt = due;
    this.#cancelAlarm = Number.isFinite(due)
      ? this.#options.clock.alarm(due, () => {
          this.#alarmAt = Number.POSITIVE_INFINITY;
          if (!this.#stopped) this.#wakeDue();
        })
      : undefined;
  }

  #wake(id: string): void {
    if (!this.#stopped) this.#turns.add(id);
  }

  async #next(id: string): Promise<void> {
    try {
      const effects = this.#stopped ? undefined : await this.#turn(id);
      if (effects && !this.#stopped) this.#follow(effects);
    } catch (error) {
      // The store is locked by somebody, or its disk is full: no message is lost, and nothing else would wake this instance.
      this.#options.log('error', `instance ${id}: ${String(error instanceof Error ? error.stack : error)}`);
      const { clock } = this.#options;
      clock.alarm(clock.now() + TRY_AGAIN, () => this.#wake(id));
    }
  }

  #follow(effects: Effects): void {
    this.#pool.add(effects.activities);
    for (const id of effects.touched) this.#wake(id);
    this.#setAlarm(this.#options.clock.now());
  }

  async #turn(id: string): Promise<Effects | undefined> {
    const { clock } = this.#options;
    const instance = this.#store.instance(id);
    const due = this.#store.dueMessages(id, clock.now());
    if (due.length === 0) return undefined;
    if (!instance || isFinished(instance)) {
      this.#store.transaction(() => due.forEach((message) => this.#store.dropMessage(message.id)));
      return undefined;
    }
    const control = this.#control(instance, due);
    if (control.handled) return control.effects;
    const isCurrent = (message: Message): boolean =>
      message.execution === null || message.execution === instance.execution;
    const current = due.filter(isCurrent);
    if (current.length > 0) return this.#runOrchestrator(instance, current);
    this.#store.transaction(() => due.forEach((message) => this.#store.dropMessage(message.id)));
    return undefined;
  }

  /** Termination and suspension take effect without the orchestrator noticing: its `finally` does not run, as in Azure. */
  #control(
    instance: Instance,
    due: readonly Message[],
  ): { readonly handled: boolean; readonly effects: Effects | undefined } {
    const now = this.#options.clock.now();
    const terminate = due.find(({ event }) => event.EventType === EventType.ExecutionTerminated);
    if (terminate?.event.EventType === EventType.ExecutionTerminated) {
      const effects: Effects = { activities: [], touched: new Set() };
      const output = toJson(terminate.event.Input);
      const played = this.#store.history(instance.id).length;
      const fresh = [stamp(terminate.event, new Date(now).toISOString())];
      const turn = { instance, played, fresh, now };
      this.#store.transaction(() => finish(this.#store, turn, { status: 'Terminated', output }, effects));
      return { handled: true, effects };
    }
    const toggles = due.filter(({ event }) => isToggle(event));
    const last = toggles.at(-1);
    if (!last) return { handled: instance.status === 'Suspended', effects: undefined };
    const status = last.event.EventType === EventType.ExecutionSuspended ? 'Suspended' : 'Running';
    this.#store.transaction(() => {
      for (const message of toggles) this.#store.dropMessage(message.id);
      this.#store.putInstance({ ...instance, status, updated: now });
    });
    return { handled: true, effects: { activities: [], touched: new Set([instance.id]) } };
  }

  async #runOrchestrator(instance: Instance, messages: readonly Message[]): Promise<Effects | undefined> {
    const { runner, strict, clock, log } = this.#options;
    const past = this.#store.history(instance.id);
    // Time never goes back for an orchestrator, also when the machine's clock does.
    const now = Math.max(clock.now(), Date.parse(past.at(-1)?.Timestamp ?? '1970'));
    const timestamp = new Date(now).toISOString();
    const fresh = [{ EventType: EventType.OrchestratorStarted }, ...messages.map(({ event }) => event)].map(
      (event) => stamp(event, timestamp),
    );
    const outcome = await runTurn(runner, {
      name: instance.name,
      history: [...past.map((event) => ({ ...event, IsPlayed: true })), ...fresh],
      input: JSON.parse(instance.input),
      instanceId: instance.id,
      parentInstanceId: instance.parent?.instance,
      strict,
      compareInputs: strict,
    });
    if (this.#stopped) return undefined;
    if (outcome.end.kind === 'failed' && outcome.end.violation)
      log('error', `instance ${instance.id} of ${instance.name}: ${outcome.end.reason}`);
    const ids = messages.map(({ id }) => id);
    return this.#store.transaction(() => {
      // Purged and perhaps started again while the orchestrator ran: this turn never was.
      if (this.#store.instance(instance.id)?.execution !== instance.execution) return undefined;
      const turn = { instance, played: past.length, fresh, messages: ids, outcome, now };
      return writeTurn(this.#store, turn);
    });
  }
}

function isToggle(event: EventBody): boolean {
  return event.EventType === EventType.ExecutionSuspended || event.EventType === EventType.ExecutionResumed;
}
