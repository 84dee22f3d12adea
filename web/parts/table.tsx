import type { ComponentChildren, JSX } from 'preact';

export type Column = string | { readonly label: string; readonly class: string };

type TableProps = {
  /** A label alone is a column of text. */
  readonly columns: readonly Column[];
  /** For those who do not see that it is one. */
  readonly caption: string;
  readonly children: ComponentChildren;
};

/** A table that may be wider than the page: it moves by itself, and the page stays. */
export function Table({ columns, caption, children }: TableProps): JSX.Element {
  return (
    <div class="scroll">
      <table>
        <caption class="unseen">{caption}</caption>
        <thead>
          <tr>
            {columns.map((column) => (
              <Head key={typeof column === 'string' ? column : column.label} column={column} />
            ))}
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </div>
  );
}

function Head({ column }: { readonly column: Column }): JSX.Element {
  if (typeof column === 'string') return <th scope="col">{column}</th>;
  return (
    <th scope="col" class={column.class}>
      {column.label}
    </th>
  );
}
