import { azureLines } from '../api/client.ts';
import type { Failure, Run } from '../api/types.ts';
import type { CliError } from '../errors.ts';
import type { Followed, FollowTarget } from '../follow/follow-run.ts';
import { remedyOf, type FailedStep } from '../follow/outcome.ts';
import { buildTree, elapsed, type NodeState, type StepNode } from '../follow/tree.ts';
import { formatDuration } from '../output/duration.ts';
import { harmless } from '../output/style.ts';
import { code, codeBlock, plainText, table } from './markdown.ts';
import { resultOf } from './outputs.ts';

const SIGNS = {
  pending: '▫️ not started',
  running: '⏳ running',
  succeeded: '✅',
  failed: '❌ failed',
  skipped: '⏭️ skipped',
  stopped: '⏹️ stopped',
} as const satisfies Record<NodeState, string>;

/** GitHub takes 1 MiB for a step and nothing of a longer one. */
const MOST_BYTES = 900_000;

/** A run as a page of Markdown: outcome, images, error, timeline. */
export function runSummary(
  target: FollowTarget,
  followed: Followed,
  {
    failed,
    changes,
  }: { readonly failed?: FailedStep | undefined; readonly changes?: string | undefined } = {},
): string {
  const { run } = followed;
  const took = run.endTime === undefined ? undefined : Date.parse(run.endTime) - Date.parse(run.startTime);
  const lines = [
    `### Kiln: ${plainText(target.template.name)} – ${run.state}${took === undefined ? '' : ` in ${formatDuration(took)}`}`,
    '',
    ...(run.agent === 'simulated'
      ? ['> **SIMULATED.** No script really ran in a machine, and the image does not boot.', '']
      : []),
    ...facts(target, run),
    ...run.notCarriedOut.flatMap((note) => [`> Not carried out: ${plainText(note)}`, '']),
    ...errorPart(run.error, failed),
    ...images(target, run),
    ...changesPart(changes),
    ...slowPart(followed),
    '#### Timeline',
    '',
    ...table(['step', 'result', 'took'], timelineRows(followed)),
  ];
  return capped(lines);
}

/** Why there is no outcome: a refused template, a service that cannot be reached. */
export function problemSummary(file: string, error: CliError): string {
  const { code: name, message, remedy, details = [] } = error.problem;
  return capped([
    `### Kiln: ${plainText(file)} – no result`,
    '',
    `**${plainText(name === undefined ? message : `${name}: ${message}`)}**`,
    '',
    ...details.map((detail) => `- ${plainText(detail)}`),
    ...(remedy === undefined ? [] : ['', `Remedy: ${plainText(remedy)}`]),
  ]);
}

function facts(target: FollowTarget, run: Run): string[] {
  const known: readonly (readonly [string, string | undefined])[] = [
    ['run', `${target.template.name}/${run.id}`],
    ['source', run.source],
    ['machine', run.vmSize],
    ['reason', run.reason],
  ];
  const rows = known.flatMap(([name, value]) => (value === undefined ? [] : [[name, code(value)]]));
  return table(['', ''], rows);
}

function errorPart(failure: Failure | undefined, failed: FailedStep | undefined): string[] {
  if (failure === undefined) return [];
  const tail =
    failed === undefined || failed.lines.length === 0
      ? []
      : [`Last lines of ${code(failed.name)}:`, '', ...codeBlock(failed.lines), ''];
  return [
    '#### Error',
    '',
    ...explained(failure, 0),
    '',
    `Remedy: ${plainText(remedyOf(failure))}`,
    '',
    ...tail,
  ];
}

function explained(failure: Failure, depth: number): string[] {
  const where = failure.target === undefined ? '' : ` (${code(failure.target)})`;
  const line = `${'  '.repeat(depth)}- **${plainText(failure.code)}**: ${plainText(failure.message)}${where}`;
  const azure = azureLines(failure).map((said) => `${'  '.repeat(depth + 1)}- ${plainText(said)}`);
  const remedy =
    depth === 0 || failure.remedy === undefined
      ? []
      : [`${'  '.repeat(depth + 1)}- Remedy: ${plainText(failure.remedy)}`];
  return [line, ...azure, ...remedy, ...failure.details.flatMap((detail) => explained(detail, depth + 1))];
}

function images(target: FollowTarget, run: Run): string[] {
  const rows = resultOf(target.template, run).images.map((image) => [
    plainText(image.name),
    plainText(image.type),
    plainText(image.state),
    image.version === undefined ? '' : code(image.version),
    plainText(image.regions.map(({ region, state }) => `${region} ${state}`).join(', ')),
    code(image.id ?? image.uri ?? '–'),
  ]);
  if (rows.length === 0) return [];
  const errors = run.outputs.flatMap(({ name, error, regions }) => [
    ...(error === undefined ? [] : [{ ...error, message: `${name}: ${error.message}` }]),
    ...regions.flatMap((one) =>
      one.error === undefined
        ? []
        : [{ ...one.error, message: `${name} in ${one.region}: ${one.error.message}` }],
    ),
  ]);
  const head = ['output', 'type', 'state', 'version', 'regions', 'where'];
  const said = errors.flatMap((error) => explained(error, 1).map((line) => line.slice(2)));
  return ['#### Images', '', ...table(head, rows), ...said, ...(said.length > 0 ? [''] : [])];
}

/** What took much longer than in the last builds, as the service has noted it. */
function slowPart({ timeline }: Followed): string[] {
  const slow = timeline.filter(({ id }) => id.endsWith('/slow'));
  const lines = slow.map(
    ({ phase, step, message = '' }) => `- ${code(step ?? phase)}: ${plainText(message)}`,
  );
  return lines.length === 0 ? [] : ['#### Slower than usual', '', ...lines, ''];
}

/** The release note of the service, one level below the headings of this page. */
function changesPart(note: string | undefined): string[] {
  return note === undefined
    ? []
    : [
        ...note
          .trimEnd()
          .split('\n')
          .map((line) => harmless(line).replace(/^#/, '###')),
        '',
      ];
}

function timelineRows({ run, timeline }: Followed): string[][] {
  return buildTree(timeline, run)
    .filter((phase) => phase.state !== 'pending')
    .flatMap((phase) => [row(phase, ''), ...phase.steps.map((step) => row(step, '&emsp;'))]);
}

function row(node: StepNode, indent: string): string[] {
  const time = elapsed(node, Date.now());
  const remark = node.state === 'failed' && node.message !== undefined ? `: ${plainText(node.message)}` : '';
  return [
    `${indent}${plainText(node.name)}`,
    `${SIGNS[node.state]}${remark}`,
    time === undefined ? '' : formatDuration(time),
  ];
}

/** Whole lines, as many as fit. */
function capped(lines: readonly string[]): string {
  let size = 0;
  const kept = lines.filter((line) => (size += Buffer.byteLength(line) + 1) <= MOST_BYTES);
  const rest = kept.length < lines.length ? ['', `${lines.length - kept.length} lines are left out.`] : [];
  return [...kept, ...rest].join('\n');
}
