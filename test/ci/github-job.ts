// Runs the steps of a GitHub workflow job on this machine, as the runner does where a test can see the difference.
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import { githubCommand, githubOutputs } from '../cli/ci/agent.ts';
import { endGroup, runProcess } from './run-process.ts';

type Step = {
  id?: string;
  name?: string;
  uses?: string;
  run?: string;
  with?: Record<string, unknown>;
  env?: Record<string, string>;
  'working-directory'?: string;
};

export type JobOptions = {
  workspace: string;
  /** What the runner downloaded for the action. */
  action: string;
  vars: Record<string, string>;
  env: Record<string, string | undefined>;
  /** Steps that are not run here, by `uses` or name, and why. */
  stubs: Record<string, string | (() => void)>;
};

export type JobResult = {
  steps: { name: string; code: number | null; output: string; outputs: Record<string, string> }[];
  summary: string;
  annotations: NonNullable<ReturnType<typeof githubCommand>>[];
  stubbed: string[];
};

type Known = { vars: Record<string, string>; steps: Record<string, Record<string, string>> };

export async function runJob(file: string, options: JobOptions): Promise<JobResult> {
  const workflow = parse(readFileSync(file, 'utf8')) as { jobs: Record<string, { steps: Step[] }> };
  const [job] = Object.values(workflow.jobs);
  const result: JobResult = { steps: [], summary: '', annotations: [], stubbed: [] };
  const known: Known = { vars: options.vars, steps: {} };
  const groups: number[] = [];
  const summary = path.join(options.workspace, '.summary.md');
  writeFileSync(summary, '');
  try {
    for (const [index, step] of (job?.steps ?? []).entries()) {
      const name = step.name ?? step.uses ?? `step ${index + 1}`;
      const stub = options.stubs[step.name ?? ''] ?? options.stubs[step.uses ?? ''];
      if (stub !== undefined) {
        result.stubbed.push(leave(name, stub));
        continue;
      }
      const outputFile = path.join(options.workspace, `.output-${index}`);
      writeFileSync(outputFile, '');
      const env = {
        ...options.env,
        CI: 'true',
        GITHUB_ACTIONS: 'true',
        GITHUB_WORKSPACE: options.workspace,
        GITHUB_OUTPUT: outputFile,
        GITHUB_STEP_SUMMARY: summary,
        ...filledAll(step.env ?? {}, known),
      };
      const ended = await runStep(step, known, env, options);
      groups.push(ended.group);
      const outputs = githubOutputs(readFileSync(outputFile, 'utf8'));
      if (step.id !== undefined) known.steps[step.id] = outputs;
      result.steps.push({ name, code: ended.code, output: ended.output, outputs });
      result.annotations.push(...ended.output.split('\n').flatMap((line) => githubCommand(line) ?? []));
      if (ended.code !== 0) break;
    }
  } finally {
    groups.forEach(endGroup);
  }
  result.summary = readFileSync(summary, 'utf8');
  return result;
}

/** Leaves what the step would leave, and tells it. */
function leave(name: string, stub: string | (() => void)): string {
  if (typeof stub === 'string') return `${name}: ${stub}`;
  stub();
  return name;
}

function runStep(step: Step, known: Known, env: Record<string, string | undefined>, options: JobOptions) {
  const cwd = path.join(options.workspace, step['working-directory'] ?? '.');
  if (step.run !== undefined) {
    const script = filled(step.run, known);
    return runProcess('bash', ['--noprofile', '--norc', '-eo', 'pipefail', '-c', script], { cwd, env });
  }
  if (step.uses?.startsWith('kiln-project/kiln@') !== true) throw new Error(`No way to run ${step.uses}.`);
  return runAction(options.action, filledAll(step.with ?? {}, known), { cwd, env });
}

/** Starts the action as its action.yml says: defaults filled in, `main` under Node. Unknown inputs are a mistake. */
export function runAction(
  action: string,
  inputs: Record<string, string>,
  options: { cwd: string; env: Record<string, string | undefined> },
) {
  const manifest = parse(readFileSync(path.join(action, 'action.yml'), 'utf8')) as {
    inputs: Record<string, { default?: string; required?: boolean }>;
    runs: { using: string; main: string };
  };
  const unknown = Object.keys(inputs).filter((name) => !(name in manifest.inputs));
  if (unknown.length > 0) throw new Error(`action.yml has no input ${unknown.join(', ')}.`);
  if (manifest.runs.using !== 'node24') throw new Error(`A runner has no ${manifest.runs.using}.`);
  const given = Object.entries(manifest.inputs).map(([name, { default: fallback = '' }]) => [
    `INPUT_${name.toUpperCase().replaceAll(' ', '_')}`,
    inputs[name] ?? fallback,
  ]);
  const env = { ...options.env, ...(Object.fromEntries(given) as Record<string, string>) };
  return runProcess(process.execPath, [path.join(action, manifest.runs.main)], { ...options, env });
}

const filledAll = (values: Record<string, unknown>, known: Known): Record<string, string> =>
  Object.fromEntries(Object.entries(values).map(([key, value]) => [key, filled(String(value), known)]));

/** `${{ … }}` with the two contexts that the examples use; anything else is an error, never an empty text. */
function filled(text: string, known: Known): string {
  return text.replaceAll(/\$\{\{\s*([^}]*?)\s*\}\}/g, (_, expression: string) => {
    const [, variable] = /^vars\.(\w+)$/.exec(expression) ?? [];
    if (variable !== undefined) return known.vars[variable] ?? '';
    const [, id = '', output = ''] = /^steps\.([\w-]+)\.outputs\.([\w-]+)$/.exec(expression) ?? [];
    const value = known.steps[id]?.[output];
    if (value === undefined) throw new Error(`\${{ ${expression} }} has no value.`);
    return value;
  });
}
