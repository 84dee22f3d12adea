import type { StepValues } from './script.ts';

/**
 * The environment of a step with what a request adds to it. Only adds: what the template or its secrets set stays as it is.
 * Windows has no case in the names of variables, so that there `path` would be the `PATH` of the template.
 */
export function withParameters(
  own: Readonly<Record<string, string>>,
  { parameters = {}, secrets }: Pick<StepValues, 'parameters' | 'secrets'>,
  hasCase: boolean,
): Record<string, string> {
  const spelled = (name: string) => (hasCase ? name : name.toUpperCase());
  const taken = new Set([...Object.keys(own), ...Object.keys(secrets)].map(spelled));
  const added = Object.entries(parameters).filter(([name]) => !taken.has(spelled(name)));
  const all = { ...Object.fromEntries(added), ...own };
  if (hasCase) return all;
  // Two spellings of one name are one variable, which the last sets; JSON with both cannot be read there.
  const last = new Map(Object.keys(all).map((name) => [spelled(name), name]));
  return Object.fromEntries(Object.entries(all).filter(([name]) => last.get(spelled(name)) === name));
}
