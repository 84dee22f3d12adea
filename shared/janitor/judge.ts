import { EXPIRES_TAG, RUN_TAG, tagOf, TEMPLATE_TAG, templateOfTag } from '../model/tags.ts';
import type { LedgerEntry } from '../model/documents/ledger.ts';
import type { Run } from '../model/documents/documents.ts';
import { runId } from '../model/convert.ts';
import { isGuid } from '../model/ids.ts';
import type { RunId, TemplateRef } from '../model/template.ts';

type Tags = Readonly<Record<string, string>>;

/** What our tags say about a resource: which run made it, for which template, and until when it may stay. */
export type Origin = { readonly ref: TemplateRef; readonly runId: RunId; readonly expires: Date };

/**
 * Reads the tags of something that may be ours. Undefined unless each of them is there and well-formed, with this
 * deployment's name: what is not surely ours is never touched, however its name looks.
 */
export function originOf(tags: Tags, appName: string, subscriptionId: string): Origin | undefined {
  if (tagOf(tags, 'createdBy') !== 'kiln' || tagOf(tags, 'kiln-app') !== appName) return undefined;
  const run = tagOf(tags, RUN_TAG) ?? '';
  const expires = new Date(tagOf(tags, EXPIRES_TAG) ?? Number.NaN);
  const ref = templateOfTag(tagOf(tags, TEMPLATE_TAG) ?? '', subscriptionId);
  const isOurs = isGuid(run) && !Number.isNaN(expires.getTime());
  return isOurs && ref !== undefined ? { ref, runId: runId(run), expires } : undefined;
}

/** What the store and the engine know of the run that made it. */
export type RunFacts = {
  readonly run: Pick<Run, 'endTime' | 'cleanup' | 'releasedAt'> | undefined;
  /** Its orchestration is at work, cleaning up included. */
  readonly isLive: boolean;
  readonly entry: Pick<LedgerEntry, 'expires' | 'cache'>;
};

export type Verdict = { readonly remove: boolean; readonly reason: string };

/**
 * Whether checkpoints are to go: by the ledger alone, which is told when newer ones have taken their place. They outlive their run,
 * and not their template.
 */
export function judgeCache({ run, isLive, entry: { cache } }: RunFacts, now: Date): Verdict {
  if (isLive) return { remove: false, reason: 'its run is at work' };
  if (run === undefined)
    return { remove: true, reason: 'the template of its checkpoints, or the run that made them, is gone' };
  const until = cache?.expires ?? now.toISOString();
  if (now.getTime() < Date.parse(until))
    return { remove: false, reason: `its checkpoints may stay until ${until}` };
  return { remove: true, reason: `the time of its checkpoints was over at ${until}` };
}

/** Whether something of ours is to go. Only what no run works with any more and whose time is over. */
export function judge({ expires: tagged }: Origin, { run, isLive, entry }: RunFacts, now: Date): Verdict {
  if (isLive) return { remove: false, reason: 'its run is at work' };
  if (run?.releasedAt !== undefined)
    return { remove: true, reason: `what its run had kept was released at ${run.releasedAt}` };
  if (run?.cleanup === 'deferred')
    return { remove: true, reason: 'its run has ended and Azure had refused the clean-up' };
  if (run?.endTime !== undefined && run.cleanup === undefined)
    return { remove: true, reason: `its run ended at ${run.endTime} and its clean-up never did` };
  // A tag may give it more time, never less.
  const expires = new Date(Math.max(tagged.getTime(), Date.parse(entry.expires)));
  const until = expires.toISOString();
  if (now.getTime() < expires.getTime()) return { remove: false, reason: `it may stay until ${until}` };
  const owner = run === undefined ? 'its run is gone' : 'its run has ended';
  return { remove: true, reason: `${owner} and its time was over at ${until}` };
}
