import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { Ajv, type ValidateFunction } from 'ajv';

const ROOT = path.resolve(import.meta.dirname, '../../..');
export const DATA = process.env['KILN_REFERENCE_DATA'] ?? path.resolve(ROOT, '../shared/data');
const SPECS = path.join(
  DATA,
  'azure-specs/specification/imagebuilder/resource-manager/Microsoft.VirtualMachineImages',
);

/** Why nothing official can be compared here; false when it can. */
export const skipReason: string | false = existsSync(SPECS)
  ? false
  : `reference data not found at ${DATA}; set KILN_REFERENCE_DATA`;

type Node = { [key: string]: any };
export type Method = 'get' | 'put' | 'patch' | 'post' | 'delete';
type Operation = { parameters: Node[]; responses: Record<string, Node> };

/** The official description of one api-version. */
export type Spec = {
  readonly version: string;
  readonly strict: boolean;
  /** Problems of a request body, as the description sees them. */
  problemsOfBody(definition: 'template' | 'patch', body: unknown): Problem[];
  /** Status codes that are documented, and problems of an answer's body. Undefined: there is no such operation. */
  answer(method: Method, suffix: string): Documented | undefined;
};

export type Documented = { statuses: string[]; problems(status: number, body: unknown): Problem[] };
export type Problem = { at: string; keyword: string; message: string };

/** From this version on the service refuses unknown fields; before, it ignored them. */
const STRICT_SINCE = '2024-02-01';

export function loadSpec(version: string): Spec {
  const folder = path.join(SPECS, version.endsWith('preview') ? 'preview' : 'stable', version);
  const [file = ''] = readdirSync(folder).filter((name) => name.endsWith('.json'));
  const source = path.join(folder, file);
  const document = read(source);
  const strict = version >= STRICT_SINCE;
  const compile = compiler();
  const operation = (method: Method, suffix: string): Operation | undefined =>
    Object.entries<Node>(document['paths']).find(([at]) =>
      at.toLowerCase().endsWith(suffix.toLowerCase()),
    )?.[1][method];
  const bodyOf = (method: Method): ValidateFunction => {
    const parameter = operation(method, '/imageTemplates/{imageTemplateName}')?.parameters.find(
      (one) => one['in'] === 'body',
    );
    return compile(`body ${method}`, () =>
      convert(parameter?.['schema'], { source, strict, isAnswer: false, depth: 0 }),
    );
  };
  return {
    version,
    strict,
    problemsOfBody: (definition, body) => check(bodyOf(definition === 'template' ? 'put' : 'patch'), body),
    answer(method, suffix) {
      const found = operation(method, suffix);
      if (found === undefined) return undefined;
      return {
        statuses: Object.keys(found.responses),
        problems(status, body) {
          const schema = (found.responses[status] ?? found.responses['default'])?.['schema'];
          if (schema === undefined) return [];
          const convertIt = () => convert(schema, { source, strict: false, isAnswer: true, depth: 0 });
          return check(compile(`answer ${method} ${suffix} ${status}`, convertIt), body);
        },
      };
    },
  };
}

function compiler() {
  const known = new Map<string, ValidateFunction>();
  return (name: string, make: () => Node): ValidateFunction => {
    const ajv = new Ajv({ allErrors: true, strict: false, discriminator: true, validateFormats: false });
    const found = known.get(name) ?? ajv.compile(make());
    known.set(name, found);
    return found;
  };
}

function check(validate: ValidateFunction, body: unknown): Problem[] {
  if (validate(body)) return [];
  return (validate.errors ?? []).map(({ instancePath, keyword, message = '', params }) => ({
    at: instancePath,
    keyword,
    message: `${message} ${JSON.stringify(params)}`,
  }));
}

const documents = new Map<string, Node>();

function read(file: string): Node {
  const found: Node = documents.get(file) ?? JSON.parse(readFileSync(file, 'utf8'));
  documents.set(file, found);
  return found;
}

type Context = { source: string; strict: boolean; isAnswer: boolean; depth: number };

