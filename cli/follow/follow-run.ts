import type { ApiClient } from '../api/client.ts';
import { getRun, getTimeline } from '../api/runs.ts';
import { requestCancel } from '../api/templates.ts';
import { hasSettled, isFinal, type Run, type TemplateId, type TimelineEntry } from '../api/types.ts';
import { detectCi } from '../ci/detect.ts';
import { CliError, EXIT } from '../errors.ts';
import type { LocalEndpoints } from '../connect/local-endpoints.ts';
import type { Output } from '../output/output.ts';
import { preparing } from './base-image.ts';
import { Interrupts } from './interrupt.ts';
import { LogFollower } from './log-follower.ts';
import { buildTree } from './tree.ts';
import { usableIn } from './usable.ts';
import { liveView, plainView, type View } from './views.ts';

export type FollowTarget = { readonly template: TemplateId; readonly id: string };

export type Followed = {
  /** `detached`: the user left, the run goes on. `usable`: it goes on, and its first image can be used. */
  readonly how: 'ended' | 'detached' | 'usable';
  readonly run: Run;
  readonly timeline: readonly TimelineEntry[];
};

export type FollowOptions = {
  /** Print the output of every step. */
  readonly logs: boolean;
  /** Ctrl-C leaves or cancels the run; false when the caller handles it. */
  readonly interruptible: boolean;
  /** The local mode that carries the run out, when it is one: it makes its base images itself. */
  readonly local?: LocalEndpoints | undefined;
  /** `usable`: until each output can be used somewhere. */
  readonly until?: Until;
};
/** What is waited for, at most. */
export type Until = 'end' | 'usable';

const POLL_MS = 700;
/** The outcome is known and the user waits for the rest of the cleanup: mostly a fraction of a second. */
const LAST_POLL_MS = 200;
/** Cleanup comes after the outcome. It is worth watching, but nobody should wait for an Azure that will not delete. */
const CLEANUP_PATIENCE_MS = 120_000;

/** Shows a run until it has ended and its cleanup is over, or until the user leaves. */
export async function followRun(
  client: ApiClient,
  out: Output,
  target: FollowTarget,
  { logs, interruptible, local, until = 'end' }: FollowOptions,
): Promise<Followed> {
  const view = out.live ? liveView(out, logs) : plainView(out, logs);
  const inPipeline = detectCi() !== undefined;
  const interrupts = new Interrupts(interruptible, inPipeline, (presses) =>
    out.say(...hints(target, presses, inPipeline)),
  );
  try {
    return await watch(client, target, { view, interrupts, readsLogs: logs || out.live, local, until });
  } finally {
    interrupts.close();
    view.close();
  }
}

/** What the key that was just pressed does, before it does it. */
function hints({ template: { name }, id }: FollowTarget, presses: number, inPipeline: boolean): string[] {
  if (inPipeline) return presses === 1 ? ['The pipeline is being canceled: canceling the run.'] : [];
  switch (presses) {
    case 1:
      return [
        'Ctrl-C: leaving in 3 s, the run goes on. Press Ctrl-C again to CANCEL THE RUN.',
        `  watch it again: kiln logs ${name}/${id} -f`,
        `  cancel it: kiln cancel ${name}`,
      ];
    case 2:
      return [
        'Ctrl-C twice: canceling the run; this shows how it ends. Press Ctrl-C once more to leave at once.',
      ];
    default:
      return ['Ctrl-C again: leaving.'];
  }
}

type Watching = {
  readonly view: View;
  readonly interrupts: Interrupts;
  readonly readsLogs: boolean;
  readonly local: LocalEndpoints | undefined;
  readonly until: Until;
};

async function watch(
  client: ApiClient,
  target: FollowTarget,
  { view, interrupts, readsLogs, local, until }: Watching,
): Promise<Followed> {
  const logs = new LogFollower(client, target);
  let canceled = false;
  let finalSince: number | undefined;
  let last: Look | undefined;
  const leave = (): Followed => {
    if (last !== undefined) return { how: 'detached', ...last };
    throw new CliError({ exitCode: EXIT.detached, message: `Left. Run ${target.id} goes on.` });
  };
  for (;;) {
    const look = await interrupts.during(lookAt(client, target));
    if (look === undefined) return leave();
    last = look;
    const { run, timeline } = look;
    if (isFinal(run.state)) finalSince ??= Date.now();
    const waited = finalSince === undefined ? 0 : Date.now() - finalSince;
    const isOver = hasSettled(run) || waited > CLEANUP_PATIENCE_MS;
    const lines = readsLogs ? await interrupts.during(logs.read(isOver)) : [];
    const waitsFor = await interrupts.during(preparing(local, buildTree(timeline, run)));
    view.update({ run, timeline, lines: lines ?? [], preparing: waitsFor });
    if (isOver) return { how: 'ended', run, timeline };
    if (until === 'usable' && !isFinal(run.state) && usableIn(timeline) !== undefined)
      return { how: 'usable', run, timeline };

    const wish = interrupts.wish();
    if (wish === 'detach' || wish === 'leave') return leave();
    if (wish === 'cancel' && !canceled) {
      canceled = true;
      await cancel(client, target.template);
    }
    await interrupts.sleep(finalSince === undefined || waited > 5000 ? POLL_MS : LAST_POLL_MS);
  }
}

type Look = Pick<Followed, 'run' | 'timeline'>;

/** The run is read before its timeline: once it has ended, the timeline that follows is complete. */
async function lookAt(client: ApiClient, { template, id }: FollowTarget): Promise<Look> {
  const run = await getRun(client, template, id);
  return { run, timeline: await getTimeline(client, template, id) };
}

/** A run that ended meanwhile refuses the cancel; its end is what the next look shows. */
async function cancel(client: ApiClient, template: TemplateId): Promise<void> {
  try {
    await requestCancel(client, template);
  } catch (error) {
    if (!(error instanceof CliError)) throw error;
  }
}
