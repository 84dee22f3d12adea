import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { cancelAct, gateActs, isKept, keptActs, runAct } from '../parts/acts.ts';
import { ActButton } from '../parts/confirm.tsx';
import { Table } from '../parts/table.tsx';
import { PhaseBar } from '../parts/phase-bar.tsx';
import { Looked } from '../parts/looked.tsx';
import { announce, Empty, lasted, Link, shortId, State, Time } from '../parts/words.tsx';
import { overviewPath } from '../state/api.ts';
import { isLive, type Overview, type RunMore, type Seen } from '../state/model.ts';
import { parseOverview } from '../state/parse.ts';
import { usePoll } from '../state/poll.ts';
import { imagePath, runPath } from '../state/route.ts';

/** What runs, waits, has failed since yesterday, and what needs somebody. */
export function NowPage(): JSX.Element {
  const poll = usePoll(overviewPath, parseOverview);
  const overview = poll.value.value;
  useEffect(() => {
    document.title = 'Kiln: now';
  }, []);
  return (
    <main id="main">
      <h1>Now</h1>
      <Looked refusal={poll.failure.value} value={overview}>
        {(seen) => <Body overview={seen} refresh={poll.now} />}
      </Looked>
    </main>
  );
}

const YESTERDAY = 24 * 3600_000;

type BodyProps = { readonly overview: Overview; readonly refresh: () => void };

function Body({ overview, refresh }: BodyProps): JSX.Element {
  const { templates, drain } = overview;
  const running = templates.filter(({ run }) => run !== undefined && isLive(run));
  const over = templates.filter(({ run }) => run !== undefined && !isLive(run));
  const failed = over.filter(({ run }) => Date.now() - Date.parse(run?.endTime ?? '') < YESTERDAY);
  const kept = over.filter(({ run }) => run !== undefined && isKept(run));
  const gated = templates.filter(({ gates }) => gates.length > 0);
  useEffect(() => {
    announce(
      `${running.length} running, ${gated.length} waiting for an approval, ${failed.length} failed since yesterday`,
    );
  }, [running.length, gated.length, failed.length]);
  return (
    <>
      {drain !== undefined && (
        <p class="card warn-edge">
          <State of="waiting" /> No new work begins since <Time at={drain.since} />:{' '}
          {drain.reason || 'no reason was given'}.
        </p>
      )}
      {gated.length > 0 && <Approvals rows={gated} refresh={refresh} />}
      <section aria-labelledby="running">
        <h2 id="running">Running</h2>
        {running.length === 0 ? <Empty>Nothing runs.</Empty> : <Running rows={running} refresh={refresh} />}
      </section>
      {failed.length > 0 && <Failed rows={failed} />}
      {kept.length > 0 && <Kept rows={kept} refresh={refresh} />}
      <Images rows={templates} refresh={refresh} />
      <p class="quiet">
        Kiln {overview.version} · you are {overview.caller.role} ({overview.caller.id})
      </p>
    </>
  );
}

type RowsProps = { readonly rows: readonly Seen[]; readonly refresh: () => void };

function Approvals({ rows, refresh }: RowsProps): JSX.Element {
  return (
    <section class="card warn-edge" aria-labelledby="approvals">
      <h2 id="approvals">
        <span aria-hidden="true">‖</span> Waits for an approval
      </h2>
      <ul>
        {rows.flatMap((seen) =>
          seen.gates.map((gate) => (
            <li key={`${seen.id}${gate.output}${gate.ring}`}>
              <Link to={runPath(seen, seen.run?.id ?? '')}>{seen.name}</Link>: {gate.output} is in ring{' '}
              {gate.ring} since <Time at={gate.since} />{' '}
              {gateActs(seen, seen.run?.id ?? '', gate, refresh).map((act) => (
                <ActButton key={act.label} act={act} />
              ))}
            </li>
          )),
        )}
      </ul>
    </section>
  );
}

const RUNNING_COLUMNS = [
  ...['Image', 'State'],
  { label: 'For', class: 'number' },
  { label: 'Phases', class: 'bars' },
  'Acts',
];

function Running({ rows, refresh }: RowsProps): JSX.Element {
  const now = useClock();
  return (
    <Table caption="Runs under way" columns={RUNNING_COLUMNS}>
      {rows.map(
        (seen) => seen.run && <RunningRow key={seen.id} {...{ seen, now, refresh }} run={seen.run} />,
      )}
    </Table>
  );
}

