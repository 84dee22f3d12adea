import type { JSX } from 'preact';
import { isObject, type JsonObject, list, object, text } from '../../cli/api/json.ts';
import { Shown } from './shown.tsx';
import { Table } from './table.tsx';
import { bytes, Empty } from './words.tsx';

const LOOKS: Readonly<Record<string, readonly [glyph: string, kind: string]>> = {
  added: ['+', 'good'],
  removed: ['−', 'bad'],
  changed: ['~', 'warn'],
};

/** What is different in an image: packages by their source, old and new version beside one another. */
export function Diff({ body }: { readonly body: JsonObject }): JSX.Element {
  const { packages, counts, from, to, usedBytes, madeOf, ...rest } = body;
  const groups = list(packages).filter(isObject);
  const { added = 0, removed = 0, changed = 0 } = object(counts);
  const disk = object(usedBytes);
  return (
    <>
      <p>
        Against <strong>{sideOf(from)}</strong>: {String(added)} packages added, {String(removed)} removed,{' '}
        {String(changed)} changed
        {typeof disk['from'] === 'number' && typeof disk['to'] === 'number'
          ? `; the disk holds ${bytes(disk['to'])} instead of ${bytes(disk['from'])}.`
          : '.'}
      </p>
      {list(madeOf).length > 0 && <p>Why: {list(madeOf).join('; ')}.</p>}
      <p class="quiet">This is {sideOf(to)}.</p>
      {groups.length === 0 && <Empty>No package is different.</Empty>}
      {groups.length > 0 && (
        <Table caption="Packages that are different" columns={['Source', 'Change', 'Packages']}>
          {groups.map((group) => (
            <Group key={`${text(group['source']) ?? ''}${text(group['change']) ?? ''}`} group={group} />
          ))}
        </Table>
      )}
      <Shown value={rest} />
    </>
  );
}

function Group({ group }: { readonly group: JsonObject }): JSX.Element {
  const change = text(group['change']) ?? '';
  const [glyph, kind] = LOOKS[change] ?? ['·', 'mute'];
  return (
    <tr>
      <th scope="row">{text(group['source'])}</th>
      <td>
        <span class={`state ${kind}`}>
          <span aria-hidden="true">{glyph}</span> {change}
        </span>
      </td>
      <td>
        {list(group['packages'])
          .map(object)
          .map(({ name, from, to }) => (
            <div key={`${text(name) ?? ''}${text(to) ?? ''}`}>
              {text(name)} {[text(from), text(to)].filter((one) => one !== undefined).join(' → ')}
            </div>
          ))}
      </td>
    </tr>
  );
}

/** A run by its version, else a source by its name. */
function sideOf(value: unknown): string {
  const { runId, versions, source } = object(value);
  const [version] = list(versions);
  return (
    text(version) ??
    (text(runId) === undefined ? `the source ${text(source) ?? ''}` : `run ${text(runId) ?? ''}`)
  );
}
