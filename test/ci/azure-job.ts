// Runs the steps of an Azure Pipelines job on this machine: the template is expanded, scripts run, output variables are taken.
import { mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import { azureCommand } from '../cli/ci/agent.ts';
import { runProcess } from './run-process.ts';

type Step = Record<string, unknown> & {
  name?: string;
  task?: string;
  bash?: string;
  checkout?: string;
  template?: string;
  inputs?: Record<string, string>;
  env?: Record<string, string>;
  parameters?: Record<string, string>;
};

export type AzureResult = {
  steps: { name: string; code: number | null; output: string }[];
  variables: Record<string, string>;
  issues: NonNullable<ReturnType<typeof azureCommand>>[];
  summaries: string[];
  /** Steps that need an agent and are not run here. */
  stubbed: string[];
};

export async function runAzureJob(
  file: string,
  options: {
    /** Agent.BuildDirectory: `s` and `kiln` are checked out in it. */
    build: string;
    repositories: Record<string, string>;
    variables: Record<string, string>;
    env: Record<string, string | undefined>;
  },
): Promise<AzureResult> {
  const pipeline = parse(readFileSync(file, 'utf8')) as { jobs: { steps: Step[] }[] };
  const steps = (pipeline.jobs[0]?.steps ?? []).flatMap((step) => expanded(step, options.repositories));
  const temp = path.join(options.build, 'temp');
  mkdirSync(temp, { recursive: true });
  const sources = path.join(options.build, 's');
  const variables: Record<string, string> = {
    ...options.variables,
    'Agent.BuildDirectory': options.build,
    'Build.SourcesDirectory': sources,
  };
  const result: AzureResult = { steps: [], variables, issues: [], summaries: [], stubbed: [] };
  for (const step of steps) {
    const script = step.bash ?? (step.task === 'AzureCLI@2' ? step.inputs?.['inlineScript'] : undefined);
    if (script === undefined) {
      result.stubbed.push(step.checkout === undefined ? (step.task ?? '?') : `checkout: ${step.checkout}`);
      continue;
    }
    const own = Object.entries(step.env ?? {}).map(([key, value]) => [key, macros(value, variables)]);
    const { code, output } = await runProcess('bash', ['-c', macros(script, variables)], {
      cwd: sources,
      env: {
        ...options.env,
        TF_BUILD: 'True',
        AGENT_TEMPDIRECTORY: temp,
        BUILD_SOURCESDIRECTORY: sources,
        ...(Object.fromEntries(own) as Record<string, string>),
      },
    });
    result.steps.push({ name: step.name ?? 'bash', code, output });
    obey(output, step.name ?? '', result);
    if (code !== 0) break;
  }
  return result;
}

/** What the agent does with the commands in the output of a step. */
function obey(output: string, step: string, result: AzureResult): void {
  for (const command of output.split('\n').flatMap((line) => azureCommand(line) ?? [])) {
    if (command.name === 'task.setvariable')
      result.variables[`${step}.${command.properties['variable']}`] = command.data;
    if (command.name === 'task.logissue') result.issues.push(command);
    if (command.name === 'task.uploadsummary') result.summaries.push(readFileSync(command.data, 'utf8'));
  }
}

/** `template: file@repository` becomes the steps of that file. */
function expanded(step: Step, repositories: Record<string, string>): Step[] {
  if (step.template === undefined) return [step];
  const [name = '', repository = ''] = step.template.split('@');
  const file = path.join(repositories[repository] ?? '/nowhere', name);
  const template = parse(readFileSync(file, 'utf8')) as {
    parameters: { name: string; default?: unknown }[];
    steps: Step[];
  };
  const given = step.parameters ?? {};
  const unknown = Object.keys(given).filter(
    (key) => !template.parameters.some((known) => known.name === key),
  );
  if (unknown.length > 0) throw new Error(`The template has no parameter ${unknown.join(', ')}.`);
  const values = Object.fromEntries(
    template.parameters.map((parameter) => {
      const value = given[parameter.name] ?? parameter.default;
      if (value === undefined) throw new Error(`The parameter ${parameter.name} has no value.`);
      // As the service writes booleans.
      return [parameter.name, typeof value === 'boolean' ? (value ? 'True' : 'False') : String(value)];
    }),
  );
  return template.steps.map((one) => fill(one, values) as Step);
}

function fill(value: unknown, values: Record<string, string>): unknown {
  if (typeof value === 'string')
    return value.replaceAll(/\$\{\{\s*parameters\.(\w+)\s*\}\}/g, (_, name: string) => {
      if (values[name] === undefined) throw new Error(`No parameter ${name}.`);
      return values[name];
    });
  if (Array.isArray(value)) return value.map((item) => fill(item, values));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, fill(item, values)]));
}

/** `$(name)`; one without a value stays as it is, as in the service. */
const macros = (text: string, variables: Record<string, string>): string =>
  text.replaceAll(/\$\(([\w.]+)\)/g, (whole, name: string) => variables[name] ?? whole);
