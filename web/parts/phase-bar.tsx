import type { JSX } from 'preact';
import type { Span } from '../state/model.ts';
import { PHASE_ORDER } from './gantt.tsx';
import { lookOf } from './words.tsx';

/** How far a run is: a field for each phase, and in words the one that it is in. */
export function PhaseBar({ spans }: { readonly spans: readonly Span[] }): JSX.Element {
  const phases = spans.filter(({ step }) => step === undefined);
  const current = phases.findLast(({ end }) => end === undefined) ?? phases.at(-1);
  const step = spans.findLast(
    ({ step: name, end, state }) => name !== undefined && end === undefined && state !== 'skipped',
  );
  const shown = PHASE_ORDER.filter(
    (name) => name !== 'install' || phases.some(({ phase }) => phase === name),
  );
  return (
    <span class="phases">
      <span aria-hidden="true" class="phase-fields">
        {shown.map((name) => (
          <span key={name} class={`phase-field ${kindOf(phases.find(({ phase }) => phase === name))}`} />
        ))}
      </span>
      <span>{[current?.phase ?? 'begins', ...(step?.step === undefined ? [] : [step.step])].join(': ')}</span>
    </span>
  );
}

const kindOf = (span: Span | undefined): string => (span === undefined ? '' : lookOf(span.state)[1]);
