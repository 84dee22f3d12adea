import { refuse } from '../errors.ts';

/**
 * Replaces `{{name}}` in every string, and in keys: identities are the keys of a map. Only whole names that are known: a
 * typo must not travel into a resource id. Braces that a script needs itself are written `{{{{`.
 */
export function fillPlaceholders(value: unknown, values: Readonly<Record<string, string>>): unknown {
  if (typeof value === 'string') return fillText(value, values);
  if (Array.isArray(value)) return value.map((item) => fillPlaceholders(item, values));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]: [string, unknown]) => [
      fillText(key, values),
      fillPlaceholders(item, values),
    ]),
  );
}

function fillText(source: string, values: Readonly<Record<string, string>>): string {
  return source.replaceAll(/\{\{\{\{|\{\{\s*([A-Za-z][\w-]*)\s*\}\}/g, (match: string, name?: string) => {
    if (name === undefined) return '{{';
    const value = Object.hasOwn(values, name) ? values[name] : undefined;
    if (value !== undefined) return value;
    const known = Object.keys(values).map((key) => `{{${key}}}`);
    throw refuse(
      `The template asks for ${match}, which has no value.`,
      `Pass --var ${name}=VALUE. Known: ${known.join(', ')}.`,
    );
  });
}

/** Names of the placeholders in a template, in keys too. */
function placeholdersOf(value: unknown): Set<string> {
  const source = JSON.stringify(value) ?? '';
  const found = source.matchAll(/\{\{\{\{|\{\{\s*([A-Za-z][\w-]*)\s*\}\}/g);
  return new Set([...found].flatMap(([, name]) => name ?? []));
}

/** A value that nothing asks for is a slip of its name, and the template would be built without it. */
export function refuseUnused(given: readonly string[], template: unknown): void {
  const names = placeholdersOf(template);
  const unused = given.filter((name) => !names.has(name));
  if (unused.length === 0) return;
  const asked = [...names].map((name) => `{{${name}}}`).join(', ');
  throw refuse(
    `Nothing in the template asks for ${unused.map((name) => `--var ${name}`).join(', ')}.`,
    names.size === 0 ? 'It has no {{placeholder}}: leave the option out.' : `It asks for: ${asked}.`,
  );
}

/** Reads `--var name=value` options. */
export function parseVariables(given: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    given.map((entry) => {
      const [, name, value] = /^([A-Za-z][\w-]*)=([\s\S]*)$/.exec(entry) ?? [];
      if (name === undefined || value === undefined)
        throw refuse(
          `"--var ${entry}" is not of the form name=value.`,
          'Write it as --var region=westeurope.',
        );
      return [name, value];
    }),
  );
}