/** Follows a reference, into another file too. */
function resolve(node: Node, context: Context): { node: Node; context: Context; name?: string } {
  const ref: unknown = node?.['$ref'];
  if (typeof ref !== 'string') return { node: node ?? {}, context };
  const [file = '', pointer = ''] = ref.split('#');
  const source = file === '' ? context.source : path.resolve(path.dirname(context.source), file);
  const steps = pointer.split('/').slice(1);
  const target = steps.reduce<any>((at, step) => at?.[step], read(source));
  const name = steps.at(-1);
  return { ...resolve(target, { ...context, source }), ...(name !== undefined && { name }) };
}

/**
 * A Swagger schema as JSON Schema: parents merged in, each polymorphic type a choice of its sub-types by the discriminator, and only then
 * closed to unknown fields. Read-only fields are allowed everywhere: clients send back what they read.
 */
function convert(given: Node, outer: Context): Node {
  if (outer.depth > 12) return {};
  const { node, context, name } = resolve(given, outer);
  const inner = { ...context, depth: context.depth + 1 };
  const whole = merged(node, inner);
  const tag: string | undefined = whole['discriminator'];
  if (tag !== undefined && name !== undefined && whole['x-ms-discriminator-value'] === undefined) {
    const branches = subTypes(name, inner).map((sub) => branch(sub, tag, inner));
    if (branches.length > 0)
      return { type: 'object', required: [tag], discriminator: { propertyName: tag }, oneOf: branches };
  }
  return plain(whole, inner);
}

function plain(node: Node, context: Context): Node {
  const { type, properties, additionalProperties, items } = node;
  const kept = ['enum', 'minimum', 'maximum', 'pattern', 'minLength', 'maxLength'].filter(
    (key) => key in node,
  );
  const isOpenEnum = node['x-ms-enum']?.modelAsString === true;
  return {
    ...(type !== undefined && { type: context.isAnswer ? [type, 'null'] : type }),
    ...Object.fromEntries(
      kept
        .filter((key) => !(key === 'enum' && isOpenEnum))
        .map((key) => [key, withNull(key, node[key], context)]),
    ),
    ...(node['required'] && { required: node['required'] }),
    ...(properties && {
      properties: Object.fromEntries(
        Object.entries<Node>(properties).map(([key, child]) => [key, field(child, context)]),
      ),
    }),
    ...(items && { items: convert(items, context) }),
    ...(typeof additionalProperties === 'object'
      ? { additionalProperties: convert(additionalProperties, context) }
      : properties && context.strict && { additionalProperties: false }),
  };
}

function withNull(key: string, value: unknown, { isAnswer }: Context): unknown {
  return key === 'enum' && isAnswer && Array.isArray(value) ? [...value, null] : value;
}

/** What is read-only in requests may have any value there: it is ignored. */
function field(child: Node, context: Context): Node {
  const readOnly = child['readOnly'] === true || resolve(child, context).node['readOnly'] === true;
  return readOnly && !context.isAnswer ? {} : convert(child, context);
}

function merged(node: Node, context: Context): Node {
  const parents: Node[] = (node['allOf'] ?? []).map((parent: Node) => {
    const found = resolve(parent, context);
    return merged(found.node, found.context);
  });
  const all = [...parents, node];
  return {
    ...Object.assign({}, ...all),
    properties: all.some((one) => one['properties'])
      ? Object.assign({}, ...all.map((one) => one['properties'] ?? {}))
      : undefined,
    required: [...new Set(all.flatMap((one) => one['required'] ?? []))],
    'x-ms-discriminator-value': node['x-ms-discriminator-value'],
  };
}

function subTypes(name: string, context: Context): Node[] {
  const definitions: Record<string, Node> = read(context.source)['definitions'];
  return Object.values(definitions).filter((one) =>
    (one['allOf'] ?? []).some((parent: Node) => String(parent['$ref']).endsWith(`/${name}`)),
  );
}

function branch(sub: Node, tag: string, context: Context): Node {
  const schema = plain(merged(sub, context), context);
  const properties = { ...schema['properties'], [tag]: { const: sub['x-ms-discriminator-value'] } };
  return { ...schema, properties, required: [...new Set([...(schema['required'] ?? []), tag])] };
}
