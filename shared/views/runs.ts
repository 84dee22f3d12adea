import { findTemplate } from '../commands/find-template.ts';
import { KilnError } from '../errors/failure.ts';
import { createFresh, type Watch } from './fresh.ts';
import { inParallel } from '../parallel.ts';
import { isOver } from '../model/documents/run.ts';
import type { Publication, Run, TemplateHead, TimelineEntry } from '../model/documents/documents.ts';
import type { LogInfo } from '../ports/log-stores.ts';
import type { Store } from '../ports/store.ts';
import type { RunId, TemplateRef } from '../model/template.ts';
import { placeOf } from '../planning/slots.ts';
import { type Gate, gatesOf, type Span, spansOf, usualSeconds } from './spans.ts';

export type RunWithSpans = { readonly run: Run; readonly spans: readonly Span[] };

export type RunView = RunWithSpans & {
  readonly notes: readonly TimelineEntry[];
  readonly gates: readonly Gate[];
  readonly logs: readonly LogInfo[];
  /** Seconds that each phase and step (`phase › step`) took in the middle of the last successful runs. */
  readonly usual: Readonly<Record<string, number>>;
  /** Gallery versions on their way. */
  readonly publications: readonly { readonly output: string; readonly publication: Publication }[];
};

/** Runs that say what is usual. */
const COMPARED = 10;
/** Bars of this many runs that are over for good are kept in memory: a page asks for the same again and again. */
const KEPT = 500;
/** Milliseconds for which a run that is over is not read again for a list: as long as a page waits where nothing goes on. */
const OLD = 15_000;
/** Milliseconds. */
const USUAL_FRESH = 60_000;

/** A run and its template, as they were at the same moment. */
export type RunLook = {
  readonly head: TemplateHead;
  readonly view: RunView;
  /** Of a run that waits for others to end. */
  readonly position?: number;
};

export type Range = { readonly limit: number; readonly after?: string };
export type Page = { readonly runs: readonly RunWithSpans[]; readonly last?: string };

export type RunViews = {
  /** Throws `ResourceNotFound`. */
  readonly run: (ref: TemplateRef, id: RunId) => Promise<RunLook>;
  /** `active`: the run that is under way. */
  readonly page: (ref: TemplateRef, range: Range, active?: RunId) => Promise<Page>;
};

/** Everything about a run, or the bars of many, with one answer for each. */
export function createRunViews(store: Store, { now, changes }: Watch): RunViews {
  const look = createPages(store);
  // What is usual hardly changes, and reading it is most of the work of a look at a run.
  const lasting = createFresh<Page>(now, { ms: USUAL_FRESH });
  const usual = async ({ ref, id }: Run): Promise<Record<string, number>> => {
    const range = { limit: 2 * COMPARED };
    const { runs } = await lasting(keyOf(ref, range), () => look(ref, range));
    const good = runs.filter(({ run }) => run.id !== id && run.state === 'Succeeded');
    return usualSeconds(good.slice(0, COMPARED).map((one) => one.spans));
  };
  const views = createFresh<RunLook>(now, { changes });
  return {
    page: look,
    run: (ref, id) =>
      views(`${pathOf(ref)} ${id}`.toLowerCase(), async () => {
        const [run, { value: head }] = await Promise.all([findRun(store, ref, id), findTemplate(store, ref)]);
        const [view, slots] = await Promise.all([
          lookAt(store, run, usual),
          run.subState === 'Queued' ? store.slots.get() : undefined,
        ]);
        const position = slots && placeOf(slots.value, id);
        return { head, view, ...(position !== undefined && { position }) };
      }),
  };
}

/** Throws `ResourceNotFound`. */
export async function findRun({ runs }: Pick<Store, 'runs'>, ref: TemplateRef, id: RunId): Promise<Run> {
  const run = await runs.get(ref, id);
  if (run !== undefined) return run;
  throw new KilnError({ code: 'ResourceNotFound', message: `The template has no run ${id}.` });
}

function createPages(store: Store): RunViews['page'] {
  const kept = new Map<string, readonly Span[]>();
  const spans = async (run: Run): Promise<readonly Span[]> => {
    // A run that goes on after its end has another attempt, and so another key.
    const key = `${run.id}/${run.attempt ?? 0}`;
    const known = kept.get(key);
    if (known !== undefined) return known;
    const made = spansOf(await store.timeline.read(run.ref, run.id), run);
    if (isOver(run) && run.cleanup !== undefined) keep(kept, key, made);
    return made;
  };
  return async (ref, range, active) => {
    const { runs, last } = await store.runs.page(ref, { ...range, old: { ms: OLD, but: active } });
    const shown = await inParallel(runs, async (run) => ({ run, spans: await spans(run) }));
    return { runs: shown, ...(last !== undefined && { last }) };
  };
}

type Usual = (run: Run) => Promise<Record<string, number>>;

async function lookAt(store: Store, run: Run, usual: Usual): Promise<RunView> {
  const { ref, id } = run;
  const [timeline, logs, middle, publications] = await Promise.all([
    store.timeline.read(ref, id),
    store.logs.list(ref, id),
    usual(run),
    isOver(run) ? [] : publicationsOf(store, run),
  ]);
  return {
    run,
    spans: spansOf(timeline, run),
    notes: timeline.filter(({ event }) => event === 'note'),
    gates: gatesOf(timeline, run),
    logs,
    usual: middle,
    publications,
  };
}

function pathOf({ subscriptionId, resourceGroup, name }: TemplateRef): string {
  return `${subscriptionId} ${resourceGroup} ${name}`;
}

/** Tokens of pages are of small letters. */
export function keyOf(ref: TemplateRef, { limit, after = '' }: Range): string {
  return `${pathOf(ref)} ${limit} ${after}`.toLowerCase();
}

async function publicationsOf(store: Store, { ref, id }: Run): Promise<RunView['publications']> {
  const targets = (await store.distributions.get(ref, id))?.plan.targets ?? [];
  const galleries = targets.filter(({ type }) => type === 'SharedImage');
  const found = await inParallel(galleries, async ({ index, runOutputName: output }) => {
    const publication = await store.publications.get(ref, id, index);
    return publication === undefined ? [] : [{ output, publication }];
  });
  return found.flat();
}

function keep(kept: Map<string, readonly Span[]>, key: string, spans: readonly Span[]): void {
  const [oldest] = kept.keys();
  if (kept.size >= KEPT && oldest !== undefined) kept.delete(oldest);
  kept.set(key, spans);
}