type RunningRowProps = {
  readonly seen: Seen;
  readonly run: RunMore;
  readonly now: number;
  readonly refresh: () => void;
};

function RunningRow({ seen, run, now, refresh }: RunningRowProps): JSX.Element {
  const act = cancelAct(seen, run, refresh);
  return (
    <tr>
      <th scope="row">
        <Link to={runPath(seen, run.id)}>{seen.name}</Link> <span class="quiet">{shortId(run.id)}</span>
      </th>
      <td>
        <State of={run.position === undefined ? run.state : 'Queued'} />
        {run.position !== undefined && ` ${run.position} in line`}
      </td>
      <td class="number">{lasted(run.startTime, now)}</td>
      <td class="bars">
        <PhaseBar spans={seen.spans} />
      </td>
      <td>{act && <ActButton act={act} />}</td>
    </tr>
  );
}

/** Milliseconds since 1970, each second: how long something goes on. */
export function useClock(): number {
  const [now, tick] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => tick(Date.now()), 1000);
    return () => clearInterval(timer);
  }, []);
  return now;
}

function Failed({ rows }: { readonly rows: readonly Seen[] }): JSX.Element {
  return (
    <section aria-labelledby="failed">
      <h2 id="failed">Failed since yesterday</h2>
      <ul class="plain">
        {rows.map(
          ({ run, ...seen }) =>
            run && (
              <li key={seen.id}>
                <State of={run.state} short /> <Link to={runPath(seen, run.id)}>{seen.name}</Link>{' '}
                <code>{run.error?.code ?? run.state}</code> {run.error?.message ?? run.message}
              </li>
            ),
        )}
      </ul>
    </section>
  );
}

function Kept({ rows, refresh }: RowsProps): JSX.Element {
  return (
    <section aria-labelledby="kept">
      <h2 id="kept">Kept after a failure</h2>
      <ul class="plain">
        {rows.map(
          ({ run, ...seen }) =>
            run && (
              <li key={seen.id}>
                <State of="waiting" short /> <Link to={runPath(seen, run.id)}>{seen.name}</Link>: what is in{' '}
                <code>{run.stagingGroup}</code> stays until <Time at={run.keptUntil} />{' '}
                {keptActs(seen, run, refresh).map((act) => (
                  <ActButton key={act.label} act={act} />
                ))}
              </li>
            ),
        )}
      </ul>
    </section>
  );
}

const IMAGE_COLUMNS = ['Image', 'Group', 'Last run', { label: 'When', class: 'wide' }, 'Acts'];

function Images({ rows, refresh }: RowsProps): JSX.Element {
  return (
    <section aria-labelledby="images">
      <h2 id="images">Images</h2>
      {rows.length === 0 ? (
        <Empty>There is no template that you may read. `kiln build` submits one.</Empty>
      ) : (
        <Table caption="Templates and their last runs" columns={IMAGE_COLUMNS}>
          {rows.map((seen) => (
            <ImageRow key={seen.id} seen={seen} refresh={refresh} />
          ))}
        </Table>
      )}
    </section>
  );
}

function ImageRow({ seen, refresh }: { readonly seen: Seen; readonly refresh: () => void }): JSX.Element {
  const { newestRun } = seen;
  const act = runAct(seen, refresh);
  return (
    <tr>
      <th scope="row">
        <Link to={imagePath(seen)}>{seen.name}</Link>
        {seen.refreshDisabled !== undefined && (
          <span class="quiet"> refresh is off: {seen.refreshDisabled}</span>
        )}
      </th>
      <td>{seen.resourceGroup}</td>
      <td>
        {newestRun === undefined ? (
          seen.provisioningState === 'Succeeded' ? (
            'never ran'
          ) : (
            <State of={seen.provisioningState} />
          )
        ) : (
          <Link to={runPath(seen, newestRun.id)}>
            <State of={newestRun.state} />
          </Link>
        )}
      </td>
      <td class="wide">{newestRun && <Time at={newestRun.endTime ?? newestRun.startTime} />}</td>
      <td>{act && <ActButton act={act} />}</td>
    </tr>
  );
}
