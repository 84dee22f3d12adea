import type { BuildPlan, CommandPlan, RunContext } from '../../shared/model/plan.ts';
import { timestamp } from '../../shared/model/time.ts';
import type { TimelineEntry } from '../../shared/model/documents/documents.ts';
import type { App } from '../app.ts';

type Place = Pick<TimelineEntry, 'phase' | 'step' | 'log'>;

/** Where in the timeline a command belongs: among the lines of its step. */
export function placeOf({ steps }: BuildPlan, { script, log }: CommandPlan): Place {
  const step = 'index' in script ? steps.find(({ index }) => index === script.index) : undefined;
  return step === undefined
    ? { phase: 'provision' }
    : { phase: step.phase, step: step.name, log: script.kind === 'batch' ? step.log : log };
}

/**
 * Writes what an activity found into the timeline. Beside the orchestrator on purpose: it is told to people and decides
 * nothing, so that no history has to carry it. Told twice it is one: readers keep the first of an id.
 */
export async function note(
  app: App,
  { ref, runId }: RunContext,
  where: Place & { readonly topic: string },
  messages: readonly string[],
): Promise<void> {
  if (messages.length === 0) return;
  const { topic, ...place } = where;
  const prefix = [place.phase, ...(place.step === undefined ? [] : [place.step]), topic].join('/');
  const at = timestamp(app.now());
  const entries = messages.map((message, index) => {
    return { ...place, id: `${prefix}-${index + 1}`, at, event: 'note', message } as const;
  });
  await app.store.timeline.append(ref, runId, entries);
}
