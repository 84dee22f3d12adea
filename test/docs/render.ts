import { ERRORS } from '../../shared/errors/codes.ts';
import { type SchemaNode, tagOf } from '../../shared/template/schema/node.ts';
import { API_VERSIONS, NEWEST } from '../../shared/template/versions/all.ts';

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ');

/** docs/errors.md */
export function renderErrors(): string {
  const rows = Object.entries(ERRORS)
    .sort(([a], [b]) => a.localeCompare(b))
    .map(
      ([code, { status, retryable, cause, remedy }]) =>
        `| \`${code}\` | ${status} | ${retryable ? 'yes' : 'no'} | ${cell(cause)} | ${cell(remedy)} |`,
    );
  return [
    '# Errors',
    '',
    'Every code that the API, a run or a template can show. Generated from `shared/errors/codes.ts`; do not edit.',
    '',
    'An error answers as `{"error": {"code", "message", "target", "details", "remedy"}}`. In our own api-version failed runs, outputs, regions, operations and submissions carry the same, and `azure` with the code, the words and the correlation id of Azure. `message` says what happened with which value;',
    '`target` is a JSON pointer into the body, or the id of a resource; `details` lists every problem when there are several.',
    '',
    '| code | HTTP status | may pass by itself | cause | remedy |',
    '|---|---|---|---|---|',
    ...rows,
    '',
  ].join('\n');
}

/** docs/template.md */
export function renderTemplate(): string {
  const sections: string[] = [];
  section(NEWEST.schema, '', sections);
  return [
    '# Template reference',
    '',
    `Every field of an image template in api-version \`${NEWEST.name}\`. Generated from the schema in \`shared/template/schema\`; do not edit.`,
    '',
    `Versions: ${API_VERSIONS.map(({ name }) => `\`${name}\``).join(', ')}. "since" is empty for what all of them have.`,
    '',
    'Up to `2023-07-01` names and types are read in any case and unknown fields are ignored; later versions refuse both.',
    'The previews also read old names: `sourceURI`, `script`, `tags` of a distributor, and a network by its names.',
    '',
    ...sections,
  ].join('\n');
}

function section(node: SchemaNode, path: string, sections: string[]): void {
  const children: [SchemaNode, string][] = [];
  const rows = Object.entries(node.properties ?? {})
    .filter(([, field]) => field.readOnly !== true)
    .map(([name, field]) => {
      const at = path === '' ? name : `${path}.${name}`;
      children.push(...nested(field, at));
      const required = node.required?.includes(name) === true ? 'yes' : '';
      const fallback = field.default === undefined ? '' : `\`${JSON.stringify(field.default)}\``;
      return `| \`${name}\` | ${cell(typeOf(field))} | ${required} | ${fallback} | ${since(at)} | ${cell(field.description ?? '')} |`;
    });
  const title = node.title ?? path;
  sections.push(`## ${title.charAt(0).toUpperCase()}${title.slice(1)}`, '');
  sections.push(path === '' ? 'The body of a PUT.' : `At \`${path}\`.`, '');
  sections.push(
    '| field | type | required | default | since | meaning |',
    '|---|---|---|---|---|---|',
    ...rows,
    '',
  );
  for (const [child, at] of children) section(child, at, sections);
}

/** Objects that get a section of their own. */
function nested(field: SchemaNode, at: string): [SchemaNode, string][] {
  if (field.items !== undefined) return nested(field.items, at);
  const tag = field.discriminator?.propertyName;
  if (field.oneOf !== undefined && tag !== undefined)
    return field.oneOf.map((branch) => [branch, `${at}:${tagOf(branch, tag)}`]);
  return field.properties === undefined ? [] : [[field, at]];
}

function typeOf(field: SchemaNode): string {
  if (field.const !== undefined) return `\`${JSON.stringify(field.const)}\``;
  if (field.enum !== undefined) return field.enum.map((value) => `\`${String(value)}\``).join(', ');
  if (field.items !== undefined) return `list of ${typeOf(field.items)}`;
  const tag = field.discriminator?.propertyName;
  if (tag !== undefined)
    return `one of ${(field.oneOf ?? []).map((branch) => `\`${tagOf(branch, tag)}\``).join(', ')}`;
  if (typeof field.additionalProperties === 'object') return `map of ${typeOf(field.additionalProperties)}`;
  if (field['armId'] !== undefined) return 'resource id';
  if (field['download'] !== undefined) return 'URL';
  return field.title ?? field.type ?? 'any';
}

/** The first version whose schema has the path; nothing for the oldest. A field may have been away in between. */
function since(path: string): string {
  const known = API_VERSIONS.map(({ schema }) => has(schema, path));
  const starts = API_VERSIONS.filter((_, index) => known[index] === true && known[index - 1] !== true);
  const ends = API_VERSIONS.filter((_, index) => known[index] === true && known[index + 1] === false);
  const [first] = starts;
  const name = first === API_VERSIONS[0] ? '' : `\`${first?.name ?? ''}\``;
  const away = ends.map(({ name: last }, index) => ({ last, back: starts[index + 1]?.name }));
  const gaps = away.map(
    ({ last, back }) => `until \`${last}\`${back === undefined ? '' : `, again \`${back}\``}`,
  );
  return [name, ...gaps].filter((part) => part !== '').join(' ');
}

function has(schema: SchemaNode, path: string): boolean {
  let node: SchemaNode | undefined = schema;
  for (const step of path.split(/(?=[.:])/)) {
    while (node?.items !== undefined) node = node.items;
    const name = step.replace(/^[.:]/, '');
    const tag: string = node?.discriminator?.propertyName ?? '';
    node = step.startsWith(':')
      ? node?.oneOf?.find((branch) => tagOf(branch, tag) === name)
      : node?.properties?.[name];
  }
  return node !== undefined;
}
