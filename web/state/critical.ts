import type { Span } from './model.ts';

/** Milliseconds between two bars that still follow one another: an activity lies between them. */
const GAP = 30_000;

/** Bars without bars below them. A phase has its steps below, a target its regions and rings. */
function isLeaf(span: Span, spans: readonly Span[]): boolean {
  const { phase, step } = span;
  if (step === undefined) return !spans.some((other) => other.phase === phase && other.step !== undefined);
  return !spans.some((other) => other.phase === phase && (other.step ?? '').startsWith(`${step} › `));
}

/**
 * The chain of bars that decided when the run ended: from the last one back, each time the one that ended last before it
 * began. Faster bars beside it would have changed nothing.
 */
export function criticalPath(spans: readonly Span[]): ReadonlySet<Span> {
  const leaves = spans
    .filter((span) => span.end !== undefined && span.phase !== 'clean up' && isLeaf(span, spans))
    .toSorted((a, b) => (b.end ?? 0) - (a.end ?? 0) || b.start - a.start);
  const path = new Set<Span>();
  let before = Number.POSITIVE_INFINITY;
  for (const span of leaves) {
    const end = span.end ?? 0;
    if (end > before) continue;
    if (path.size > 0 && before - end > GAP) break;
    path.add(span);
    before = span.start;
  }
  return path;
}
