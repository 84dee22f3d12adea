import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import type { LogInfo, TemplateId } from '../../cli/api/types.ts';
import { cancelAct, gateActs, isKept, keptActs, retryAct } from '../parts/acts.ts';
import { ActButton } from '../parts/confirm.tsx';
import { distributeAct } from '../parts/distribute.ts';
import { Gantt } from '../parts/gantt.tsx';
import { LogPane } from '../parts/log-pane.tsx';
import { Outputs } from '../parts/outputs.tsx';
import { Looked } from '../parts/looked.tsx';
import { announce, Empty, ErrorCard, lasted, Link, shortId, State, Time } from '../parts/words.tsx';
import { runApi } from '../state/api.ts';
import { isLive, type RunView, type Span } from '../state/model.ts';
import { parseRunView } from '../state/parse.ts';
import { usePoll } from '../state/poll.ts';
import { imagePath, query, runPath, withQuery } from '../state/route.ts';
import { useClock } from './now.tsx';

type RunPageProps = { readonly template: TemplateId; readonly run: string };

/** Why a run took as long as it did, or why it failed. */
export function RunPage({ template, run }: RunPageProps): JSX.Element {
  const poll = usePoll(`${runApi(template, run)}/view`, parseRunView);
  const view = poll.value.value;
  useEffect(() => {
    document.title = `Kiln: ${template.name}/${shortId(run)}`;
  }, [template.name, run]);
  return (
    <main id="main">
      <nav aria-label="Above">
        <Link to={imagePath(template)}>{template.name}</Link> <span aria-hidden="true">›</span> run
      </nav>
      <h1>
        {template.name} <span class="quiet">{shortId(run)}</span>
      </h1>
      <Looked refusal={poll.failure.value} value={view}>
        {(seen) => <Body template={template} view={seen} refresh={poll.now} />}
      </Looked>
    </main>
  );
}

type BodyProps = { readonly template: TemplateId; readonly view: RunView; readonly refresh: () => void };

function Body({ template, view, refresh }: BodyProps): JSX.Element {
  const { run, spans, usual } = view;
  const ticking = useClock();
  const now = isLive(run) ? ticking : Date.parse(run.endTime ?? run.startTime);
  useEffect(() => announce(`Run of ${template.name}: ${run.state}`), [template.name, run.state]);
  return (
    <>
      <Facts view={view} now={now} />
      <Acts {...{ view, refresh }} />
      {run.error !== undefined && (
        <>
          <ErrorCard failure={run.error} title="The run failed" />
          <LastLines {...{ template, view }} />
        </>
      )}
      <section aria-labelledby="time">
        <h2 id="time">Where the time went</h2>
        {spans.length === 0 ? (
          <Empty>Nothing has begun yet.</Empty>
        ) : (
          <div class="scroll">
            <Gantt {...{ spans, usual, now }} logLink={(log) => withQuery({ log, find: '' })} />
          </div>
        )}
      </section>
      <Outputs {...{ template, view }} />
      <Logs {...{ template, view }} />
      <Notes view={view} />
    </>
  );
}

function Facts({ view, now }: { readonly view: RunView; readonly now: number }): JSX.Element {
  const { run } = view;
  const facts: readonly (readonly [string, JSX.Element | string | undefined])[] = [
    ['State', <State key="state" of={run.subState === 'Queued' ? 'Queued' : run.state} />],
    ['Place in line', run.position === undefined ? undefined : String(run.position)],
    ['Began', <Time key="began" at={run.startTime} />],
    ['Took', lasted(run.startTime, run.endTime ?? now)],
    ['Asked for by', run.by],
    ['Because of', run.reason],
    ['Source', run.source],
    ['Machine', [run.vmSize, run.agent].filter(Boolean).join(', ') || undefined],
    ['Clean-up', run.cleanup],
    ['What it kept stays until', isKept(run) ? <Time key="kept" at={run.keptUntil} /> : undefined],
    ['Not carried out', run.notCarriedOut.length === 0 ? undefined : run.notCarriedOut.join(' ')],
  ];
  return (
    <dl class="facts">
      {facts.map(
        ([name, value]) =>
          value !== undefined && (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ),
      )}
    </dl>
  );
}

