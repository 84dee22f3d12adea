import { record } from '../audit/record.ts';
import type { Failure } from '../errors/failure.ts';
import type { BuildRequest, Run, TemplateHead } from '../model/documents/documents.ts';
import { templateId } from '../model/ids.ts';
import type { RunId } from '../model/template.ts';
import { type CommandContext, HEAL_AFTER_MS } from './context.ts';
import { endRun } from './end-run.ts';
import { isLostRace } from '../ports/lost-race.ts';
import { carryOutRedistribution } from './redistribution-claim.ts';
import { lostBy, revive } from './revive.ts';
import { isOver } from '../model/documents/run.ts';

/** The orchestration that holds the head: of the run itself, or of a later distribution of what it built. */
export function instanceOf({ activeRun, redistribution }: TemplateHead): string | undefined {
  return redistribution?.instance ?? activeRun;
}

/** Does what follows the claim of a head by a run. Repeating it changes nothing. */
export async function carryOutRun(
  context: CommandContext,
  head: TemplateHead,
  runId: RunId,
  reason: string,
): Promise<void> {
  const { store, engine, now } = context;
  const { ref, revision } = head;
  const startTime = head.lastRun?.id === runId ? head.lastRun.startTime : now().toISOString();
  const request = await store.buildRequests.get(runId);
  const summary = { id: runId, state: 'Running', subState: 'Queued', startTime, message: '' } as const;
  const base = { ...summary, schema: 1, ref, revision, reason, outputs: [] } as const;
  const { requestedBy, noCache } = request ?? head;
  const { built } = head;
  const before = built && { builtBefore: built.runId };
  const wish = { ...(requestedBy && { requestedBy }), ...(noCache && { noCache }) };
  const run = { ...base, ...before, ...wish, ...(request && requested(request)) };
  await createRun(context, run);
  const id = runId.toUpperCase();
  if ((await store.operations.get(id)) === undefined)
    await store.operations.put({
      schema: 1,
      id,
      status: 'InProgress',
      startTime,
      templateId: templateId(ref),
      runId,
    });
  await recordStart(context, run);
  await engine.start(runId, { name: 'build-image', input: { ref, runId, revision } });
  if (request?.state === 'waiting')
    await store.buildRequests.update(runId, (stored) =>
      stored.state === 'waiting' ? { ...stored, state: 'started' } : undefined,
    );
}

function recordStart(context: CommandContext, run: Run): Promise<void> {
  const { id: runId, ref, revision, startTime: at, reason: detail, requestedBy } = run;
  const started = { id: `run/${runId}`, at, action: 'run.start', resource: templateId(ref) } as const;
  return record(context, { ...started, runId, revision, detail }, requestedBy);
}

async function createRun({ store }: CommandContext, run: Run): Promise<void> {
  await store.outbox.addRun(run.ref, run.id, run.startTime);
  try {
    await store.runs.create(run);
  } catch (error) {
    if (!isLostRace(error)) throw error;
  }
}

/** What the run has from the request that it is the answer to. */
function requested({ reason, correlationId, parameters, priority }: BuildRequest): Partial<Run> {
  return {
    reason,
    ...(correlationId !== undefined && { correlationId }),
    ...(parameters !== undefined && { parameters }),
    ...(priority !== 0 && { priority }),
  };
}

/**
 * Looks whether the run that holds the head is alive. `resumed`: a dead process had claimed but not started it, and it
 * was started now. `released`: it is over and the head is free again.
 */
export async function healRun(
  context: CommandContext,
  head: TemplateHead,
): Promise<'free' | 'live' | 'resumed' | 'released'> {
  const { activeRun, lastRun, redistribution } = head;
  if (activeRun === undefined) return 'free';
  const instance = instanceOf(head) ?? activeRun;
  const state = await context.engine.state(instance);
  if (state === 'live') return 'live';
  // What the engine lost goes on when it is rewound; only what it loses again and again is over.
  if (state === 'failed' && (await revive(context, instance)) !== 'spent') return 'live';
  if (state === 'absent' && redistribution !== undefined) {
    await carryOutRedistribution(context, head, { runId: activeRun, redistribution });
    return 'resumed';
  }
  const run = await context.store.runs.get(head.ref, activeRun);
  const startTime = lastRun?.id === activeRun ? lastRun.startTime : run?.startTime;
  const age = startTime === undefined ? Infinity : context.now().getTime() - Date.parse(startTime);
  if (age < HEAL_AFTER_MS) return 'live';
  if (state === 'absent' && (run === undefined || !isOver(run))) {
    await carryOutRun(context, head, activeRun, 'resumed');
    return 'resumed';
  }
  await release(context, head, activeRun, state === 'failed' ? lostBy(instance) : withoutOutcome(activeRun));
  return 'released';
}

function withoutOutcome(runId: RunId): Failure {
  const message = `Run ${runId} ended without an outcome. Start another run; report this one with its id.`;
  return { code: 'InternalError', message };
}

/** Ends a run whose orchestration ended without telling, as any other, and leaves what it made to the janitor. */
async function release(
  context: CommandContext,
  { ref }: TemplateHead,
  runId: RunId,
  failure: Failure,
): Promise<void> {
  const { store, now, ended } = context;
  const before = await store.runs.get(ref, runId);
  const { stagingGroup } = before ?? {};
  if (before?.endTime === undefined && stagingGroup !== undefined)
    await store.deferred.add({ schema: 1, ref, runId, stagingGroup });
  const cleanup = stagingGroup === undefined ? 'done' : 'deferred';
  const ending = { state: 'Failed', message: failure.message, failure, cleanup } as const;
  const run = await endRun(store, { ref, runId }, { ...ending, endedAt: now().toISOString() });
  if (run !== undefined) await ended?.(run);
}
