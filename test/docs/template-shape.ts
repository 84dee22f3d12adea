import { tagOf, type SchemaNode } from '../../shared/template/schema/node.ts';
import { NEWEST } from '../../shared/template/versions/all.ts';
import type { Shape } from '../../cli/import/shape.ts';

/** cli/import/template-shape.generated.ts: the command may not import the schema, and may not have another one. */
export function renderShape(): string {
  return [
    '// Generated from shared/template/schema by test/docs/generated.test.ts; do not edit.',
    "import type { Shape } from './shape.ts';",
    '',
    `export const TEMPLATE_SHAPE: Shape = ${JSON.stringify(shapeOf(NEWEST.schema, ''), undefined, 1)};`,
    '',
  ].join('\n');
}

/** Unions of the schema have no title; the rules of the import find them by the field they are in. */
const UNIONS: Record<string, string> = {
  customize: 'customizer',
  distribute: 'distributor',
  source: 'source',
};

function shapeOf(node: SchemaNode, field: string): Shape {
  if (node.readOnly === true) return { readOnly: true };
  const tag = node.discriminator?.propertyName;
  const title = node.title ?? UNIONS[field];
  const type = node.type ?? typeof (node.const ?? node.enum?.[0] ?? '');
  return {
    ...(type === undefined ? {} : { type }),
    ...(title === undefined ? {} : { title }),
    ...kindOf(node),
    ...(Array.isArray(node['exactlyOne']) && { exactlyOne: node['exactlyOne'].map(String) }),
    ...(node.required && { required: node.required }),
    ...(node.enum && { enum: node.enum.map(String) }),
    ...(node.items && { items: shapeOf(node.items, field) }),
    ...(typeof node.additionalProperties === 'object' && { values: shapeOf(node.additionalProperties, '') }),
    ...(node.properties && {
      properties: Object.fromEntries(
        Object.entries(node.properties).map(([name, child]) => [name, shapeOf(child, name)]),
      ),
    }),
    ...(tag !== undefined &&
      node.oneOf && {
        tag,
        branches: Object.fromEntries(node.oneOf.map((branch) => [tagOf(branch, tag), shapeOf(branch, '')])),
      }),
  };
}

function kindOf(node: SchemaNode): Pick<Shape, 'kind'> {
  if (node['armId'] !== undefined) return { kind: 'id' };
  if (node['download'] !== undefined) return { kind: 'download' };
  return node['format'] === 'image-version-or-latest' ? { kind: 'version' } : {};
}
