import type { JSX } from 'preact';
import type { RunOutput, TemplateId } from '../../cli/api/types.ts';
import { isLive, type RunView } from '../state/model.ts';
import { imagePath } from '../state/route.ts';
import { duration, Empty, ErrorCard, Link, State } from './words.tsx';

type OutputsProps = { readonly template: TemplateId; readonly view: RunView };

/** Where the image is, region by region; while it is on its way, how far. */
export function Outputs({ template, view }: OutputsProps): JSX.Element {
  const { run, publications } = view;
  const open = publications.filter(({ output }) => !run.outputs.some(({ name }) => name === output));
  return (
    <section aria-labelledby="outputs">
      <h2 id="outputs">Outputs</h2>
      {run.outputs.length + open.length === 0 && (
        <Empty>{isLive(run) ? 'There are none yet.' : 'It has made none.'}</Empty>
      )}
      {open.map(({ output, version, regions }) => (
        <div key={output} class="card">
          <h3>
            <State of="Running" /> {output} <span class="quiet">version {version}</span>
          </h3>
          <ul class="chips">
            {regions.map(({ region, state, progress }) => (
              <li key={region}>
                <State of={state} short /> {region} {progress !== undefined && `${progress} %`}
              </li>
            ))}
          </ul>
        </div>
      ))}
      {run.outputs.map((output) => (
        <Output key={output.name} output={output} />
      ))}
      <p>
        <Link to={`${imagePath(template)}/regions`}>Regions and versions of {template.name}</Link>
      </p>
    </section>
  );
}

function Output({ output }: { readonly output: RunOutput }): JSX.Element {
  const { name, type, state, artifactId, artifactUri, regions, error } = output;
  return (
    <div class="card">
      <h3>
        <State of={state} /> {name} <span class="quiet">{type}</span>
      </h3>
      {(artifactId ?? artifactUri) !== undefined && (
        <p>
          <code class="id">{artifactId ?? artifactUri}</code>
        </p>
      )}
      {regions.length > 0 && (
        <ul class="chips">
          {regions.map((one) => (
            <li key={one.region}>
              <State of={one.state} short /> {one.region} <span class="quiet">{duration(one.seconds)}</span>
              {one.bootSeconds !== undefined && (
                <span class="quiet"> boots in {duration(one.bootSeconds)}</span>
              )}
              {one.error !== undefined && ` ${one.error.code}: ${one.error.message}`}
            </li>
          ))}
        </ul>
      )}
      {error !== undefined && <ErrorCard failure={error} title={`${name} failed`} />}
    </div>
  );
}
