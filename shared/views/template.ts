import { findTemplate } from '../commands/find-template.ts';
import type { BuildRequest, TemplateHead, Trigger } from '../model/documents/documents.ts';
import type { TemplateRef } from '../model/template.ts';
import type { Store } from '../ports/store.ts';
import { inParallel } from '../parallel.ts';
import { createFresh, type Watch } from './fresh.ts';
import { keyOf, type Page, type Range, type RunViews } from './runs.ts';

/** A template with one page of its runs and what will make the next. */
export type TemplateLook = {
  readonly head: TemplateHead;
  readonly page: Page;
  readonly triggers: readonly Trigger[];
  readonly decisions: Decisions;
  readonly requests: readonly BuildRequest[];
};

type Decisions = NonNullable<Awaited<ReturnType<Store['refreshes']['get']>>>['decisions'];

/** Throws `ResourceNotFound`. */
export type TemplateViews = (ref: TemplateRef, range: Range) => Promise<TemplateLook>;

export function createTemplateViews(
  store: Store,
  { now, changes, runs }: Watch & { readonly runs: RunViews },
): TemplateViews {
  const fresh = createFresh<TemplateLook>(now, { changes });
  return (ref, range) =>
    fresh(keyOf(ref, range), async () => look(store, ref, (of) => runs.page(of.ref, range, of.activeRun)));
}

async function look(
  store: Store,
  ref: TemplateRef,
  pageOf: (head: TemplateHead) => Promise<Page>,
): Promise<TemplateLook> {
  const { value: head } = await findTemplate(store, ref);
  const [page, triggers, refresh, requests] = await Promise.all([
    pageOf(head),
    store.triggers.list(head.ref),
    store.refreshes.get(head.ref),
    inParallel(head.line ?? [], ({ id }) => store.buildRequests.get(id)),
  ]);
  const known = requests.flatMap((request) => request ?? []);
  return { head, page, triggers, decisions: refresh?.decisions ?? [], requests: known };
}
