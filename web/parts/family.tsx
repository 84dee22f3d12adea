import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import type { TemplateId } from '../../cli/api/types.ts';
import { inLayers, type Placed } from '../state/layers.ts';
import type { Relative } from '../state/model.ts';
import { imagePath } from '../state/route.ts';
import { Table } from './table.tsx';
import { Link, lookOf, State } from './words.tsx';

/** Of a box and of the space between two, in units of the picture. */
const [WIDTH, HEIGHT, ACROSS, DOWN] = [150, 34, 60, 14];
/** Characters of a name that have room in a box. */
const ROOM = 17;

type FamilyProps = { readonly of: TemplateId; readonly family: readonly Relative[] };

/** What an image is made from and what is made from it: a picture, and the same as a table. */
export function Family({ of, family }: FamilyProps): JSX.Element | null {
  const placed = useMemo(() => inLayers(family), [family]);
  if (family.length < 2) return null;
  return (
    <section aria-labelledby="family">
      <h2 id="family">Made from, and made of it</h2>
      <Picture placed={placed} own={of.name} />
      <Table
        caption="Images that this one is made from, and those made from it"
        columns={['Image', 'Made from', 'Last run', 'Source']}
      >
        {placed.map(({ node }) => (
          <tr key={node.id}>
            <th scope="row">
              <Link to={imagePath(node)}>{node.name}</Link>
              {node.name === of.name && <span class="quiet"> this image</span>}
            </th>
            <td>{node.parents.map((id) => id.split('/').at(-1)).join(', ') || '–'}</td>
            <td>{node.state === undefined ? 'never ran' : <State of={node.state} />}</td>
            <td>{node.isBehind ? <State of="Behind" /> : node.state === undefined ? '–' : 'newest'}</td>
          </tr>
        ))}
      </Table>
    </section>
  );
}

const xOf = ({ column }: Placed<Relative>): number => column * (WIDTH + ACROSS) + 1;
const yOf = ({ row }: Placed<Relative>): number => row * (HEIGHT + DOWN) + 1;

function Picture({
  placed,
  own,
}: {
  readonly placed: readonly Placed<Relative>[];
  readonly own: string;
}): JSX.Element {
  const width = Math.max(...placed.map(xOf)) + WIDTH + 1;
  const height = Math.max(...placed.map(yOf)) + HEIGHT + 1;
  const lines = placed.flatMap((to) =>
    to.node.parents.flatMap((id) => {
      const from = placed.find(({ node }) => node.id === id);
      return from === undefined ? [] : [{ key: `${id} ${to.node.id}`, path: curve(from, to) }];
    }),
  );
  return (
    <div class="scroll" aria-hidden="true">
      <svg class="family" width={width} height={height} viewBox={`0 0 ${width} ${height}`} focusable="false">
        {lines.map(({ key, path }) => (
          <path key={key} class="grid" d={path} />
        ))}
        {placed.map((one) => (
          <Box key={one.node.id} one={one} isOwn={one.node.name === own} />
        ))}
      </svg>
    </div>
  );
}

function curve(from: Placed<Relative>, to: Placed<Relative>): string {
  const [x, y] = [xOf(from) + WIDTH, yOf(from) + HEIGHT / 2];
  const [endX, endY] = [xOf(to), yOf(to) + HEIGHT / 2];
  return `M${x} ${y}C${x + ACROSS / 2} ${y} ${endX - ACROSS / 2} ${endY} ${endX} ${endY}`;
}

function Box({ one, isOwn }: { readonly one: Placed<Relative>; readonly isOwn: boolean }): JSX.Element {
  const { name, state = '', isBehind } = one.node;
  const [glyph] = lookOf(isBehind ? 'Behind' : state);
  const label = name.length > ROOM ? `${name.slice(0, ROOM - 1)}…` : name;
  return (
    <g class={isOwn ? 'own' : ''}>
      <rect x={xOf(one)} y={yOf(one)} width={WIDTH} height={HEIGHT} rx="4" />
      <text x={xOf(one) + 8} y={yOf(one) + HEIGHT / 2 + 5}>
        {glyph} {label}
      </text>
    </g>
  );
}
