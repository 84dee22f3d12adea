export type Environment = Readonly<Record<string, string | undefined>>;

/** A setting of the environment. An empty one is none: pipelines set variables that have no value to nothing. */
export function setting(env: Environment, name: string): string | undefined {
  const value = env[name];
  return value === '' ? undefined : value;
}
