import type { JSX } from 'preact';
import { useEffect, useMemo } from 'preact/hooks';
import type { TemplateId } from '../../cli/api/types.ts';
import { runAct } from '../parts/acts.ts';
import { ActButton } from '../parts/confirm.tsx';
import { Family } from '../parts/family.tsx';
import { Table } from '../parts/table.tsx';
import { StepGrid } from '../parts/step-grid.tsx';
import { Looked } from '../parts/looked.tsx';
import { bytes, Empty, ErrorCard, lasted, Link, shortId, State, Time } from '../parts/words.tsx';
import { templateApi } from '../state/api.ts';
import type { Contents, RunWithSpans, TemplateView } from '../state/model.ts';
import { parseTemplateView } from '../state/parse.ts';
import { usePoll } from '../state/poll.ts';
import { imagePath, query, runPath, withQuery } from '../state/route.ts';
import { versionsOf } from '../state/versions.ts';

/** What a template has made, where it breaks or slows down, and what starts it. */
export function ImagePage({ template }: { readonly template: TemplateId }): JSX.Element {
  const page = query('page');
  const more = page === '' ? '' : `?$skipToken=${encodeURIComponent(page)}`;
  const poll = usePoll(`${templateApi(template)}/view${more}`, parseTemplateView);
  const view = poll.value.value;
  useEffect(() => {
    document.title = `Kiln: ${template.name}`;
  }, [template.name]);
  return (
    <main id="main">
      <h1>{template.name}</h1>
      <Looked refusal={poll.failure.value} value={view}>
        {(seen) => <Body template={template} view={seen} refresh={poll.now} />}
      </Looked>
    </main>
  );
}

type BodyProps = { readonly template: TemplateId; readonly view: TemplateView; readonly refresh: () => void };

function Body({ template, view, refresh }: BodyProps): JSX.Element {
  const act = runAct(view, refresh);
  return (
    <>
      <p>
        {template.resourceGroup} · {view.location} · revision {view.revision} ·{' '}
        <State of={view.provisioningState} />
      </p>
      {view.provisioningError !== undefined && (
        <ErrorCard failure={view.provisioningError} title="The template was not accepted" />
      )}
      <p class="buttons">
        {act !== undefined && <ActButton act={act} />}
        <Link to={`${imagePath(template)}/regions`}>Regions</Link>
        <Link to={`${imagePath(template)}/trends`}>Trends</Link>
        <Link to={`${imagePath(template)}/revisions`}>Revisions</Link>
      </p>
      <Versions {...{ template, view }} />
      <section aria-labelledby="grid">
        <h2 id="grid">Runs by steps</h2>
        {view.runs.length === 0 ? (
          <Empty>It never ran.</Empty>
        ) : (
          <StepGrid template={template} runs={view.runs} />
        )}
        <More nextLink={view.nextLink} />
      </section>
      <Family of={template} family={view.family} />
      <Starts view={view} />
      <details>
        <summary>The template, as the service keeps it</summary>
        <pre tabIndex={0}>{JSON.stringify(view.template, undefined, 2)}</pre>
      </details>
    </>
  );
}

function More({ nextLink }: { readonly nextLink: string | undefined }): JSX.Element {
  const token = nextLink === undefined ? null : new URL(nextLink).searchParams.get('$skipToken');
  return (
    <p class="buttons">
      {query('page') !== '' && <Link to={withQuery({ page: '' })}>The newest runs</Link>}
      {token !== null && <Link to={withQuery({ page: token })}>Older runs</Link>}
    </p>
  );
}

const VERSION_COLUMNS = [
  ...['Run', 'State', 'Version'],
  { label: 'Regions', class: 'number' },
  { label: 'Took', class: 'number' },
  { label: 'Disk', class: 'number wide' },
  { label: 'Packages', class: 'number wide' },
  { label: 'Began', class: 'wide' },
  { label: 'Because of', class: 'wide' },
];

function Versions({ template, view }: Omit<BodyProps, 'refresh'>): JSX.Element | null {
  const { versions } = useMemo(() => versionsOf(view.runs), [view]);
  if (view.runs.length === 0) return null;
  return (
    <section aria-labelledby="versions">
      <h2 id="versions">Versions and runs</h2>
      <Table caption="Runs and the versions that they have made, the newest first" columns={VERSION_COLUMNS}>
        {view.runs.map((run) => (
          <VersionRow
            key={run.id}
            {...{ template, run }}
            versions={versions.filter((one) => one.run === run.id)}
          />
        ))}
      </Table>
    </section>
  );
}

type VersionRowProps = {
  readonly template: TemplateId;
  readonly run: RunWithSpans;
  readonly versions: ReturnType<typeof versionsOf>['versions'];
};

function VersionRow({ template, run, versions }: VersionRowProps): JSX.Element {
  const results = versions.flatMap(({ regions }) => [...regions.values()]);
  const { contents } = run;
  const there = results.filter(({ state }) => state === 'Completed').length;
  return (
    <tr>
      <th scope="row">
        <Link to={runPath(template, run.id)}>{shortId(run.id)}</Link>
      </th>
      <td>
        <State of={run.state} />
      </td>
      <td>
        {versions.length === 0
          ? '–'
          : versions.map(({ key, version }) => (
              <Link key={key} to={`${runPath(template, run.id)}/version`}>
                {version}
              </Link>
            ))}
      </td>
      <td class="number">{results.length === 0 ? '–' : `${there}/${results.length}`}</td>
      <td class="number">{lasted(run.startTime, run.endTime)}</td>
      <td class="number wide">{contents === undefined ? '–' : bytes(contents.usedBytes)}</td>
      <td class="number wide">{contents === undefined ? '–' : packagesOf(contents)}</td>
      <td class="wide">
        <Time at={run.startTime} />
      </td>
      <td class="wide">{run.reason ?? '–'}</td>
    </tr>
  );
}

/** `412 (+3 −1 ~12)`: how many there are, and what has changed since the image before. */
function packagesOf({ packages, changes }: Contents): string {
  if (changes === undefined) return packages.toLocaleString();
  const { added, removed, changed } = changes;
  return `${packages.toLocaleString()} (+${added} −${removed} ~${changed})`;
}

/** What starts runs by itself, and what it has decided lately. */
function Starts({ view }: { readonly view: TemplateView }): JSX.Element {
  const { triggers, decisions, requests, refreshDisabled } = view;
  return (
    <section aria-labelledby="starts">
      <h2 id="starts">What starts it</h2>
      {refreshDisabled !== undefined && (
        <p class="card warn-edge">
          <State of="Stopped" short /> It is not refreshed any more: {refreshDisabled}
        </p>
      )}
      {triggers.length + decisions.length + requests.length === 0 && (
        <Empty>Nobody but who asks for a run.</Empty>
      )}
      <ul class="plain">
        {triggers.map(({ name, kind, message }) => (
          <li key={name}>
            Trigger <strong>{name}</strong> ({kind}) {message}
          </li>
        ))}
        {requests.map(({ id, reason, position, acceptedAt }) => (
          <li key={id}>
            <State of="Queued" short /> Request {position !== undefined && `${position} in line`} since{' '}
            <Time at={acceptedAt} />: {reason}
          </li>
        ))}
        {decisions.toReversed().map(({ at, text }) => (
          <li key={`${at}${text}`}>
            <Time at={at} /> {text}
          </li>
        ))}
      </ul>
    </section>
  );
}
