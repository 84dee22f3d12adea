import type { Clock } from '../../durable/clock.ts';
import type { AppFunction } from '../app.ts';
import type { Invoker } from '../invoker.ts';
import type { Log } from '../log.ts';
import { resolveSetting, type Environment } from '../settings.ts';
import type { TriggerKind } from '../trigger-kind.ts';
import { parseSchedule, type Schedule } from './ncrontab.ts';
import type { TimerStatusFile } from './status-file.ts';

type Timer = { readonly target: AppFunction; readonly schedule: Schedule };

export type TimerOptions = {
  readonly invoker: Invoker;
  readonly clock: Clock;
  readonly statuses: TimerStatusFile;
  readonly environment: Environment;
  readonly log: Log;
};

/** Azure calls a run past due when it is late by more than this. */
const TOLERANCE = 1000;

/**
 * Timer triggers. The run that was missed while the host was down comes at start, once, with `isPastDue`; runs of one function
 * never overlap. https://learn.microsoft.com/azure/azure-functions/functions-bindings-timer
 */
export class TimerTrigger implements TriggerKind {
  readonly types = ['timertrigger'];
  readonly #options: TimerOptions;
  readonly #alarms = new Map<string, () => void>();
  #timers: readonly Timer[] = [];
  #stopped = false;

  constructor(options: TimerOptions) {
    this.#options = options;
  }

  prepare(functions: readonly AppFunction[]): void {
    this.#timers = functions.map((target) => {
      const where = `Timer function '${target.name}'`;
      const expression = resolveSetting(String(target.trigger['schedule']), this.#options.environment, where);
      return { target, schedule: parseSchedule(expression) };
    });
  }

  start(): void {
    for (const timer of this.#timers) this.#begin(timer);
  }

  stop(): void {
    this.#stopped = true;
    for (const cancel of this.#alarms.values()) cancel();
  }

  #begin(timer: Timer): void {
    const { clock, statuses } = this.#options;
    const { name, trigger } = timer.target;
    const now = clock.now();
    const missed = statuses.get(name)?.next;
    if (missed !== undefined && missed < now) void this.#run(timer, missed);
    else if (trigger['runOnStartup'] === true) void this.#run(timer, now);
    else this.#arm(timer);
  }

  #arm(timer: Timer): void {
    if (this.#stopped) return;
    const { clock, statuses } = this.#options;
    const { name } = timer.target;
    const next = timer.schedule(clock.now());
    statuses.set(name, { last: statuses.get(name)?.last ?? 0, next });
    this.#alarms.set(
      name,
      clock.alarm(next, () => void this.#run(timer, next)),
    );
  }

  async #run(timer: Timer, due: number): Promise<void> {
    const { clock, statuses, invoker, log } = this.#options;
    const { target } = timer;
    const now = clock.now();
    const last = statuses.get(target.name)?.last ?? 0;
    const info = {
      Schedule: { AdjustForDST: true },
      ScheduleStatus: { Last: toIso(last), LastUpdated: toIso(now), Next: toIso(timer.schedule(now)) },
      IsPastDue: now - due > TOLERANCE,
    };
    try {
      await invoker.run(target, { json: JSON.stringify(info) });
    } catch (error) {
      log('error', target.name, error instanceof Error ? (error.stack ?? error.message) : String(error));
    }
    // Recorded after the run: a host that is killed inside it finds the run missed and repeats it.
    if (!this.#stopped) statuses.set(target.name, { last: now, next: timer.schedule(now) });
    this.#arm(timer);
  }
}

function toIso(time: number): string {
  return new Date(time).toISOString();
}
