import type { JSX } from 'preact';
import { useEffect, useMemo } from 'preact/hooks';
import type { TemplateId } from '../../cli/api/types.ts';
import { retryAct } from '../parts/acts.ts';
import { ActButton } from '../parts/confirm.tsx';
import { moveInTable } from '../parts/roving.ts';
import { Looked } from '../parts/looked.tsx';
import { duration, Empty, Link, lookOf, Time } from '../parts/words.tsx';
import { templateApi } from '../state/api.ts';
import type { TemplateView } from '../state/model.ts';
import { parseTemplateView } from '../state/parse.ts';
import { usePoll } from '../state/poll.ts';
import { imagePath, runPath } from '../state/route.ts';
import { type Version, versionsOf } from '../state/versions.ts';

/** Which region lacks which version. */
export function RegionsPage({ template }: { readonly template: TemplateId }): JSX.Element {
  const poll = usePoll(`${templateApi(template)}/view`, parseTemplateView);
  const view = poll.value.value;
  useEffect(() => {
    document.title = `Kiln: regions of ${template.name}`;
  }, [template.name]);
  return (
    <main id="main">
      <nav aria-label="Above">
        <Link to={imagePath(template)}>{template.name}</Link> <span aria-hidden="true">›</span> regions
      </nav>
      <h1>Regions of {template.name}</h1>
      <Looked refusal={poll.failure.value} value={view}>
        {(seen) => <Body template={template} view={seen} refresh={poll.now} />}
      </Looked>
    </main>
  );
}

type BodyProps = { readonly template: TemplateId; readonly view: TemplateView; readonly refresh: () => void };

function Body({ template, view, refresh }: BodyProps): JSX.Element {
  const { versions, regions } = useMemo(() => versionsOf(view.runs), [view]);
  const retries = view.runs.flatMap((run) => {
    const act = retryAct(view, run, refresh);
    return act === undefined ? [] : [{ run: run.id, act }];
  });
  if (versions.length === 0)
    return <Empty>The last {view.runs.length} runs have made no gallery version.</Empty>;
  return (
    <>
      <p class="quiet">Arrow keys move between cells.</p>
      <Matrix {...{ template, versions, regions }} />
      {retries.map(({ run, act }) => (
        <p key={run}>
          {act.what} <ActButton act={act} />
        </p>
      ))}
      <Newest version={versions[0]} regions={regions} />
    </>
  );
}

type MatrixProps = {
  readonly template: TemplateId;
  readonly versions: readonly Version[];
  readonly regions: readonly string[];
};

function Matrix({ template, versions, regions }: MatrixProps): JSX.Element {
  return (
    <div class="scroll">
      <table class="matrix" onKeyDown={moveInTable}>
        <caption class="unseen">Regions by versions, the newest version first</caption>
        <thead>
          <tr>
            <th scope="col">Region</th>
            {versions.map((version) => (
              <th scope="col" key={version.key}>
                <Link to={runPath(template, version.run)}>{version.version}</Link>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {regions.map((region, row) => (
            <tr key={region}>
              <th scope="row">{region}</th>
              {versions.map((version, column) => (
                <Cell key={version.key} {...{ version, region }} isFirst={row + column === 0} />
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

type CellProps = { readonly version: Version; readonly region: string; readonly isFirst: boolean };

function Cell({ version, region, isFirst }: CellProps): JSX.Element {
  const result = version.regions.get(region);
  const [glyph, kind] = result === undefined ? ['–', 'mute'] : lookOf(result.state);
  const words = result === undefined ? 'not asked for' : result.state;
  const boot = result?.bootSeconds === undefined ? '' : `, boots in ${duration(result.bootSeconds)}`;
  const detail = `${words}${boot}${result?.error === undefined ? '' : `: ${result.error.message}`}`;
  return (
    <td tabIndex={isFirst ? 0 : -1} title={detail}>
      <span class={`state ${kind}`}>
        <span aria-hidden="true">{glyph}</span>
        <span class="unseen">{detail}</span>
      </span>{' '}
      {result !== undefined && <span class="quiet">{duration(result.seconds)}</span>}
    </td>
  );
}

function Newest({
  version,
  regions,
}: {
  readonly version: Version | undefined;
  readonly regions: readonly string[];
}): JSX.Element | null {
  if (version === undefined) return null;
  const missing = regions.filter((region) => version.regions.get(region)?.state !== 'Completed');
  return (
    <p>
      The newest version is <strong>{version.version}</strong> of <Time at={version.at} />:{' '}
      {missing.length === 0
        ? 'every region has it.'
        : `${missing.join(', ')} ${missing.length === 1 ? 'lacks' : 'lack'} it.`}
    </p>
  );
}
