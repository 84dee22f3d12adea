import { setTimeout as sleep } from 'node:timers/promises';
import { KilnError } from '../errors/failure.ts';

/** Rounds of a change that others overtake; each winner costs every loser one. */
const ROUNDS = 10;
/** Milliseconds, growing with each round and never the same: those who lost together must not meet again. */
const PAUSE = 20;

export function isLostRace(error: unknown): boolean {
  return error instanceof KilnError && error.failure.code === 'PreconditionFailed';
}

type Race = {
  /** What is changed, for the message: "The template". */
  readonly what?: string;
  readonly rounds?: number;
};

/** Repeats a read-change-write that lost its race. Callers who set a condition of their own want to hear of it instead. */
export async function repeatLostRace<T>(
  isConditional: boolean,
  work: () => Promise<T>,
  { what = 'The template', rounds = ROUNDS }: Race = {},
): Promise<T> {
  for (let round = 1; ; round += 1) {
    try {
      return await work();
    } catch (error) {
      if (isConditional || !isLostRace(error)) throw error;
      if (round === rounds)
        throw new KilnError(
          { code: 'Conflict', message: `${what} changes too often. Repeat the request.` },
          { cause: error },
        );
      await sleep(Math.random() * PAUSE * Math.min(round, ROUNDS));
    }
  }
}
