import type { Failure, Result } from '../errors/failure.ts';
import type { Rewinds } from '../model/documents/documents.ts';
import type { CommandContext } from './context.ts';
import { repeatLostRace } from '../ports/lost-race.ts';
import { isResult } from './result.convert.ts';

/** A worker that dies as often as this over one instance dies of it. */
export const MOST_REWINDS = 3;
/** A new worker is up after 5 to 15 s: until then every turn fails as the one before. */
const PAUSE_MS = 30_000;

type Verdict = 'rewound' | 'waiting' | 'spent';
type Context = Pick<CommandContext, 'store' | 'engine' | 'now'>;

/**
 * Lets a failed instance go on. When the process that runs the functions dies, the extension fails each instance whose turn it was;
 * nothing is lost, because a rewound one goes on from its history. `waiting`: it was rewound a moment ago. `spent`: it failed too
 * often, and stays as it is. https://learn.microsoft.com/azure/azure-functions/durable/durable-functions-instance-management#rewind-instances-preview
 */
export async function revive(context: Context, instanceId: string): Promise<Verdict> {
  const { store, engine, now } = context;
  const verdict = await repeatLostRace(false, async () => {
    const stored = await store.rewinds.get(instanceId);
    const found = judge(stored?.value, now());
    // Counted before it is done: a process that dies in between costs an attempt, and never gives one more.
    const counted = { schema: 1, count: (stored?.value.count ?? 0) + 1, at: now().toISOString() } as const;
    const condition = stored === undefined ? 'absent' : { etag: stored.etag };
    if (found === 'rewound') await store.rewinds.put(instanceId, counted, condition);
    return found;
  });
  if (verdict === 'rewound') await engine.rewind(instanceId);
  return verdict;
}

function judge(before: Rewinds | undefined, at: Date): Verdict {
  if (before === undefined) return 'rewound';
  if (at.getTime() - Date.parse(before.at) < PAUSE_MS) return 'waiting';
  return before.count < MOST_REWINDS ? 'rewound' : 'spent';
}

/** How a child ended whose parent heard from the engine that it failed; after that it hears no more of it. */
export async function outcomeOfChild(
  context: Context,
  instanceId: string,
): Promise<{ done: false } | { done: true; value: Result<unknown> }> {
  const state = await context.engine.state(instanceId);
  if (state === 'live') return { done: false };
  if (state === 'failed' && (await revive(context, instanceId)) !== 'spent') return { done: false };
  const output = state === 'ended' ? await context.engine.output(instanceId) : undefined;
  return { done: true, value: isResult(output) ? output : { ok: false, error: lostBy(instanceId) } };
}

export function lostBy(instanceId: string): Failure {
  const message = `The process that runs Kiln's functions died while it worked on ${instanceId}, and again each time that it was taken up, ${MOST_REWINDS} times.`;
  return { code: 'WorkerLost', message };
}
