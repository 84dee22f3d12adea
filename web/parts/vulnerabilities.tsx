import type { JSX } from 'preact';
import { isObject, type JsonObject, list, number, object, text } from '../../cli/api/json.ts';
import { Table } from './table.tsx';
import { Empty, Time } from './words.tsx';

/** From worst to least, with what tells them apart beside the word. */
const LOOKS = {
  critical: ['✕', 'bad'],
  high: ['✕', 'bad'],
  unknown: ['?', 'warn'],
  medium: ['!', 'warn'],
  low: ['·', 'mute'],
  negligible: ['·', 'mute'],
} as const;
/** Rows in one table: nobody reads more, and `kiln vulns` has the rest. */
const ROWS = 500;

function Severity({ of }: { readonly of: string }): JSX.Element {
  const [glyph, kind] = Object.entries(LOOKS).find(([name]) => name === of)?.[1] ?? LOOKS.unknown;
  return (
    <span class={`state ${kind}`}>
      <span aria-hidden="true">{glyph}</span> {of}
    </span>
  );
}

/** What is known against an image: how much of each kind, against what it was compared, what nobody looked at, and each finding. */
export function Vulnerabilities({ body }: { readonly body: JsonObject }): JSX.Element {
  const { counts, findings, database, notCovered } = body;
  const rows = list(findings).filter(isObject);
  const fixable = rows.filter(({ fixed }) => fixed !== undefined).length;
  const { ecosystem, fetchedAt, advisories } = object(database);
  return (
    <>
      <ul class="tabs">
        {Object.keys(LOOKS).map((name) => (
          <li key={name}>
            <Severity of={name} /> <strong>{number(object(counts)[name]) ?? 0}</strong>
          </li>
        ))}
      </ul>
      <p>
        {text(ecosystem) === undefined ? (
          'It was compared with nothing.'
        ) : (
          <>
            Compared with {number(advisories)} advisories of {text(ecosystem)}, fetched{' '}
            <Time at={text(fetchedAt)} />. {fixable} of {rows.length} have a fix.
          </>
        )}
      </p>
      {list(notCovered).length > 0 && (
        <p class="card warn-edge">
          Nobody has looked at everything: {list(notCovered).map(String).join(' ')}
        </p>
      )}
      {rows.length === 0 && <Empty>Nothing is known against it.</Empty>}
      {rows.length > 0 && <Findings rows={rows} />}
    </>
  );
}

function Findings({ rows }: { readonly rows: readonly JsonObject[] }): JSX.Element {
  const columns = ['Advisory', 'How bad', 'Package', 'Fixed in', { label: 'What it is', class: 'wide' }];
  return (
    <>
      <Table caption="Known vulnerabilities, the worst first" columns={columns}>
        {rows.slice(0, ROWS).map((row) => {
          const { id, aliases, severity, package: name, version, fixed, summary } = row;
          return (
            <tr key={`${text(id) ?? ''} ${text(name) ?? ''}`}>
              <th scope="row">{text(list(aliases)[0]) ?? text(id)}</th>
              <td>
                <Severity of={text(severity) ?? 'unknown'} />
              </td>
              <td>
                {text(name)} {text(version)}
              </td>
              <td>{text(fixed) ?? 'no fix yet'}</td>
              <td class="wide">{text(summary) ?? '–'}</td>
            </tr>
          );
        })}
      </Table>
      {rows.length > ROWS && <p class="quiet">{rows.length - ROWS} more are in the answer of the API.</p>}
    </>
  );
}
