import type { ApiClient } from '../api/client.ts';
import type { Failure, Run, RunState } from '../api/types.ts';
import { EXIT, type ExitCode } from '../errors.ts';
import { formatDuration } from '../output/duration.ts';
import type { Output } from '../output/output.ts';
import { harmless } from '../output/style.ts';
import type { Followed, FollowTarget } from './follow-run.ts';
import { tailOf } from './log-follower.ts';
import { buildTree, describeRegions, firstFailure } from './tree.ts';

/** Lines of the failing step's output that are shown; the rest is one command away. */
const LAST_LINES = 20;

const EXIT_OF = {
  Running: EXIT.detached,
  Canceling: EXIT.detached,
  Succeeded: EXIT.succeeded,
  PartiallySucceeded: EXIT.partiallySucceeded,
  Failed: EXIT.failed,
  Canceled: EXIT.canceled,
} as const satisfies Record<RunState, ExitCode>;

export const exitCodeOf = (state: RunState): ExitCode => EXIT_OF[state];

/** One line per artifact, and one per region that did not get it. */
export function outputLines(run: Run): string[] {
  return run.outputs.flatMap((output) => {
    const where = output.artifactId ?? output.artifactUri?.split('?')[0] ?? '';
    const regions = output.regions.length === 0 ? [] : [`      ${describeRegions(output.regions)}`];
    const error = output.error === undefined ? [] : [`      ${output.error.code}: ${output.error.message}`];
    return [`  ${output.state}  ${output.name} (${output.type})  ${where}`, ...regions, ...error];
  });
}

/** Every message of a failure, the details indented below it. */
export function failureLines(failure: Failure, indent = ''): string[] {
  const target = failure.target === undefined ? '' : `  [${failure.target}]`;
  return [
    `${indent}${failure.code}: ${harmless(failure.message)}${target}`,
    ...failure.details.flatMap((detail) => failureLines(detail, `${indent}  `)),
  ];
}

/** The remedy the service sent, or where the catalogue tells it. */
export const remedyOf = (failure: Failure): string =>
  failure.remedy ?? `See docs/errors.md, "${failure.code}".`;

/** Says how a watched run ended: artifacts, or the failing step with the end of its output and what to do. */
export async function reportOutcome(
  client: ApiClient,
  out: Output,
  target: FollowTarget,
  followed: Followed,
): Promise<ExitCode> {
  const { run } = followed;
  const name = `${target.template.name}/${run.id}`;
  if (followed.how === 'detached') {
    out.say(`Run ${name} goes on. kiln show ${name} tells how it stands.`);
    return EXIT.detached;
  }
  const took =
    run.endTime === undefined
      ? ''
      : ` in ${formatDuration(Date.parse(run.endTime) - Date.parse(run.startTime))}`;
  out.say('', `Run ${name}: ${run.state}${took}.`);
  if (run.state === 'Failed' || run.error !== undefined) await explainFailure(client, out, target, followed);
  if (run.cleanup === 'deferred')
    out.say('Clean up is deferred: Azure refused to delete the staging group now; the janitor tries again.');
  return exitCodeOf(run.state);
}

async function explainFailure(
  client: ApiClient,
  out: Output,
  target: FollowTarget,
  { run, timeline }: Followed,
): Promise<void> {
  const failed = firstFailure(buildTree(timeline, run));
  const log = failed?.node.log;
  if (failed !== undefined && log !== undefined) {
    const lines = await tailOf(client, target, log, LAST_LINES).catch(() => []);
    out.say(
      '',
      `Last lines of ${failed.phase} > ${failed.node.name}:`,
      ...lines.map((line) => `  | ${line}`),
    );
    out.say(`  all of it: kiln logs ${target.template.name}/${run.id} --step ${quote(failed.node.name)}`);
  }
  const failure = run.error ?? { code: 'Unknown', message: run.message, details: [] };
  const [first = '', ...rest] = failureLines(failure);
  out.say('', `${out.style.red('error')}  ${first}`, ...rest.map((line) => `       ${line}`));
  out.say(`${out.style.bold('remedy')} ${remedyOf(failure)}`);
  if (process.env['GITHUB_ACTIONS'] === 'true')
    process.stderr.write(annotation(failure, failed?.node.name ?? target.template.name));
}

const quote = (text: string): string =>
  /^[\w.-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;

/** https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands#setting-an-error-message */
export function annotation(failure: Failure, title: string): string {
  const data = (text: string): string =>
    text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
  const property = (text: string): string => data(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
  return `::error title=${property(`Kiln: ${title}`)}::${data(`${failure.code}: ${failure.message}`)}\n`;
}
