import type { JSX } from 'preact';
import { useEffect, useMemo, useState } from 'preact/hooks';
import type { TemplateId } from '../../cli/api/types.ts';
import type { RunWithSpans, Span } from '../state/model.ts';
import { runPath } from '../state/route.ts';
import { inRows } from '../state/rows.ts';
import { moveInTable } from './roving.ts';
import { duration, Link, lookOf, shortId, State } from './words.tsx';

type StepGridProps = { readonly template: TemplateId; readonly runs: readonly RunWithSpans[] };

const nameOf = ({ phase, step }: Span): string => (step === undefined ? phase : `${phase} › ${step}`);

/** Rows that are drawn at once: what comes of thousands of cells must not hold up the page. */
const SLICE = 4;

/** A column for each run, a row for each phase and step: where it breaks or slows down again and again. */
export function StepGrid({ template, runs }: StepGridProps): JSX.Element {
  const rows = useMemo(() => rowsOf(runs), [runs]);
  const cells = useMemo(
    () => runs.map(({ spans }) => new Map(spans.map((span) => [nameOf(span), span]))),
    [runs],
  );
  const shown = useSlices(rows.length);
  const slices = Array.from({ length: Math.ceil(shown / SLICE) }, (_, index) => index * SLICE);
  return (
    <div class="scroll">
      <table class="matrix" onKeyDown={moveInTable} aria-busy={shown < rows.length}>
        <caption class="unseen">Phases and steps by runs, the newest run first</caption>
        <Heads {...{ template, runs }} />
        <tbody>
          {slices.map((from) => (
            <Slice key={from} {...{ template, runs, cells, from }} rows={rows.slice(from, from + SLICE)} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** How many of them there are by now: a slice more whenever the page had time for something else. */
function useSlices(total: number): number {
  const [count, set] = useState(SLICE);
  useEffect(() => {
    if (count >= total) return undefined;
    const timer = setTimeout(() => set(count + SLICE));
    return () => clearTimeout(timer);
  }, [count, total]);
  return Math.min(count, total);
}

type SliceProps = StepGridProps & {
  readonly cells: readonly ReadonlyMap<string, Span>[];
  readonly rows: readonly string[];
  readonly from: number;
};

/** Drawn again only when a cell of it has changed. */
function Slice({ template, runs, cells, rows, from }: SliceProps): JSX.Element {
  const looks = runs.map(({ id }, column) => [
    id,
    ...rows.map((row) => {
      const { state, end, log } = cells[column]?.get(row) ?? {};
      return [state, end, log].join(' ');
    }),
  ]);
  return useMemo(
    () => (
      <>
        {rows.map((row, line) => (
          <tr key={row}>
            <th scope="row" class={row.includes(' › ') ? 'depth-1' : ''}>
              {row.includes(' › ') ? row.split(' › ').slice(1).join(' › ') : row}
            </th>
            {runs.map((run, column) => (
              <Cell
                key={run.id}
                span={cells[column]?.get(row)}
                base={runPath(template, run.id)}
                isFirst={from + line + column === 0}
              />
            ))}
          </tr>
        ))}
      </>
    ),
    [JSON.stringify([rows, looks])],
  );
}

function Heads({ template, runs }: StepGridProps): JSX.Element {
  return (
    <thead>
      <tr>
        <th scope="col">Step</th>
        {runs.map((run) => (
          <th scope="col" key={run.id}>
            <Link to={runPath(template, run.id)}>{shortId(run.id).slice(0, 4)}</Link>
            <br />
            <State of={run.state} short />
          </th>
        ))}
      </tr>
    </thead>
  );
}

/** Of the newest run first, so that a step that is gone comes last. */
function rowsOf(runs: readonly RunWithSpans[]): string[] {
  return [...new Set(runs.flatMap(({ spans }) => inRows(spans).map(nameOf)))];
}

type CellProps = { readonly span: Span | undefined; readonly base: string; readonly isFirst: boolean };

function Cell({ span, base, isFirst }: CellProps): JSX.Element {
  if (span === undefined) return <td tabIndex={isFirst ? 0 : -1} />;
  const [glyph, kind] = lookOf(span.state);
  const took = span.end === undefined ? '' : duration((span.end - span.start) / 1000);
  const words = `${span.state} ${took}`;
  // One element for glyph and words: thousands of these are drawn, and each element in them costs as much as the cell.
  const look = { class: `glyph ${kind}`, 'data-glyph': glyph };
  if (span.log === undefined)
    return (
      <td title={words} tabIndex={isFirst ? 0 : -1} {...look}>
        {words}
      </td>
    );
  return (
    <td title={words} tabIndex={-1}>
      <Link to={`${base}?log=${encodeURIComponent(span.log)}`} {...look}>
        {words}
      </Link>
    </td>
  );
}
