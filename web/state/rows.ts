import type { Span } from './model.ts';

const BELOW = ' › ';
const isTarget = ({ step = '' }: Span): boolean => !step.includes(BELOW);
const targetOf = ({ step = '' }: Span): string => step.split(BELOW)[0] ?? '';

/**
 * Phases in the order in which they began, each followed by what is in it. A template's page asks this of thirty runs with hundreds
 * of spans each time it is drawn, so each span is looked at a fixed number of times.
 */
export function inRows(spans: readonly Span[]): Span[] {
  const inside = grouped(
    spans.filter(({ step }) => step !== undefined),
    ({ phase }) => phase,
  );
  return spans
    .filter(({ step }) => step === undefined)
    .flatMap((phase) => [phase, ...inTargets(inside.get(phase.phase) ?? [])]);
}

/** Each target with its regions, then regions of which the target is not there. */
function inTargets(spans: readonly Span[]): Span[] {
  const targets = spans.filter(isTarget);
  const names = new Set(targets.map(targetOf));
  const regions = spans.filter((span) => !isTarget(span));
  const below = grouped(regions, targetOf);
  return [
    ...targets.flatMap((target) => [target, ...(below.get(targetOf(target)) ?? [])]),
    ...regions.filter((span) => !names.has(targetOf(span))),
  ];
}

function grouped(spans: readonly Span[], keyOf: (span: Span) => string): Map<string, Span[]> {
  const groups = new Map<string, Span[]>();
  for (const span of spans) {
    const group = groups.get(keyOf(span));
    if (group === undefined) groups.set(keyOf(span), [span]);
    else group.push(span);
  }
  return groups;
}
