import { record } from '../audit/record.ts';
import { findTemplate } from '../commands/find-template.ts';
import { KilnError } from '../errors/failure.ts';
import type { AuditEntry } from '../model/documents/audit-entry.ts';
import type { Run } from '../model/documents/documents.ts';
import { isOver, keptLonger, released } from '../model/documents/run.ts';
import { sameResource, templateId } from '../model/ids.ts';
import { EXPIRES_TAG, RUN_TAG, tagOf } from '../model/tags.ts';
import type { RunId, TemplateRef } from '../model/template.ts';
import { DAY, LONGEST_LEASE_DAYS } from '../model/time.ts';
import type { Timestamp } from '../model/timestamp.ts';
import { sweepRun } from './azure-leftovers.ts';
import type { JanitorContext } from './finding.ts';

type OfRun = { readonly ref: TemplateRef; readonly id: RunId };

/**
 * Lets what a run has kept stay for another time, counted from now; a shorter one than it has is taken as well. The ledger decides, so
 * that it is changed first; tags say the same to whoever looks in Azure. Throws `OperationNotAllowed` when nothing is kept.
 */
export async function keepLonger(context: JanitorContext, of: OfRun, seconds: number): Promise<Run> {
  const { store, now } = context;
  const until = new Date(now().getTime() + seconds * 1000);
  if (seconds * 1000 > LONGEST_LEASE_DAYS * DAY)
    throw new KilnError({
      code: 'InvalidValue',
      target: '/lease',
      message: `A lease ends within ${LONGEST_LEASE_DAYS} days; this one would at ${until.toISOString()}.`,
    });
  await assertKept(context, of);
  const at = until.toISOString();
  const { ref, id } = of;
  const asked = await audited(context, of, { action: 'run.keep', detail: `until ${at}` });
  await store.ledger.update(ref.subscriptionId, id, (entry) => ({ ...entry, expires: at }));
  const run = await store.runs.update(ref, id, (current) => keptLonger(ifKept(context, current), at));
  await note(context, of, asked);
  await tagAgain(context, run, at);
  return run;
}

/**
 * Removes what a run has kept: at once where Azure lets it, else with the next rounds of the janitor, which also says when all of it is
 * gone. Nothing can be retried from it any more. Throws `OperationNotAllowed` when nothing is kept.
 */
export async function releaseKept(context: JanitorContext, of: OfRun): Promise<Run> {
  const { store, now } = context;
  const { ref, id } = of;
  const { stagingGroup } = await assertKept(context, of);
  const at = now().toISOString();
  const asked = await audited(context, of, { action: 'run.release', detail: stagingGroup ?? '' });
  const deferred = stagingGroup && ({ schema: 1, ref, runId: id, stagingGroup, releasedAt: at } as const);
  if (deferred) await store.deferred.add(deferred);
  const release = (current: Run): Run => released(ifKept(context, current), at);
  const run = await store.runs.update(ref, id, release).catch(async (error: unknown) => {
    if (deferred && error instanceof KilnError && error.failure.code === 'OperationNotAllowed')
      await store.deferred.remove(deferred);
    throw error;
  });
  await note(context, of, asked);
  if (stagingGroup === undefined) return run;
  for (const { subject, action, reason } of await sweepRun(context, ref.subscriptionId, stagingGroup))
    context.log(`release of run ${id}: ${subject} ${action}, because ${reason}`);
  return run;
}

async function assertKept(context: JanitorContext, { ref, id }: OfRun): Promise<Run> {
  const { store } = context;
  const { value: head } = await findTemplate(store, ref);
  const run = await store.runs.get(ref, id);
  if (run === undefined)
    throw new KilnError({ code: 'ResourceNotFound', message: `The template has no run ${id}.` });
  return ifKept(context, run, head.activeRun === id);
}

/**
 * Asked again of what is changed: a retry may have taken the run up since, or somebody else have released it. A run at work that says
 * it was released would lose, after its next end, what it keeps then.
 */
function ifKept({ now }: Pick<JanitorContext, 'now'>, run: Run, isAtWork = false): Run {
  const reason = keptProblem(run, isAtWork, now());
  if (reason === undefined) return run;
  throw new KilnError({
    code: 'OperationNotAllowed',
    message: `Run ${run.id} keeps nothing that could stay longer or go: ${reason}`,
    target: run.id,
    remedy:
      'Look at `cleanup` and `keptUntil` of the run. What a run keeps after a failure, `errorHandling` of its template says.',
  });
}

function keptProblem(run: Run, isAtWork: boolean, now: Date): string | undefined {
  if (!isOver(run) || isAtWork) return 'it is at work.';
  if (run.releasedAt !== undefined) return `it was released at ${run.releasedAt}.`;
  if (run.cleanup !== 'kept' || run.keptUntil === undefined) return 'it has cleaned up after itself.';
  if (now.getTime() < Date.parse(run.keptUntil)) return undefined;
  return `its lease was over at ${run.keptUntil}, and the janitor takes it.`;
}

type Asked = { readonly action: 'run.keep' | 'run.release'; readonly detail: string };
type Noted = Pick<AuditEntry, 'id' | 'at' | 'detail'> & Asked;

/** Before the change: once it is made, nothing would tell a second attempt that the first was not written down. */
async function audited(context: JanitorContext, { ref, id }: OfRun, asked: Asked): Promise<Noted> {
  const noted = { id: context.newId(), at: context.now().toISOString(), ...asked };
  await record(context, { ...noted, resource: templateId(ref), runId: id }, context.actor);
  return noted;
}

async function note({ store }: JanitorContext, { ref, id }: OfRun, asked: Noted): Promise<void> {
  const { action, detail, at } = asked;
  const message =
    action === 'run.keep' ? `It is kept ${detail}.` : 'It was released before the end of its lease.';
  const line = { id: `clean up/${asked.id}`, at, phase: 'clean up', event: 'note', message } as const;
  await store.timeline.append(ref, id, [line]);
}

/** For people alone: what Azure refuses here changes nothing. */
async function tagAgain(context: JanitorContext, run: Run, until: Timestamp): Promise<void> {
  const { stagingGroup, id, ref } = run;
  if (stagingGroup === undefined) return;
  const { groups, resources } = context.azure(ref.subscriptionId);
  try {
    const group = await groups.get(stagingGroup);
    if (group !== undefined && tagOf(group.tags, RUN_TAG) === id)
      await groups.put(stagingGroup, group.location, { ...group.tags, [EXPIRES_TAG]: until });
    const machines = await resources.list({ group: stagingGroup, type: 'Microsoft.Compute/virtualMachines' });
    for (const { id: machine, tags } of machines)
      if (sameResource(tagOf(tags, RUN_TAG) ?? '', id))
        await resources.tag(machine, { ...tags, [EXPIRES_TAG]: until });
  } catch (error) {
    if (!(error instanceof KilnError)) throw error;
    context.log(`run ${id} is kept until ${until}; its tags say otherwise: ${error.failure.message}`);
  }
}
