import { existsSync, globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { Field, Shape } from './shape.ts';

const files = new Map<string, any>();

/** The shape of the body of the PUT that makes a resource of this type, from the Swagger files; undefined without one. */
export function swaggerShape(folder: string, type: string, apiVersion: string): Shape | undefined {
  const [provider = '', ...types] = type.split('/');
  const candidates = globSync(`*/resource-manager/${provider}/**/${apiVersion}/*.json`, {
    cwd: folder,
  }).sort();
  for (const candidate of candidates) {
    const file = path.join(folder, candidate);
    for (const [route, operations] of Object.entries<any>(read(file).paths ?? {})) {
      if (!matches(route, provider, types) || !operations.put) continue;
      const parameters = operations.put.parameters.map((one: any) =>
        one.$ref ? follow(file, one.$ref) : { file, node: one },
      );
      const body = parameters.find(({ node }: any) => node.in === 'body');
      if (body) return withName(shapeOf(body.file, body.node.schema));
    }
  }
  return undefined;
}

/** `…/providers/Microsoft.Storage/storageAccounts/{a}/blobServices/{b}`; a fixed name such as `default` counts as one. */
function matches(route: string, provider: string, types: readonly string[]): boolean {
  const [, after] =
    route.split(/\/providers\/(?=[^{])/i).length === 2 ? route.split(/\/providers\/(?=[^{])/i) : [];
  const parts =
    after?.split('/') ??
    (types.join('/') === 'resourceGroups' ? ['Microsoft.Resources', 'resourceGroups', '{n}'] : []);
  if (after === undefined && !/resourcegroups\/\{[^}]+\}$/i.test(route)) return false;
  const found = parts.slice(1).filter((_, index) => index % 2 === 0);
  const same = (a: string, b: string | undefined) => a.toLowerCase() === b?.toLowerCase();
  return (
    same(parts[0] ?? '', provider) &&
    parts.length === 2 * types.length + 1 &&
    found.every((one, index) => same(one, types[index]))
  );
}

/** The name is in the path, and part of every declaration. */
function withName(shape: Shape): Shape {
  if (shape.kind !== 'object') return shape;
  const name: Field = { shape: () => ({ kind: 'string' }), required: false, readOnly: false };
  return { ...shape, fields: () => ({ ...shape.fields(), name }) };
}

function read(file: string): any {
  if (!files.has(file)) files.set(file, existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {});
  return files.get(file);
}

function follow(file: string, reference: string): { file: string; node: any } {
  const [other = '', pointer = ''] = reference.split('#');
  const target = other === '' ? file : path.resolve(path.dirname(file), other);
  const node = pointer
    .split('/')
    .slice(1)
    .reduce((current: any, key) => current?.[key.replaceAll('~1', '/').replaceAll('~0', '~')], read(target));
  return node?.$ref ? follow(target, node.$ref) : { file: target, node };
}

function shapeOf(file: string, schema: any): Shape {
  const { file: at, node } = schema?.$ref ? follow(file, schema.$ref) : { file, node: schema };
  if (node === undefined) return { kind: 'any' };
  if (node.enum) return { kind: 'string', values: node.enum.map(String) };
  if (node.type === 'string') return { kind: 'string' };
  if (node.type === 'integer' || node.type === 'number') return { kind: 'number' };
  if (node.type === 'boolean') return { kind: 'boolean' };
  if (node.type === 'array') return { kind: 'list', item: () => shapeOf(at, node.items) };
  const others = node.additionalProperties;
  if (!node.properties && !node.allOf && !others) return { kind: 'any' };
  return {
    kind: 'object',
    fields: () => fieldsOf(at, node),
    ...(others && { others: () => shapeOf(at, others === true ? undefined : others) }),
  };
}

function fieldsOf(file: string, node: any): Record<string, Field> {
  const inherited = (node.allOf ?? []).map((part: any) => {
    const base = part.$ref ? follow(file, part.$ref) : { file, node: part };
    return fieldsOf(base.file, base.node);
  });
  const own = Object.entries<any>(node.properties ?? {}).map(([name, schema]): [string, Field] => {
    const target = schema.$ref ? follow(file, schema.$ref).node : schema;
    const readOnly = (schema.readOnly ?? target?.readOnly) === true;
    return [
      name,
      { shape: () => shapeOf(file, schema), required: node.required?.includes(name) ?? false, readOnly },
    ];
  });
  return Object.assign({}, ...inherited, Object.fromEntries(own));
}
