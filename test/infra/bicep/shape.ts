/** What only Azure knows is an expression in a snapshot. */
const isUnknown = (value: unknown): boolean => typeof value === 'string' && value.startsWith('[');

/** What a value may look like, whichever official description it comes from. Members are made when they are looked at. */
export type Shape =
  | { readonly kind: 'any' }
  | { readonly kind: 'string'; readonly values?: readonly string[] }
  | { readonly kind: 'number' | 'boolean' }
  | { readonly kind: 'list'; readonly item: () => Shape }
  | { readonly kind: 'one of'; readonly options: () => readonly Shape[] }
  | {
      readonly kind: 'object';
      readonly fields: () => Readonly<Record<string, Field>>;
      readonly others?: () => Shape;
    };

export type Field = { readonly shape: () => Shape; readonly required: boolean; readonly readOnly: boolean };

/** Every place where the value is not of the shape, with its path. Values that only Azure knows pass. */
export function faults(value: unknown, shape: Shape, path: string): string[] {
  if (isUnknown(value) || value === null) return [];
  switch (shape.kind) {
    case 'any':
      return [];
    case 'string':
      if (typeof value !== 'string') return [`${path} is ${typeof value}, not a string`];
      return shape.values && !shape.values.includes(value)
        ? [`${path} is "${value}", not one of ${shape.values.join(', ')}`]
        : [];
    case 'number':
    case 'boolean':
      return typeof value === shape.kind ? [] : [`${path} is ${typeof value}, not a ${shape.kind}`];
    case 'list':
      if (!Array.isArray(value)) return [`${path} is no list`];
      return value.flatMap((item, index) => faults(item, shape.item(), `${path}[${index}]`));
    case 'one of': {
      const tries = shape.options().map((option) => faults(value, option, path));
      return tries.some((found) => found.length === 0)
        ? []
        : (tries.toSorted((a, b) => a.length - b.length)[0] ?? []);
    }
    case 'object':
      return objectFaults(value, shape, path);
  }
}

function objectFaults(value: unknown, shape: Extract<Shape, { kind: 'object' }>, path: string): string[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [`${path} is no object`];
  const fields = shape.fields();
  const missing = Object.entries(fields)
    .filter(([name, { required, readOnly }]) => required && !readOnly && !(name in value))
    .map(([name]) => `${path} lacks ${name}`);
  const wrong = Object.entries(value).flatMap(([name, inner]) => {
    const field = fields[name];
    if (field?.readOnly) return [`${path}.${name} is for reading only`];
    if (field) return faults(inner, field.shape(), `${path}.${name}`);
    return shape.others ? faults(inner, shape.others(), `${path}.${name}`) : [`${path} has no ${name}`];
  });
  return [...missing, ...wrong];
}
