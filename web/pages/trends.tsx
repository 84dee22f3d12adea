import type { JSX } from 'preact';
import { useEffect, useMemo } from 'preact/hooks';
import type { TemplateId } from '../../cli/api/types.ts';
import { Chart } from '../parts/chart.tsx';
import { Table } from '../parts/table.tsx';
import { Looked } from '../parts/looked.tsx';
import { bytes, duration, Empty, Link, shortId, Time } from '../parts/words.tsx';
import { templateApi } from '../state/api.ts';
import type { Trend } from '../state/model.ts';
import { parseTrends } from '../state/parse-trends.ts';
import { usePoll } from '../state/poll.ts';
import { imagePath, runPath } from '../state/route.ts';

/** Whether an image becomes fatter, or slower to make. */
export function TrendsPage({ template }: { readonly template: TemplateId }): JSX.Element {
  const poll = usePoll(`${templateApi(template)}/trends`, parseTrends);
  const trends = poll.value.value;
  useEffect(() => {
    document.title = `Kiln: trends of ${template.name}`;
  }, [template.name]);
  return (
    <main id="main">
      <nav aria-label="Above">
        <Link to={imagePath(template)}>{template.name}</Link> <span aria-hidden="true">›</span> trends
      </nav>
      <h1>Trends of {template.name}</h1>
      <Looked refusal={poll.failure.value} value={trends}>
        {(seen) => <Body template={template} trends={seen} />}
      </Looked>
    </main>
  );
}

type BodyProps = { readonly template: TemplateId; readonly trends: readonly Trend[] };
type Read = (trend: Trend) => number | undefined;

const TIMES: readonly (readonly [label: string, read: Read])[] = [
  ['whole run', ({ seconds }) => seconds['run']],
  ['provision', ({ seconds }) => seconds['provision']],
  ['customize', ({ seconds }) => seconds['customize']],
  ['distribute', ({ seconds }) => seconds['distribute']],
];
const DISK: readonly (readonly [label: string, read: Read])[] = [['disk', ({ usedBytes }) => usedBytes]];
const PACKAGES: readonly (readonly [label: string, read: Read])[] = [
  ['packages', ({ packages }) => packages],
];

const count = (value: number): string => Math.round(value).toLocaleString();
const shown = (value: number | undefined, of: (known: number) => string): string =>
  value === undefined ? '–' : of(value);

function Body({ template, trends }: BodyProps): JSX.Element {
  const oldestFirst = useMemo(() => trends.toReversed(), [trends]);
  if (trends.length < 2)
    return (
      <Empty>
        Two builds that gave an image make a line; there {trends.length === 1 ? 'is one' : 'are none'}.
      </Empty>
    );
  const lines = (rows: typeof TIMES) =>
    rows.map(([label, read]) => ({ label, values: oldestFirst.map(read) }));
  const numbers = [...TIMES, ...DISK, ...PACKAGES].map(([label]) => ({ label, class: 'number' }));
  return (
    <>
      <p>
        The last {trends.length} builds that gave an image, the oldest first: how long they took, and their
        longest phases.
      </p>
      <Chart series={lines(TIMES)} unit={duration} />
      <h2>What the image holds</h2>
      <Chart series={lines(DISK)} unit={bytes} />
      <Chart series={lines(PACKAGES)} unit={count} />
      <Table caption="Builds in numbers, the newest first" columns={['Run', 'Version', 'Began', ...numbers]}>
        {trends.map((trend) => (
          <Row key={trend.runId} {...{ template, trend }} />
        ))}
      </Table>
    </>
  );
}

function Row({ template, trend }: { readonly template: TemplateId; readonly trend: Trend }): JSX.Element {
  return (
    <tr>
      <th scope="row">
        <Link to={runPath(template, trend.runId)}>{shortId(trend.runId)}</Link>
      </th>
      <td>{trend.versions.join(', ') || '–'}</td>
      <td>
        <Time at={trend.at} />
      </td>
      {TIMES.map(([label, read]) => (
        <td class="number" key={label}>
          {shown(read(trend), duration)}
        </td>
      ))}
      <td class="number">{shown(trend.usedBytes, bytes)}</td>
      <td class="number">{shown(trend.packages, count)}</td>
    </tr>
  );
}
