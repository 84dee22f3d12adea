import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import { Findings } from '../parts/findings.tsx';
import { Table } from '../parts/table.tsx';
import { Looked } from '../parts/looked.tsx';
import { Empty, Link, State, Time } from '../parts/words.tsx';
import { doctorApiPath, overviewPath } from '../state/api.ts';
import type { Doctor, Overview, Quota } from '../state/model.ts';
import { parseDoctor, parseOverview } from '../state/parse.ts';
import { usePoll } from '../state/poll.ts';
import { imagePath } from '../state/route.ts';

/** Whether the deployment is well, and what to do where it is not. */
export function DoctorPage(): JSX.Element {
  const doctor = usePoll(doctorApiPath, parseDoctor);
  const overview = usePoll(overviewPath, parseOverview);
  useEffect(() => {
    document.title = 'Kiln: doctor';
  }, []);
  const [found, seen] = [doctor.value.value, overview.value.value];
  return (
    <main id="main">
      <h1>Doctor</h1>
      <Looked
        refusal={doctor.failure.value ?? overview.failure.value}
        value={found && seen && { found, seen }}
      >
        {(both) => <Body doctor={both.found} overview={both.seen} />}
      </Looked>
    </main>
  );
}

function Quotas({ quotas }: { readonly quotas: readonly Quota[] }): JSX.Element | null {
  const known = quotas.filter(({ message }) => message === undefined);
  if (known.length === 0) return null;
  const numbers = ['In use', 'Of'].map((label) => ({ label, class: 'number' }));
  return (
    <>
      <h2>Quota</h2>
      <Table
        caption="What is in use where templates build, the fullest first"
        columns={['What', 'Region', ...numbers]}
      >
        {known.map(({ location, name, used, limit }) => (
          <tr key={`${location} ${name}`}>
            <th scope="row">{name}</th>
            <td>{location}</td>
            <td class="number">{used}</td>
            <td class="number">{limit}</td>
          </tr>
        ))}
      </Table>
    </>
  );
}

function Body({ doctor, overview }: { readonly doctor: Doctor; readonly overview: Overview }): JSX.Element {
  const { versions, findings, quotas } = doctor;
  return (
    <>
      <p>
        Kiln {versions.kiln}, api-version {versions.apiVersion}, Node {versions.node}; up since{' '}
        <Time at={versions.startedAt} />
      </p>
      <Findings of={findings} />
      <Quotas quotas={quotas} />
      <Templates overview={overview} />
    </>
  );
}

function Templates({ overview }: { readonly overview: Overview }): JSX.Element {
  const off = overview.templates.filter(({ refreshDisabled }) => refreshDisabled !== undefined);
  const broken = overview.templates.filter(({ provisioningState }) => provisioningState === 'Failed');
  return (
    <>
      <h2>Templates that need somebody</h2>
      {off.length + broken.length === 0 && <Empty>None.</Empty>}
      <ul class="plain">
        {broken.map((seen) => (
          <li key={seen.id}>
            <State of="Failed" short /> <Link to={imagePath(seen)}>{seen.name}</Link> was not accepted:{' '}
            {seen.provisioningError?.message}
          </li>
        ))}
        {off.map((seen) => (
          <li key={`${seen.id}/refresh`}>
            <State of="Stopped" short /> <Link to={imagePath(seen)}>{seen.name}</Link> is not refreshed any
            more: {seen.refreshDisabled}
          </li>
        ))}
      </ul>
    </>
  );
}
