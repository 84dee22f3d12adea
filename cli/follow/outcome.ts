import { azureLines, type ApiClient } from '../api/client.ts';
import type { ChangeCounts, Failure, Phase, Run, RunState } from '../api/types.ts';
import { EXIT, type ExitCode } from '../errors.ts';
import { formatDuration } from '../output/duration.ts';
import type { Output } from '../output/output.ts';
import type { Followed, FollowTarget } from './follow-run.ts';
import { tailOf } from './log-follower.ts';
import { usableIn } from './usable.ts';
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
    const inRegions = output.regions.flatMap(({ region, error }) =>
      error === undefined ? [] : failureLines({ ...error, message: `${region}: ${error.message}` }, '      '),
    );
    const error = output.error === undefined ? [] : failureLines(output.error, '      ');
    return [
      `  ${output.state}  ${output.name} (${output.type})  ${where}`,
      ...regions,
      ...inRegions,
      ...error,
    ];
  });
}

/** Every message of a failure with what to do about it, the details indented below it. */
export const failureLines = (failure: Failure, indent = ''): string[] => [
  ...messageLines(failure, indent),
  ...(failure.remedy === undefined ? [] : [`${indent}  remedy: ${failure.remedy}`]),
];

/** The same without the remedy of the whole, which has a place of its own. A remedy that it has too is not repeated. */
export function messageLines(failure: Failure, indent = ''): string[] {
  const target = failure.target === undefined ? '' : `  [${failure.target}]`;
  return [
    `${indent}${failure.code}: ${failure.message}${target}`,
    ...azureLines(failure).map((line) => `${indent}  ${line}`),
    ...failure.details.flatMap(({ remedy, ...detail }) =>
      failureLines(
        remedy === undefined || remedy === failure.remedy ? detail : { ...detail, remedy },
        `${indent}  `,
      ),
    ),
  ];
}

/** The remedy that the service sent. One that sends none is older than this command, or no Kiln. */
export const remedyOf = (failure: Failure): string =>
  failure.remedy ??
  (failure.code === 'Unknown'
    ? 'The output of the steps tells more: `kiln logs RUN`.'
    : `The service sent none for ${failure.code}. The output of the steps tells more: \`kiln logs RUN\`.`);

/** A result that no guest stands behind must never look like one that a guest does. */
function machineLine(agent: string): string {
  if (agent !== 'simulated') return `  Machine: guest agent ${agent}.`;
  return '  Machine: SIMULATED. No script really ran, and the image does not boot.';
}

/** How much is in the image, and how much of it is new. */
function inventoryLines({ inventory }: Run): string[] {
  if (inventory === undefined) return [];
  const { packages, services, listening, sinceSource, sinceLast } = inventory;
  const changes = ({ added, removed, changed }: ChangeCounts): string =>
    `${added} added, ${removed} removed, ${changed} changed`;
  const parts = [
    `${packages} packages, ${services} services, ${listening} listening ports`,
    ...(sinceSource === undefined ? [] : [`since its source ${changes(sinceSource)}`]),
    ...(sinceLast === undefined ? [] : [`since the last image ${changes(sinceLast)}`]),
  ];
  return [`  In the image: ${parts.join('; ')}.`];
}

/** What the template asked for and the image does not have. */
export const leftOutLines = (notes: readonly string[]): string[] =>
  notes.map((note) => `  Not carried out: ${note}`);

/** The step that made a run fail, with the end of its output. */
export type FailedStep = {
  readonly phase: Phase;
  readonly name: string;
  readonly hasLog: boolean;
  readonly lines: readonly string[];
};

/** Undefined when nothing failed. A log that cannot be read is an empty one: the error itself matters more. */
export async function findFailedStep(
  client: ApiClient,
  target: FollowTarget,
  { how, run, timeline }: Followed,
): Promise<FailedStep | undefined> {
  // Who leaves waits for nothing more.
  if (how !== 'ended') return undefined;
  const failed = firstFailure(buildTree(timeline, run));
  if (failed === undefined) return undefined;
  const { phase, node } = failed;
  const lines =
    node.log === undefined ? [] : await tailOf(client, target, node.log, LAST_LINES).catch(() => []);
  return { phase, name: node.name, hasLog: node.log !== undefined, lines };
}

/** Says how a watched run ended: artifacts, or the failing step with the end of its output and what to do. */
export async function reportOutcome(
  client: ApiClient,
  out: Output,
  target: FollowTarget,
  followed: Followed,
): Promise<ExitCode> {
  const failed = await findFailedStep(client, target, followed);
  return tellOutcome(out, target, followed, failed);
}

/** As `reportOutcome`, with the failing step looked up already. */
export function tellOutcome(
  out: Output,
  target: FollowTarget,
  followed: Followed,
  failed: FailedStep | undefined,
): ExitCode {
  const { run } = followed;
  const name = `${target.template.name}/${run.id}`;
  if (followed.how === 'detached') {
    out.say(`Run ${name} goes on. kiln show ${name} tells how it stands.`);
    return EXIT.detached;
  }
  if (followed.how === 'usable') {
    out.say('', `Can be used: ${(usableIn(followed.timeline) ?? []).join(', ')}.`);
    out.say(`Run ${name} goes on. kiln show ${name} tells how it stands.`);
    return EXIT.succeeded;
  }
  const took =
    run.endTime === undefined
      ? ''
      : ` in ${formatDuration(Date.parse(run.endTime) - Date.parse(run.startTime))}`;
  out.say('', `Run ${name}: ${run.state}${took}.`);
  if (run.agent !== undefined) out.say(machineLine(run.agent));
  out.say(...inventoryLines(run));
  out.say(...leftOutLines(run.notCarriedOut));
  if (run.state === 'Failed' || run.error !== undefined) explainFailure(out, target, run, failed);
  if (run.cleanup === 'deferred')
    out.say('Clean up is deferred: Azure refused to delete the staging group now; the janitor tries again.');
  out.say(...keptLines(name, run));
  return exitCodeOf(run.state);
}

/** Of machines that stay after a failure: how long, and how to ask them something and let go of them. Nothing listens in them. */
export function keptLines(name: string, { cleanup, keptUntil, stagingGroup }: Run): string[] {
  if (cleanup !== 'kept' || stagingGroup === undefined) return [];
  const until = keptUntil === undefined ? '' : ` until ${keptUntil.replace(/:\d\d(\.\d+)?Z$/, 'Z')}`;
  return [
    '',
    `Kept for a look: the machines in ${stagingGroup}${until}.`,
    `  ask one:  az vm run-command create -g ${stagingGroup} --vm-name build --name look --script 'uptime'`,
    `  longer:   kiln keep ${name} --for 8h`,
    `  let go:   kiln release ${name}`,
  ];
}

function explainFailure(out: Output, target: FollowTarget, run: Run, failed: FailedStep | undefined): void {
  if (failed?.hasLog === true) {
    out.say(
      '',
      `Last lines of ${failed.phase} > ${failed.name}:`,
      ...failed.lines.map((line) => `  | ${line}`),
    );
    out.say(`  all of it: kiln logs ${target.template.name}/${run.id} --step ${quote(failed.name)}`);
  }
  const failure = run.error ?? { code: 'Unknown', message: run.message, details: [] };
  const [first = '', ...rest] = messageLines(failure);
  out.say('', `${out.style.red('error')}  ${first}`, ...rest.map((line) => `       ${line}`));
  out.say(`${out.style.bold('remedy')} ${remedyOf(failure)}`);
}

const quote = (text: string): string =>
  /^[\w.-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
