import type { JSX } from 'preact';
import { useEffect, useMemo, useState } from 'preact/hooks';
import { Log, LONGEST, piecesOf } from '../state/log.ts';
import { go, query, withQuery, address } from '../state/route.ts';
import { Empty, Link, Trouble } from './words.tsx';

/** Lines in one window: more are a step away, and a browser stays quick. */
const WINDOW = 500;
/** Lines before the one that the address names. */
const ABOVE = 20;

/** `length`: bytes, as the look at the run says. */
type LogPaneProps = { readonly path: string; readonly name: string; readonly length: number };

const lineOfAddress = (): number | undefined => {
  const found = /#L(\d+)$/.exec(address.value)?.[1];
  return found === undefined ? undefined : Number(found);
};

/** One log: search, links to lines, the last window while it grows. */
export function LogPane({ path, name, length }: LogPaneProps): JSX.Element {
  const log = useMemo(() => new Log(path), [path]);
  useEffect(() => () => log.stop(), [log]);
  useEffect(() => void log.readTo(length), [log, length]);
  const count = log.lines.value.length;
  const all = useMemo(() => log.all, [log, count, log.isRead.value]);
  const find = query('find').toLowerCase();
  const numbered = useMemo(() => numberedLines(all, find), [all, find]);
  return (
    <section class="log" aria-label={`Log ${name}`}>
      <div class="log-head">
        <h3>{name}</h3>
        <Search value={find} />
        <span class="quiet">
          {find === '' ? `${all.length} lines` : `${numbered.length} of ${all.length} lines`}
        </span>
      </div>
      <Trouble refusal={log.failure.value} />
      {all.length === 0 && log.isRead.value ? <Empty>Nothing is written yet.</Empty> : null}
      <Lines key={path} lines={numbered} wanted={lineOfAddress()} />
    </section>
  );
}

type Numbered = readonly [number: number, line: string];

function numberedLines(lines: readonly string[], find: string): Numbered[] {
  const all = lines.map((line, index): Numbered => [index + 1, line]);
  return find === '' ? all : all.filter(([, line]) => line.toLowerCase().includes(find));
}

function Search({ value }: { readonly value: string }): JSX.Element {
  const onInput = (event: Event): void => {
    const { target } = event;
    if (target instanceof HTMLInputElement) go(withQuery({ find: target.value }), 'replace');
  };
  return (
    <label>
      Search <input type="search" value={value} onInput={onInput} />
    </label>
  );
}

type LinesProps = { readonly lines: readonly Numbered[]; readonly wanted: number | undefined };

function Lines({ lines, wanted }: LinesProps): JSX.Element {
  const [chosen, choose] = useState<number | undefined>(undefined);
  const newest = Math.max(0, lines.length - WINDOW);
  const at = wanted === undefined ? -1 : lines.findIndex(([number]) => number === wanted);
  const first = Math.min(newest, chosen ?? (at < 0 ? newest : Math.max(0, at - ABOVE)));
  const last = Math.min(lines.length, first + WINDOW);
  const isThere = at >= first && at < last;
  useEffect(() => {
    if (isThere) document.getElementById(`L${wanted}`)?.scrollIntoView({ block: 'center' });
  }, [isThere, wanted]);
  return (
    <>
      {first > 0 && (
        <button type="button" onClick={() => choose(Math.max(0, first - WINDOW))}>
          {first} earlier lines
        </button>
      )}
      <ol class="lines" tabIndex={0} aria-label="Lines">
        {lines.slice(first, last).map(([number, line]) => (
          <Line key={number} number={number} line={line} isWanted={number === wanted} />
        ))}
      </ol>
      {last < lines.length && (
        <button type="button" onClick={() => choose(first + WINDOW)}>
          {lines.length - last} later lines
        </button>
      )}
    </>
  );
}

type LineProps = { readonly number: number; readonly line: string; readonly isWanted: boolean };

function Line({ number, line, isWanted }: LineProps): JSX.Element {
  const pieces = useMemo(() => piecesOf(line), [line]);
  return (
    <li id={`L${number}`} class={isWanted ? 'wanted' : ''}>
      <Link to={withQuery({}, `#L${number}`)} class="line-number" label={`Line ${number}`}>
        {number}
      </Link>
      <span class="line">
        {pieces.map((piece, index) => (
          <span key={index} class={piece.class}>
            {piece.text}
          </span>
        ))}
        {line.length > LONGEST && (
          <em class="quiet">
            {' '}
            … and {(line.length - LONGEST).toLocaleString()} more characters (kiln logs shows them)
          </em>
        )}
      </span>
    </li>
  );
}
