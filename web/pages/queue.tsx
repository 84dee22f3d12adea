import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import { deadLetterActs } from '../parts/acts.ts';
import { ActButton } from '../parts/confirm.tsx';
import { Table } from '../parts/table.tsx';
import { Looked } from '../parts/looked.tsx';
import { Empty, Link, shortId, State, Time } from '../parts/words.tsx';
import { deadLettersApi, overviewPath } from '../state/api.ts';
import { type DeadLetter, isLive, type Overview, type Waiting } from '../state/model.ts';
import { parseDeadLetters, parseOverview } from '../state/parse.ts';
import { usePoll } from '../state/poll.ts';
import { imagePath, runPath } from '../state/route.ts';

/** What waits for its turn: runs for a place, requests for their template. */
export function QueuePage(): JSX.Element {
  const poll = usePoll(overviewPath, parseOverview);
  const overview = poll.value.value;
  useEffect(() => {
    document.title = 'Kiln: queue';
  }, []);
  return (
    <main id="main">
      <h1>Queue</h1>
      <Looked refusal={poll.failure.value} value={overview}>
        {(seen) => <Body overview={seen} />}
      </Looked>
      <DeadLetters />
    </main>
  );
}

function Body({ overview }: { readonly overview: Overview }): JSX.Element {
  const { places, templates } = overview;
  const inLine = templates
    .filter(({ run }) => run !== undefined && isLive(run) && run.position !== undefined)
    .toSorted((a, b) => (a.run?.position ?? 0) - (b.run?.position ?? 0));
  const requests = templates.flatMap((seen) => seen.requests.map((request) => ({ seen, request })));
  return (
    <>
      <p>
        {places.taken} of {places.total === 0 ? 'any number of' : places.total} places are taken,{' '}
        {places.waiting} runs wait for one.
      </p>
      <h2>Runs that wait for a place</h2>
      {inLine.length === 0 && <Empty>None.</Empty>}
      <ol class="plain">
        {inLine.map(
          ({ run, ...seen }) =>
            run && (
              <li key={seen.id}>
                <State of="Queued" short /> {run.position}.{' '}
                <Link to={runPath(seen, run.id)}>{seen.name}</Link>{' '}
                <span class="quiet">{shortId(run.id)}</span> since <Time at={run.startTime} />
              </li>
            ),
        )}
      </ol>
      <h2>Requests that wait for their template</h2>
      {requests.length === 0 && <Empty>None.</Empty>}
      {requests.length > 0 && <Requests rows={requests} />}
    </>
  );
}

type Row = { readonly seen: Overview['templates'][number]; readonly request: Waiting };

const COLUMNS = ['Image', { label: 'Place', class: 'number' }, 'Since', 'Why', 'By', 'Not before'];

function Requests({ rows }: { readonly rows: readonly Row[] }): JSX.Element {
  return (
    <Table caption="Requests that wait, the next one of each template first" columns={COLUMNS}>
      {rows.map(({ seen, request }) => (
        <tr key={request.id}>
          <th scope="row">
            <Link to={imagePath(seen)}>{seen.name}</Link>
          </th>
          <td class="number">{request.position ?? '–'}</td>
          <td>
            <Time at={request.acceptedAt} />
          </td>
          <td>{request.reason}</td>
          <td>{request.by ?? '–'}</td>
          <td>{request.notBefore === undefined ? '–' : <Time at={request.notBefore} />}</td>
        </tr>
      ))}
    </Table>
  );
}

const DEAD_COLUMNS = ['Message', 'Image', 'Since', 'Why', 'Acts'];

/** Messages that nobody could carry out: what was wrong with them, and what to do with them. */
function DeadLetters(): JSX.Element {
  const poll = usePoll(deadLettersApi, parseDeadLetters);
  return (
    <section aria-labelledby="dead">
      <h2 id="dead">Dead letters</h2>
      <Looked refusal={poll.failure.value} value={poll.value.value}>
        {(letters) => <Letters letters={letters} done={poll.now} />}
      </Looked>
    </section>
  );
}

type LettersProps = { readonly letters: readonly DeadLetter[]; readonly done: () => void };

function Letters({ letters, done }: LettersProps): JSX.Element {
  if (letters.length === 0) return <Empty>None.</Empty>;
  return (
    <Table caption="Messages that could not be carried out, the oldest first" columns={DEAD_COLUMNS}>
      {letters.map((letter) => (
        <DeadRow key={letter.number} {...{ letter, done }} />
      ))}
    </Table>
  );
}

function DeadRow({ letter, done }: { readonly letter: DeadLetter; readonly done: () => void }): JSX.Element {
  const { messageId, template, enqueued, reason, description, body } = letter;
  return (
    <tr>
      <th scope="row">{messageId}</th>
      <td>{template ?? '–'}</td>
      <td>
        <Time at={enqueued} />
      </td>
      <td>
        <code>{reason}</code> {description}
        <details>
          <summary>What it says</summary>
          <pre tabIndex={0}>{body}</pre>
        </details>
      </td>
      <td class="buttons">
        {deadLetterActs(letter, done).map((act) => (
          <ActButton key={act.label} act={act} />
        ))}
      </td>
    </tr>
  );
}
