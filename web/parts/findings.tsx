import type { JSX } from 'preact';
import type { Finding } from '../state/model.ts';
import { queuePath } from '../state/route.ts';
import { Table } from './table.tsx';
import { Link, Time } from './words.tsx';

const SHOWN: Readonly<Record<Finding['severity'], readonly [string, string, string]>> = {
  ok: ['good', '✓', 'good'],
  look: ['bad', '✕', 'look at it'],
  unknown: ['', '?', 'nobody knows'],
};

/** What was looked at, as the service judges it, and what to do where it is not well. */
export function Findings({ of }: { readonly of: readonly Finding[] }): JSX.Element {
  return (
    <Table caption="What was looked at" columns={['What', 'State', 'Detail']}>
      {of.map(({ severity, code, what, detail, why, next }) => {
        const [style, glyph, word] = SHOWN[severity];
        return (
          <tr key={`${what} ${detail}`}>
            <th scope="row">{what}</th>
            <td>
              <span class={`state ${style}`}>
                <span aria-hidden="true">{glyph}</span> {word}
              </span>
            </td>
            <td>
              <Dated text={detail} />
              {why !== undefined && <p>{why}</p>}
              {next !== undefined && (
                <p>
                  <strong>Next: </strong>
                  {next}
                  {code === 'DeadLetters' && (
                    <>
                      {' '}
                      The <Link to={queuePath}>queue</Link> has them.
                    </>
                  )}
                </p>
              )}
            </td>
          </tr>
        );
      })}
    </Table>
  );
}

const MOMENT = /(\d{4}-\d\d-\d\dT[\d:.]+Z)/;

/** Words with moments in them, which are shown in the zone of the reader. */
function Dated({ text }: { readonly text: string }): JSX.Element {
  const parts = text.split(MOMENT);
  return <>{parts.map((part, index) => (index % 2 === 1 ? <Time key={part} at={part} /> : part))}</>;
}
