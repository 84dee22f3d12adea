import { sameResource, templateId } from '../model/ids.ts';
import type { TemplateRef } from '../model/template.ts';
import type { Store } from '../ports/store.ts';
import { undelivered } from '../model/run-events.ts';

/** Keeps what was not delivered yet of a template's runs, before the runs that it is made of are deleted. */
export async function preserveEvents(store: Store, ref: TemplateRef): Promise<void> {
  for (const { value: entry } of await store.outbox.list()) {
    if (entry.kind !== 'run' || !sameResource(templateId(entry.ref), templateId(ref))) continue;
    const run = await store.runs.get(entry.ref, entry.runId);
    if (run !== undefined) {
      const events = undelivered(entry, run, await store.timeline.read(entry.ref, entry.runId));
      await store.outbox.addEvents(events, entry.sinks);
    }
    await store.outbox.remove(entry);
  }
}
