import type { JSX } from 'preact';
import { useEffect, useMemo, useState } from 'preact/hooks';
import { list, object } from '../../cli/api/json.ts';
import { type DiffLine, lineDiff } from '../../cli/api/line-diff.ts';
import {
  parseRevision,
  parseRevisionInfo,
  type Revision,
  type RevisionInfo,
} from '../../cli/api/revision.ts';
import type { TemplateId } from '../../cli/api/types.ts';
import { Table } from '../parts/table.tsx';
import { Looked } from '../parts/looked.tsx';
import { Empty, Link, Time } from '../parts/words.tsx';
import { call, Refusal, templateApi } from '../state/api.ts';
import { imagePath, query, withQuery } from '../state/route.ts';

/** What a template was, revision by revision, and what is different between two of them. */
export function RevisionsPage({ template }: { readonly template: TemplateId }): JSX.Element {
  const known = useAnswer(`${templateApi(template)}/revisions`, parseRevisions);
  useEffect(() => {
    document.title = `Kiln: revisions of ${template.name}`;
  }, [template.name]);
  const to = query('to') || String(known.value?.[0]?.number ?? '');
  const from = query('from') || String(known.value?.[1]?.number ?? '');
  return (
    <main id="main">
      <nav aria-label="Above">
        <Link to={imagePath(template)}>{template.name}</Link> <span aria-hidden="true">›</span> revisions
      </nav>
      <h1>Revisions of {template.name}</h1>
      <Looked refusal={known.failure} value={known.value}>
        {(revisions) => <Revisions {...{ from, to }} known={revisions} />}
      </Looked>
      {known.value?.length === 1 && <Empty>There is one revision: it never changed.</Empty>}
      {from !== '' && to !== '' && <Difference key={`${from} ${to}`} {...{ template, from, to }} />}
    </main>
  );
}

const parseRevisions = (body: unknown): RevisionInfo[] => list(object(body)['value']).map(parseRevisionInfo);

type Pair = { readonly from: string; readonly to: string };

function Revisions({ known, from, to }: Pair & { readonly known: readonly RevisionInfo[] }): JSX.Element {
  return (
    <Table caption="Revisions, the newest first" columns={['Revision', 'Since', 'By', 'Compare']}>
      {known.map(({ number, createdAt, by }) => (
        <tr key={number}>
          <th scope="row">{number}</th>
          <td>
            <Time at={createdAt} />
          </td>
          <td>{by || '–'}</td>
          <td class="buttons">
            <Link to={withQuery({ from: String(number), to })} class={from === String(number) ? 'here' : ''}>
              from {number}
            </Link>
            <Link to={withQuery({ from, to: String(number) })} class={to === String(number) ? 'here' : ''}>
              to {number}
            </Link>
          </td>
        </tr>
      ))}
    </Table>
  );
}

function Difference({ template, from, to }: Pair & { readonly template: TemplateId }): JSX.Element {
  const path = (number: string): string => `${templateApi(template)}/revisions/${encodeURIComponent(number)}`;
  const [old, young] = [useAnswer(path(from), parseRevision), useAnswer(path(to), parseRevision)];
  const lines = useMemo(
    () => old.value && young.value && lineDiff(linesOf(old.value), linesOf(young.value)),
    [old.value, young.value],
  );
  return (
    <section aria-labelledby="difference">
      <h2 id="difference">
        From revision {from} to {to}
      </h2>
      <Looked refusal={old.failure ?? young.failure} value={lines}>
        {(seen) => <Lines lines={seen} />}
      </Looked>
    </section>
  );
}

const linesOf = ({ template }: Revision): string[] => JSON.stringify(template, undefined, 2).split('\n');

const SIGNS = { same: ' ', removed: '−', added: '+' } as const;
/** Lines around a change that say where it is. */
const CONTEXT = 3;

/** What changed with some lines around it; what is the same further off is counted. */
function Lines({ lines }: { readonly lines: readonly DiffLine[] }): JSX.Element {
  const changed = lines.flatMap(({ is }, index) => (is === 'same' ? [] : [index]));
  if (changed.length === 0) return <Empty>Nothing is different.</Empty>;
  const near = new Set(
    changed.flatMap((at) => Array.from({ length: 2 * CONTEXT + 1 }, (_, index) => at - CONTEXT + index)),
  );
  const added = lines.filter(({ is }) => is === 'added').length;
  const removed = lines.filter(({ is }) => is === 'removed').length;
  return (
    <>
      <p>
        {added} lines added, {removed} removed.
      </p>
      <pre class="diff" tabIndex={0} aria-label="The difference, line by line">
        {lines.map(({ is, text }, index) =>
          near.has(index) ? (
            <span key={index} class={is}>
              {SIGNS[is]} {text}
              {'\n'}
            </span>
          ) : near.has(index - 1) ? (
            <span key={index} class="quiet">
              {'  …\n'}
            </span>
          ) : null,
        )}
      </pre>
    </>
  );
}

type Answered<T> = { readonly value?: T; readonly failure?: Refusal };

/** Asked for once: what was a revision stays what it was. `parse` has to be a constant. */
function useAnswer<T>(
  path: string,
  parse: (body: unknown) => T,
): { value: T | undefined; failure: Refusal | undefined } {
  const [found, set] = useState<Answered<T>>({});
  useEffect(() => {
    const abort = new AbortController();
    call(path, { signal: abort.signal }).then(
      ({ body }) => set({ value: parse(body) }),
      (error: unknown) => {
        if (error instanceof Refusal) set({ failure: error });
      },
    );
    return () => abort.abort();
  }, [path, parse]);
  return { value: found.value, failure: found.failure };
}
