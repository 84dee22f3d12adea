import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { Field, Shape } from './shape.ts';

/**
 * Shapes of `Type@api-version` from the `types.json` files of Azure/bicep-types-az: lists of types that refer to each other by
 * number. Flags of a property: 1 required, 2 read-only, 4 write-only, 8 known at the start.
 */
export function loadBicepTypes(folder: string): Map<string, () => Shape> {
  const shapes = new Map<string, () => Shape>();
  for (const file of globSync('**/types.json', { cwd: folder })) {
    const types = JSON.parse(readFileSync(path.join(folder, file), 'utf8'));
    for (const type of types)
      if (type.$type === 'ResourceType') shapes.set(type.name.toLowerCase(), () => shapeOf(types, type.body));
  }
  return shapes;
}

function shapeOf(types: any[], reference: { $ref: string }): Shape {
  const type = types[Number(/\d+$/.exec(reference.$ref)?.[0])];
  const at = (inner: any) => () => shapeOf(types, inner);
  switch (type.$type) {
    case 'StringType':
      return { kind: 'string' };
    case 'StringLiteralType':
      return { kind: 'string', values: [type.value] };
    case 'IntegerType':
      return { kind: 'number' };
    case 'BooleanType':
      return { kind: 'boolean' };
    case 'ArrayType':
      return { kind: 'list', item: at(type.itemType) };
    case 'UnionType':
      return union(type.elements.map((element: any) => shapeOf(types, element)));
    case 'ObjectType':
      return object(types, type.properties, type.additionalProperties);
    case 'DiscriminatedObjectType':
      return {
        kind: 'one of',
        options: () =>
          Object.values<any>(type.elements).map((element) => withBase(types, type.baseProperties, element)),
      };
    default:
      return { kind: 'any' };
  }
}

/** Lists of known values may grow, so that Azure's types allow any text besides them. Here only the known ones pass. */
function union(options: Shape[]): Shape {
  const values = options.flatMap((option) => (option.kind === 'string' ? (option.values ?? []) : []));
  const allStrings = options.every((option) => option.kind === 'string');
  return allStrings && values.length > 0
    ? { kind: 'string', values }
    : { kind: 'one of', options: () => options };
}

function object(types: any[], properties: Record<string, any>, others: any): Shape {
  const fields = () =>
    Object.fromEntries(
      Object.entries(properties).map(([name, { type, flags = 0 }]): [string, Field] => [
        name,
        {
          shape: () => shapeOf(types, type),
          required: (flags & 1) !== 0,
          // `type` and `apiVersion` of a resource are part of its declaration.
          readOnly: (flags & 2) !== 0,
        },
      ]),
    );
  return { kind: 'object', fields, ...(others && { others: () => shapeOf(types, others) }) };
}

function withBase(types: any[], base: Record<string, any>, element: { $ref: string }): Shape {
  const own = types[Number(/\d+$/.exec(element.$ref)?.[0])];
  return object(types, { ...base, ...own.properties }, own.additionalProperties);
}
