import { setTimeout as sleep } from 'node:timers/promises';
import { describeExit, type Service } from './service-process.ts';

export type BackOff = {
  readonly firstMs: number;
  readonly longestMs: number;
  /** Alive for this long: the next pause is the first one again. */
  readonly calmMs: number;
};

const BACK_OFF: BackOff = { firstMs: 250, longestMs: 5_000, calmMs: 1_000 };

type Hooks = {
  readonly start: () => Promise<Service>;
  /** Called after each new start, not for the first one. */
  readonly onStart: (service: Service) => Promise<unknown>;
  readonly say: (line: string) => void;
};

export type Kept = {
  /** Ends the watch and the service. */
  stop(graceMs: number): Promise<void>;
};

/**
 * Starts a service again whenever it dies, with growing pauses when it dies soon. The first start is the caller's: a
 * service that never worked is a fault to show, not to repeat.
 */
export function keepRunning(first: Service, hooks: Hooks, backOff: BackOff = BACK_OFF): Kept {
  const stopping = new AbortController();
  const stopped = new Promise<undefined>((resolve) => {
    stopping.signal.addEventListener('abort', () => resolve(undefined));
  });
  let service = first;

  const watch = async (): Promise<void> => {
    let wait = backOff.firstMs;
    for (;;) {
      const startedAt = Date.now();
      const exit = await Promise.race([service.exited, stopped]);
      if (exit === undefined) return;
      if (Date.now() - startedAt > backOff.calmMs) wait = backOff.firstMs;
      hooks.say(`The ${service.name} ended with ${describeExit(exit)}. Running builds wait for it.`);
      // Nothing of the old one may hold the port or the data when the next one starts.
      await service.stop(0);
      for (let next: Service | undefined; next === undefined; wait = Math.min(wait * 2, backOff.longestMs)) {
        next = await startAgain(hooks, wait, stopping.signal);
        service = next ?? service;
        if (stopping.signal.aborted) return;
      }
    }
  };

  const watching = watch();
  return {
    async stop(graceMs) {
      stopping.abort();
      // A start that is under way ends first, so that its process is known and can be stopped too.
      await watching;
      await service.stop(graceMs);
    },
  };
}

/** Undefined when the service did not come up, or nobody wants it any more. */
async function startAgain(
  { start, onStart, say }: Hooks,
  wait: number,
  signal: AbortSignal,
): Promise<Service | undefined> {
  try {
    await sleep(wait, undefined, { signal });
    const service = await start();
    await onStart(service);
    say(`The ${service.name} is back as process ${service.pid}.`);
    return service;
  } catch (error) {
    if (!signal.aborted) say(error instanceof Error ? error.message : String(error));
    return undefined;
  }
}
