import type { JSX } from 'preact';
import { isObject, type JsonObject } from '../../cli/api/json.ts';
import { Table } from './table.tsx';
import { bytes } from './words.tsx';

/** Rows in one table: a browser stays quick, and nobody reads more. */
const ROWS = 2000;
const COLUMNS = 8;
/** Objects within objects that become sections of their own. */
const DEEPEST = 3;

type ShownProps = { readonly value: JsonObject; readonly name?: string; readonly depth?: number };

/** Any answer of the API: what is one value as a fact, what is many as a table, in the order of the answer. */
export function Shown({ value, name, depth = 1 }: ShownProps): JSX.Element {
  const entries = Object.entries(value).filter(([, inner]) => inner !== null && inner !== undefined);
  const isFact = (inner: unknown): boolean => typeof inner !== 'object' || depth >= DEEPEST;
  const facts = entries.filter(([, inner]) => isFact(inner));
  return (
    <section>
      {name !== undefined && <h2>{name}</h2>}
      {facts.length > 0 && (
        <dl class="facts">
          {facts.map(([key, inner]) => (
            <div key={key}>
              <dt>{key}</dt>
              <dd>{key.endsWith('Bytes') && typeof inner === 'number' ? bytes(inner) : cellOf(inner)}</dd>
            </div>
          ))}
        </dl>
      )}
      {entries.map(([key, inner]) => {
        if (isFact(inner)) return null;
        if (isObject(inner)) return <Shown key={key} value={inner} name={key} depth={depth + 1} />;
        return Array.isArray(inner) && inner.length > 0 ? <Rows key={key} name={key} rows={inner} /> : null;
      })}
    </section>
  );
}

function Rows({ name, rows }: { readonly name: string; readonly rows: readonly unknown[] }): JSX.Element {
  const objects = rows.filter(isObject);
  const columns = [...new Set(objects.slice(0, 50).flatMap((row) => Object.keys(row)))].slice(0, COLUMNS);
  return (
    <section>
      <h2>
        {name} <span class="quiet">{rows.length.toLocaleString()}</span>
      </h2>
      {objects.length === 0 ? (
        <ul>
          {rows.slice(0, ROWS).map((row, index) => (
            <li key={index}>{cellOf(row)}</li>
          ))}
        </ul>
      ) : (
        <Table caption={name} columns={columns}>
          {objects.slice(0, ROWS).map((row, index) => (
            <tr key={index}>
              {columns.map((column) => (
                <td key={column}>{cellOf(row[column])}</td>
              ))}
            </tr>
          ))}
        </Table>
      )}
      {rows.length > ROWS && <p class="quiet">{rows.length - ROWS} more are in the answer of the API.</p>}
    </section>
  );
}

/** Short objects in words: `name libc6, version 2.36`. */
function cellOf(value: unknown): string {
  if (value === undefined || value === null) return '–';
  if (Array.isArray(value)) return value.length === 0 ? '–' : value.map(cellOf).join(', ');
  if (isObject(value))
    return Object.entries(value)
      .map(([key, inner]) => `${key} ${cellOf(inner)}`)
      .join(', ');
  return typeof value === 'string' ? value : JSON.stringify(value);
}
