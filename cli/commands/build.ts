import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import type { ApiClient } from '../api/client.ts';
import { getDiff } from '../api/inventory.ts';
import { listRuns } from '../api/runs.ts';
import { templatePath } from '../api/template-id.ts';
import { putArtifact, putTemplate, startRun } from '../api/templates.ts';
import type { Run, TemplateId } from '../api/types.ts';
import { CiReport, type ReportOptions } from '../report/report.ts';
import { CliError, EXIT, refuse, type ExitCode } from '../errors.ts';
import { followRun, type FollowTarget, type Until } from '../follow/follow-run.ts';
import { findFailedStep, leftOutLines, outputLines, tellOutcome } from '../follow/outcome.ts';
import { formatBytes } from '../output/duration.ts';
import { Output } from '../output/output.ts';
import { parseVariables } from '../template/placeholders.ts';
import { readTemplate } from '../template/read-template.ts';
import { collect, openSession, talksToKiln, type CommonOptions, type Session } from './common.ts';

export type BuildOptions = CommonOptions & {
  readonly name?: string;
  readonly wait?: boolean;
  readonly follow?: boolean;
  readonly until?: Until;
  /** False: no checkpoint is used. */
  readonly cache?: boolean;
  readonly var: readonly string[];
  /** Folders besides the template's own that it may take files from. */
  readonly allowFiles?: readonly string[];
} & ReportOptions;

export function registerBuild(program: Command): void {
  const command = talksToKiln(program.command('build'));
  command
    .description('submit a template file, start a run and, with --wait, show it until it ends')
    .argument('<file>', 'template as JSON; comments are allowed')
    .option('--name <name>', 'name of the template (default: `name` in the file, else the file name)')
    .option('--var <name=value>', 'value for {{name}} in the template; repeatable', collect, [])
    .option(
      '--allow-files <folder>',
      'upload files of this folder too when the template names them (default: its own folder alone); repeatable',
      collect,
      [],
    )
    .option('--no-cache', 'begin with the source even where an earlier build has kept a checkpoint')
    .option('-w, --wait', 'show the run until it ends; the exit code tells the outcome')
    .option('-f, --follow', 'as --wait, with the output of every step')
    .addOption(
      // Not its class: the action runs this file where no package is.
      command
        .createOption(
          '--until <what>',
          'with --wait: `usable` ends when each output can be used in a first region',
        )
        .choices(['end', 'usable'])
        .default('end'),
    )
    .option('--outputs <file>', 'write state, run and images as JSON, for later steps of a pipeline')
    .option('--summary <file>', 'add the timeline and the images as Markdown')
    .action(async (file: string, options: BuildOptions) => {
      process.exitCode = await build(file, options);
    });
}

/** Also what the pipeline action calls. Resolves with the exit code. */
export async function build(file: string, options: BuildOptions): Promise<ExitCode> {
  if (options.until === 'usable' && options.wait !== true && options.follow !== true)
    throw refuse('--until usable needs --wait.', `Write \`kiln build ${file} --wait --until usable\`.`);
  const report = new CiReport(new Output(options), file, options);
  try {
    return await buildAndReport(file, options, report);
  } catch (error) {
    await report.problem(error);
    throw error;
  }
}

async function buildAndReport(file: string, options: BuildOptions, report: CiReport): Promise<ExitCode> {
  const session = openSession(options);
  const { client, out } = session;
  const target = await submit(session, file, options);
  if (options.wait !== true && options.follow !== true) {
    await report.started(target, templatePath(target.template));
    return tellStarted(session, target);
  }
  const followed = await followRun(client, out, target, {
    logs: options.follow === true,
    interruptible: true,
    local: session.connection.local,
    ...(options.until && { until: options.until }),
  });
  const failed = await findFailedStep(client, target, followed);
  const code = tellOutcome(out, target, followed, failed);
  out.result(outputLines(followed.run), followed.run);
  await report.run(target, followed, { failed, changes: () => changesOf(client, target, followed.run) });
  return code;
}

/** What is new in the image. A note that cannot be had is left out. */
async function changesOf(client: ApiClient, target: FollowTarget, run: Run): Promise<string | undefined> {
  if (run.inventory === undefined) return undefined;
  return getDiff(client, target, undefined, 'markdown').catch(() => undefined);
}

function tellStarted({ out }: Session, target: FollowTarget): ExitCode {
  const name = `${target.template.name}/${target.id}`;
  out.result(
    [
      `Run ${name} has started.`,
      `  watch   kiln logs ${name} -f`,
      `  state   kiln show ${name}`,
      `  cancel  kiln cancel ${target.template.name}`,
    ],
    { template: templatePath(target.template), runId: target.id },
  );
  return EXIT.succeeded;
}

/** Uploads what the file refers to, submits the template and starts a run. Also used by the demo. */
export async function submit(
  session: Session,
  file: string,
  options: Pick<BuildOptions, 'name' | 'var' | 'allowFiles' | 'cache'>,
): Promise<{ template: TemplateId; id: string }> {
  const { client, connection, out } = session;
  const subscription = connection.subscriptionId();
  const variables = parseVariables(options.var);
  const template = await readTemplate(
    file,
    {
      subscription,
      ...(connection.resourceGroup === undefined ? {} : { resourceGroup: connection.resourceGroup }),
      ...variables,
    },
    { ...options, given: Object.keys(variables) },
  );
  if (template.relaxed)
    out.say(`${file} has comments or trailing commas; the API gets plain JSON without them.`);
  const id = session.template(template.name);
  for (const { file: from, bytes } of template.artifacts)
    out.say(`upload ${from} (${formatBytes(bytes.length)})`);
  await Promise.all(template.artifacts.map((artifact) => putArtifact(client, subscription, artifact)));
  out.say(`submit ${id.name} in ${id.resourceGroup}`);
  const { leftOut, warnings } = await putTemplate(client, id, template.body);
  out.say(...leftOutLines(leftOut), ...warnings.map((warning) => `  Warning: ${warning}`));
  return { template: id, id: await start(client, id, options.cache === false) };
}

/** Starts a run and finds its id: the run operation is not the run, and the list is newest first. */
async function start(client: ApiClient, template: TemplateId, noCache: boolean): Promise<string> {
  const before = new Set((await listRuns(client, template)).map((run: Run) => run.id));
  await startRun(client, template, { noCache });
  const deadline = Date.now() + 60_000;
  while (Date.now() < deadline) {
    const fresh = (await listRuns(client, template)).find((run) => !before.has(run.id));
    if (fresh !== undefined) return fresh.id;
    await sleep(200);
  }
  throw new CliError({
    exitCode: EXIT.unreachable,
    message: 'The service accepted the run but lists none within 60 s.',
    remedy: `Look again with \`kiln runs ${template.name}\`.`,
  });
}
