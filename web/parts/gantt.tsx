import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import { criticalPath } from '../state/critical.ts';
import type { Span } from '../state/model.ts';
import { inRows } from '../state/rows.ts';
import { duration, Link, lookOf, State } from './words.tsx';

type GanttProps = {
  readonly spans: readonly Span[];
  readonly usual: Readonly<Record<string, number>>;
  /** Milliseconds since 1970 up to which bars without an end are drawn. */
  readonly now: number;
  /** Address of a log. */
  readonly logLink: (log: string) => string;
};

/** Under its phase, a region under its target. */
function depthOf({ step, region }: Span): 0 | 1 | 2 {
  if (step === undefined) return 0;
  return region === undefined ? 1 : 2;
}

export const PHASE_ORDER = [
  ...['resolve', 'stage', 'install', 'provision', 'customize', 'generalize', 'capture', 'validate'],
  ...['distribute', 'clean up'],
];

const lengthOf = ({ start, end }: Span, now: number): number => Math.max(0, ((end ?? now) - start) / 1000);

/**
 * Time from left to right, a row for each phase, step and region. It is a table with a picture in its last column, so that
 * everything in the picture can be read and reached without it.
 */
export function Gantt({ spans, usual, now, logLink }: GanttProps): JSX.Element {
  const rows = useMemo(() => inRows(spans), [spans]);
  const critical = useMemo(() => criticalPath(spans), [spans]);
  const from = Math.min(now, ...spans.map(({ start }) => start));
  const to = Math.max(from + 1, ...spans.map(({ end }) => end ?? now));
  return (
    <table class="gantt">
      <caption class="unseen">Phases, steps and regions with the time that each took</caption>
      <thead>
        <tr>
          <th scope="col">Part</th>
          <th scope="col">State</th>
          <th scope="col" class="number">
            Took
          </th>
          <th scope="col" class="number wide">
            Usual
          </th>
          <th scope="col" class="bars">
            {duration((to - from) / 1000)} in all
          </th>
        </tr>
      </thead>
      <tbody>
        {rows.map((span) => (
          <Row
            key={`${span.phase}/${span.step ?? ''}`}
            {...{ span, now, from, to, logLink }}
            usual={usual[span.step === undefined ? span.phase : `${span.phase} › ${span.step}`]}
            isCritical={critical.has(span)}
          />
        ))}
      </tbody>
    </table>
  );
}

type RowProps = Pick<GanttProps, 'now' | 'logLink'> & {
  readonly span: Span;
  readonly from: number;
  readonly to: number;
  readonly usual: number | undefined;
  readonly isCritical: boolean;
};

function Row({ span, now, from, to, usual, isCritical, logLink }: RowProps): JSX.Element {
  const depth = depthOf(span);
  const name = span.region ?? span.step ?? span.phase;
  const label = name.split(' › ').at(-1) ?? name;
  return (
    <tr class={`depth-${depth}${isCritical ? ' critical' : ''}`}>
      <th scope="row">
        {span.log === undefined ? label : <Link to={logLink(span.log)}>{label}</Link>}
        {isCritical && <span class="unseen"> (decided when the run ended)</span>}
      </th>
      <td>
        <State of={span.state} />
      </td>
      <td class="number">{duration(lengthOf(span, now))}</td>
      <td class="number wide">{usual === undefined ? '–' : duration(usual)}</td>
      <td class="bars" aria-hidden="true">
        <Bar {...{ span, now, from, to, usual }} />
      </td>
    </tr>
  );
}

function Bar({ span, now, from, to, usual }: Omit<RowProps, 'logLink' | 'isCritical'>): JSX.Element {
  const share = (milliseconds: number): string => `${(100 * milliseconds) / (to - from)}%`;
  const left = share(span.start - from);
  const width = share(Math.max(lengthOf(span, now) * 1000, (to - from) / 400));
  const [, kind] = lookOf(span.state);
  return (
    <svg class="bar" width="100%" height="16" focusable="false">
      {usual !== undefined && (
        <rect
          class="usual"
          x={left}
          y="12"
          height="3"
          width={share(Math.min(usual * 1000, to - span.start))}
        />
      )}
      <rect class={`fill ${kind}`} x={left} y="2" height="9" width={width} rx="2" />
    </svg>
  );
}
