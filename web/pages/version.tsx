import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { list, object } from '../../cli/api/json.ts';
import type { TemplateId } from '../../cli/api/types.ts';
import { Diff } from '../parts/diff.tsx';
import { Shown } from '../parts/shown.tsx';
import { Vulnerabilities } from '../parts/vulnerabilities.tsx';
import { Empty, ErrorCard, Link, shortId } from '../parts/words.tsx';
import { call, Refusal, runApi } from '../state/api.ts';
import { imagePath, query, runPath, withQuery } from '../state/route.ts';

type VersionPageProps = { readonly template: TemplateId; readonly run: string };

const PARTS = [
  ['inventory', 'Contents', 'what is in the image'],
  ['diff', 'Changes', 'what changed since the image before'],
  ['checks', 'Checks', 'what was checked in the image'],
  ['vulnerabilities', 'Vulnerabilities', 'known vulnerabilities of what is in the image'],
  ['provenance', 'Provenance', 'where the outputs come from'],
  ['sbom', 'SBOM', 'the bill of materials'],
] as const;

/** What is in an image, and what is different from the one before. */
export function VersionPage({ template, run }: VersionPageProps): JSX.Element {
  const chosen = PARTS.find(([name]) => name === query('part')) ?? PARTS[0];
  const isDiff = chosen[0] === 'diff';
  const against = isDiff && query('against') !== '' ? `?against=${encodeURIComponent(query('against'))}` : '';
  useEffect(() => {
    document.title = `Kiln: contents of ${template.name}/${shortId(run)}`;
  }, [template.name, run]);
  return (
    <main id="main">
      <nav aria-label="Above">
        <Link to={imagePath(template)}>{template.name}</Link> <span aria-hidden="true">›</span>{' '}
        <Link to={runPath(template, run)}>run {shortId(run)}</Link> <span aria-hidden="true">›</span> version
      </nav>
      <h1>What is in the image</h1>
      <ul class="tabs">
        {PARTS.map(([name, label]) => (
          <li key={name}>
            <Link to={withQuery({ part: name })} class={name === chosen[0] ? 'here' : ''}>
              {label}
            </Link>
          </li>
        ))}
      </ul>
      {isDiff && (
        <p class="buttons">
          <Link to={withQuery({ against: '' })}>Against the image before</Link>
          <Link to={withQuery({ against: 'source' })}>Against its source</Link>
        </p>
      )}
      <Part
        key={`${chosen[0]}${against}`}
        part={chosen[0]}
        path={`${runApi(template, run)}/${chosen[0]}${against}`}
        what={chosen[2]}
      />
    </main>
  );
}

type Found = { readonly body: unknown } | { readonly refusal: Refusal };

type PartProps = { readonly part: string; readonly path: string; readonly what: string };

/** Not looked at again: what is in an image does not change. */
function Part({ part, path, what }: PartProps): JSX.Element {
  const [found, set] = useState<Found | undefined>(undefined);
  useEffect(() => {
    const abort = new AbortController();
    call(path, { signal: abort.signal }).then(
      ({ body }) => set({ body }),
      (error: unknown) => {
        if (error instanceof Refusal) set({ refusal: error });
      },
    );
    return () => abort.abort();
  }, [path]);
  if (found === undefined) return <Empty>Looking …</Empty>;
  if ('body' in found) return <Answer part={part} value={found.body} />;
  if (found.refusal.status === 404)
    return (
      <Empty>
        Kiln does not know {what} for this run. {found.refusal.failure.message}
      </Empty>
    );
  return <ErrorCard failure={found.refusal.failure} title="It was refused" />;
}

function Answer({ part, value }: { readonly part: string; readonly value: unknown }): JSX.Element {
  const body = object(value);
  return (
    <>
      {body['simulated'] === true && (
        <p class="card warn-edge">
          A simulated machine has made this image: what it says is in it is made up.
        </p>
      )}
      <Layout part={part} value={value} />
      <details>
        <summary>As JSON</summary>
        <pre tabIndex={0}>{JSON.stringify(value, undefined, 2).slice(0, MOST_JSON)}</pre>
      </details>
    </>
  );
}

function Layout({ part, value }: { readonly part: string; readonly value: unknown }): JSX.Element {
  if (part === 'diff') return <Diff body={object(value)} />;
  if (part === 'vulnerabilities') return <Vulnerabilities body={object(value)} />;
  return part === 'sbom' ? <Save value={value} /> : <Shown value={object(value)} />;
}

/** Characters of JSON that are shown: `kiln` has the rest. */
const MOST_JSON = 200_000;

/** A bill of materials is for other programs. */
function Save({ value }: { readonly value: unknown }): JSX.Element {
  const save = (): void => {
    const file = URL.createObjectURL(
      new Blob([JSON.stringify(value, undefined, 2)], { type: 'application/json' }),
    );
    const link = document.createElement('a');
    link.href = file;
    link.download = 'sbom.cdx.json';
    link.click();
    URL.revokeObjectURL(file);
  };
  return (
    <p>
      CycloneDX 1.6, with {list(object(value)['components']).length.toLocaleString()} components.{' '}
      <button type="button" onClick={save}>
        Save it
      </button>
    </p>
  );
}