function Acts({ view, refresh }: Omit<BodyProps, 'template'>): JSX.Element {
  const { run, template, gates } = view;
  const acts = [
    ...gates.flatMap((gate) => gateActs(template, run.id, gate, refresh)),
    cancelAct(template, run, refresh),
    retryAct(template, run, refresh),
    distributeAct(template, run, refresh),
    ...keptActs(template, run, refresh),
  ].filter((act) => act !== undefined);
  return (
    <>
      {gates.map(({ output, ring, since }) => (
        <p key={`${output}${ring}`} class="card warn-edge">
          <State of="waiting" /> {output} is in ring {ring} and waits for an approval since{' '}
          <Time at={since} />.
        </p>
      ))}
      <p class="buttons">
        {acts.map((act) => (
          <ActButton key={act.label} act={act} />
        ))}
        <Link to={`${runPath(template, run.id)}/version`}>What is in the image</Link>
      </p>
    </>
  );
}

const failedSpan = ({ spans }: RunView): Span | undefined =>
  spans.find(({ state, log }) => state === 'failed' && log !== undefined);

/** The end of the log of what failed, with the way to all of it. */
function LastLines({ template, view }: Omit<BodyProps, 'refresh'>): JSX.Element | null {
  const span = failedSpan(view);
  if (span?.log === undefined || query('log') !== '') return null;
  const step = span.step ?? span.phase;
  return (
    <p>
      The log of <strong>{step}</strong> is below.{' '}
      <Link to={`${runPath(template, view.run.id)}?log=${encodeURIComponent(span.log)}`}>Link to it</Link>
    </p>
  );
}

/** Logs of one step: what it wrote before what it wrote as errors. */
function namesOf(logs: readonly LogInfo[], wanted: string): string[] {
  const names = logs
    .map(({ name }) => name)
    .filter((name) => name === wanted || name.startsWith(`${wanted}.`));
  return names.toSorted((one, other) => Number(other.endsWith('.out')) - Number(one.endsWith('.out')));
}

function Logs({ template, view }: Omit<BodyProps, 'refresh'>): JSX.Element {
  const { logs, run, spans } = view;
  const wanted =
    query('log') || (failedSpan(view)?.log ?? spans.findLast(({ log }) => log !== undefined)?.log ?? '');
  const [shown = logs[0]?.name] = namesOf(
    logs.filter(({ bytes }) => bytes > 0),
    wanted,
  );
  return (
    <section aria-labelledby="logs">
      <h2 id="logs">Logs</h2>
      {logs.length === 0 && <Empty>No step has written anything.</Empty>}
      <ul class="tabs">
        {logs
          .filter(({ bytes, name }) => bytes > 0 || name === shown)
          .map(({ name, bytes }) => (
            <li key={name}>
              <Link to={withQuery({ log: name })} class={name === shown ? 'here' : ''}>
                {name} <span class="quiet">{bytes.toLocaleString()} B</span>
              </Link>
            </li>
          ))}
      </ul>
      {shown !== undefined && (
        <LogPane
          key={shown}
          name={shown}
          path={`${runApi(template, run.id)}/logs/${encodeURIComponent(shown)}`}
          length={logs.find(({ name }) => name === shown)?.bytes ?? 0}
        />
      )}
    </section>
  );
}

function Notes({ view }: { readonly view: RunView }): JSX.Element | null {
  if (view.notes.length === 0) return null;
  return (
    <section aria-labelledby="notes">
      <h2 id="notes">Notes</h2>
      <ul class="plain">
        {view.notes.map(({ at, text }) => (
          <li key={`${at}${text}`}>
            <Time at={at} /> {text}
          </li>
        ))}
      </ul>
    </section>
  );
}
