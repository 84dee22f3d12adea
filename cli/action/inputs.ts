import type { BuildOptions } from '../commands/build.ts';
import type { Environment } from '../connect/setting.ts';
import { refuse } from '../errors.ts';

export type ActionInputs = {
  readonly template: string;
  readonly options: BuildOptions;
  /** Settings that the connection reads from the environment. */
  readonly settings: Readonly<Record<string, string>>;
  /** Let the step pass when some targets or regions did not get the image. */
  readonly allowPartial: boolean;
};

/** Inputs that stand for a setting of the command. */
const SETTINGS = [
  ['token', 'KILN_TOKEN'],
  ['audience', 'KILN_AUDIENCE'],
  ['client-id', 'AZURE_CLIENT_ID'],
  ['tenant-id', 'AZURE_TENANT_ID'],
] as const;

/**
 * Reads what action.yml declares. Runners set `INPUT_<NAME>` in capitals with hyphens kept; a shell cannot export such a
 * name, so that an underscore is taken as well.
 * https://docs.github.com/actions/reference/workflows-and-actions/metadata-syntax#inputs
 */
export function readInputs(env: Environment): ActionInputs {
  const template = input(env, 'template');
  if (template === undefined)
    throw refuse('The input `template` is missing.', 'Name the template file with `template:`.');
  return {
    template,
    options: {
      ...optional('name', input(env, 'name')),
      ...optional('endpoint', input(env, 'endpoint')),
      ...optional('subscription', input(env, 'subscription')),
      ...optional('resourceGroup', input(env, 'resource-group')),
      ...optional('outputs', input(env, 'outputs-file')),
      ...optional('summary', input(env, 'summary-file')),
      var: lines(input(env, 'variables')),
      allowFiles: lines(input(env, 'allow-files')),
      wait: flag(env, 'wait', true),
      follow: flag(env, 'logs', false),
    },
    settings: Object.fromEntries(
      SETTINGS.flatMap(([name, variable]) => {
        const value = input(env, name);
        return value === undefined ? [] : [[variable, value]];
      }),
    ),
    allowPartial: flag(env, 'allow-partial', false),
  };
}

function input(env: Environment, name: string): string | undefined {
  const key = `INPUT_${name.toUpperCase()}`;
  const value = (env[key] ?? env[key.replaceAll('-', '_')])?.trim();
  return value === '' ? undefined : value;
}

/** YAML's own words for yes and no, as other actions take them. */
function flag(env: Environment, name: string, otherwise: boolean): boolean {
  const value = input(env, name);
  if (value === undefined) return otherwise;
  if (/^(true|yes|on)$/i.test(value)) return true;
  if (/^(false|no|off)$/i.test(value)) return false;
  throw refuse(`The input \`${name}\` is "${value}".`, 'Write `true` or `false`.');
}

const lines = (value: string | undefined): string[] =>
  (value ?? '')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));

const optional = <K extends string>(key: K, value: string | undefined): { [P in K]?: string } | object =>
  value === undefined ? {} : { [key]: value };
