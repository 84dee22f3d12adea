import type { JSX } from 'preact';

export type Series = { readonly label: string; readonly values: readonly (number | undefined)[] };

const [WIDTH, HEIGHT, LEFT, BELOW] = [800, 260, 90, 10];
/** Told apart by their dashes as well as by their colours. */
const DASHES = ['', '8 4', '2 4', '10 3 2 3'];
const KINDS = ['strong', 'live', 'good', 'warn'];

type ChartProps = { readonly series: readonly Series[]; readonly unit: (value: number) => string };

/** Lines over points that follow one another. Beside it there is a table with the same numbers. */
export function Chart({ series, unit }: ChartProps): JSX.Element {
  const most = Math.max(1, ...series.flatMap(({ values }) => values.map((value) => value ?? 0)));
  const last = Math.max(1, ...series.map(({ values }) => values.length - 1));
  const x = (index: number): number => LEFT + (index * (WIDTH - LEFT - BELOW)) / last;
  const y = (value: number): number => HEIGHT - BELOW - (value * (HEIGHT - 2 * BELOW)) / most;
  return (
    <figure class="chart" aria-hidden="true">
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} focusable="false">
        {[0, most / 2, most].map((value) => (
          <g key={value}>
            <line class="grid" x1={LEFT} x2={WIDTH} y1={y(value)} y2={y(value)} />
            <text x={LEFT - 8} y={y(value) + 4}>
              {unit(value)}
            </text>
          </g>
        ))}
        {series.map(({ label, values }, index) => (
          <polyline
            key={label}
            class={`curve ${KINDS[index] ?? ''}`}
            stroke-dasharray={DASHES[index] ?? ''}
            points={values
              .flatMap((value, at) => (value === undefined ? [] : `${x(at)},${y(value)}`))
              .join(' ')}
          />
        ))}
      </svg>
      <Legend series={series} />
    </figure>
  );
}

function Legend({ series }: { readonly series: readonly Series[] }): JSX.Element {
  return (
    <figcaption>
      {series.map(({ label }, index) => (
        <span key={label} class={KINDS[index] ?? ''}>
          <svg width="40" height="10" focusable="false">
            <line
              class={`curve ${KINDS[index] ?? ''}`}
              stroke-dasharray={DASHES[index] ?? ''}
              x2="40"
              y1="5"
              y2="5"
            />
          </svg>{' '}
          {label}
        </span>
      ))}
    </figcaption>
  );
}
