import { openApi } from '../../functions/http/openapi/document.ts';
import { ROUTES } from '../../functions/http/routes.ts';

// What docs/api.md says of bodies, from the OpenAPI document alone: what a client reads there a person reads here.

type Schema = {
  type?: string;
  $ref?: string;
  description?: string;
  enum?: string[];
  items?: Schema;
  additionalProperties?: Schema;
  properties?: Record<string, Schema>;
  required?: string[];
};
type Content = { content?: Record<string, { schema?: Schema }> };
type Operation = {
  operationId: string;
  parameters: { name: string; in: string }[];
  requestBody?: Content;
  responses: Record<string, Content>;
};
type Document = {
  paths: Record<string, Record<string, Operation> & { parameters: unknown }>;
  components: { schemas: Record<string, Schema> };
};

/** The operations with what they take and answer, then each schema with its members. */
export function renderBodies(): string[] {
  const document = JSON.parse(JSON.stringify(openApi(ROUTES))) as Document;
  const operations = Object.values(document.paths).flatMap(({ parameters: _of, ...methods }) =>
    Object.values(methods),
  );
  return [
    '### What they take and answer',
    '',
    '| operation | query | body | answer |',
    '|---|---|---|---|',
    ...operations.map(rowOf),
    '',
    '### Their words',
    '',
    'A member with `?` may be absent. A newer Kiln may answer with more members than these.',
    ...Object.entries(document.components.schemas).flatMap(([name, schema]) => sectionOf(name, schema)),
  ];
}

function rowOf({ operationId, parameters, requestBody, responses }: Operation): string {
  const query = parameters.flatMap(({ name, in: where }) =>
    where === 'query' && name !== 'api-version' ? [`\`${name}\``] : [],
  );
  const [first] = Object.entries(responses).filter(([code]) => code !== 'default');
  const [status, answer] = first ?? ['', undefined];
  return `| ${operationId.replaceAll('-', ' ')} | ${query.join(', ')} | ${contentOf(requestBody)} | ${status} ${contentOf(answer)} |`;
}

function contentOf(found: Content | undefined): string {
  const [first] = Object.entries(found?.content ?? {});
  if (first === undefined) return '';
  const [type, { schema }] = first;
  return type === 'application/json' ? typeOf(schema ?? {}) : `\`${type}\``;
}

function sectionOf(name: string, { description, properties = {}, required = [] }: Schema): string[] {
  const rows = Object.entries(properties).map(
    ([member, schema]) =>
      `| \`${member}${required.includes(member) ? '' : '?'}\` | ${typeOf(schema)} | ${schema.description ?? ''} |`,
  );
  const words = description === undefined ? [] : [description, ''];
  return ['', `#### ${name}`, '', ...words, '| member | is | |', '|---|---|---|', ...rows];
}

function typeOf(schema: Schema): string {
  const { $ref, items, additionalProperties: values, properties, type = 'object' } = schema;
  if ($ref !== undefined) {
    const name = $ref.split('/').at(-1) ?? '';
    return `[${name}](#${name.toLowerCase()})`;
  }
  if (schema.enum !== undefined) return schema.enum.map((one) => `\`${one}\``).join(', ');
  if (items !== undefined) return `list of ${typeOf(items)}`;
  if (values !== undefined) return `map to ${typeOf(values)}`;
  if (properties !== undefined)
    return Object.keys(properties)
      .map((one) => `\`${one}\``)
      .join(', ');
  return type;
}
