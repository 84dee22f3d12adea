import { KilnError } from '../errors/failure.ts';
import type { Drain } from '../model/documents/drain.ts';
import type { CommandContext } from './context.ts';

/** Closes the ways by which new work begins. Closing what is closed keeps since when it is, and takes the new reason. */
export async function startDrain({ store, now }: CommandContext, reason: string): Promise<Drain> {
  const { since = now().toISOString() } = (await store.drain.get()) ?? {};
  const drain: Drain = { schema: 1, since, reason };
  await store.drain.put(drain);
  return drain;
}

/**
 * For whatever begins something new: a submission, a run, a distribution. What has begun goes on, the run of a submission
 * with autoRun among it.
 */
export async function refuseWhileDrained({ store }: CommandContext): Promise<void> {
  const drain = await store.drain.get();
  if (drain === undefined) return;
  const why = drain.reason === '' ? '' : ` (${drain.reason})`;
  const message = `Kiln has taken no new work since ${drain.since}${why}. What has begun goes on, and requests in the queue wait.`;
  throw new KilnError({ code: 'Drained', message });
}
