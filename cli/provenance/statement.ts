import { list, object, text } from '../api/json.ts';
import { notProved } from './envelope.ts';

/** What is read of a statement of Kiln: docs/provenance.md. */
export type Statement = {
  readonly output: string;
  /** Id or URL of what it is about. */
  readonly uri: string;
  readonly kind: string;
  readonly says: string;
  readonly digest: Readonly<Record<string, string>>;
  readonly template: string;
  readonly revision: string;
  readonly run: string;
  readonly source: string;
  readonly requestedBy: string;
  readonly finishedOn: string;
  readonly builder: string;
};

const STATEMENT = 'https://in-toto.io/Statement/v1';
const PROVENANCE = 'https://slsa.dev/provenance/v1';
const BUILD = 'urn:kiln:image-build:1';

/** Throws for a statement of another kind: signed or not, it does not say where an image comes from. */
export function parseStatement(value: unknown): Statement {
  const statement = object(value);
  const predicate = object(statement['predicate']);
  const definition = object(predicate['buildDefinition']);
  const details = object(predicate['runDetails']);
  const types = [statement['_type'], statement['predicateType'], definition['buildType']];
  if (types[0] !== STATEMENT || types[1] !== PROVENANCE || types[2] !== BUILD)
    throw notProved(`The statement is no provenance of an image that Kiln has built: ${types.join(', ')}.`);
  const external = object(definition['externalParameters']);
  const [subject] = list(statement['subject']).map(object);
  const claim = object(predicate['kiln_subject']);
  const who = object(object(definition['internalParameters'])['requestedBy']);
  const metadata = object(details['metadata']);
  return {
    output: text(object(external['output'])['name']) ?? '',
    uri: text(subject?.['uri']) ?? '',
    kind: text(claim['kind']) ?? '',
    says: text(claim['says']) ?? '',
    digest: digestOf(subject?.['digest']),
    template: text(external['template']) ?? '',
    revision: String(external['revision']),
    run: text(metadata['invocationId']) ?? '',
    source: sourceOf(definition['resolvedDependencies']),
    requestedBy: [who['kind'], who['id']].map((part) => text(part) ?? 'unknown').join(' '),
    finishedOn: text(metadata['finishedOn']) ?? '',
    builder: text(object(details['builder'])['id']) ?? '',
  };
}

function digestOf(value: unknown): Record<string, string> {
  return Object.fromEntries(
    Object.entries(object(value)).flatMap(([name, digest]) =>
      typeof digest === 'string' ? [[name, digest] as const] : [],
    ),
  );
}

function sourceOf(value: unknown): string {
  const source = list(value)
    .map(object)
    .find(({ name }) => name === 'source');
  return text(source?.['uri']) ?? 'unknown';
}
