import type { ApiClient } from '../api/client.ts';
import { getRun, getTimeline } from '../api/runs.ts';
import { requestCancel } from '../api/templates.ts';
import { hasSettled, isFinal, type Run, type TemplateId, type TimelineEntry } from '../api/types.ts';
import { detectCi } from '../ci/detect.ts';
import { CliError, EXIT } from '../errors.ts';
import type { Output } from '../output/output.ts';
import { Interrupts } from './interrupt.ts';
import { LogFollower } from './log-follower.ts';
import { liveView, plainView, type View } from './views.ts';

export type FollowTarget = { readonly template: TemplateId; readonly id: string };

export type Followed = {
  /** `detached`: the user left, the run goes on. */
  readonly how: 'ended' | 'detached';
  readonly run: Run;
  readonly timeline: readonly TimelineEntry[];
};

export type FollowOptions = {
  /** Print the output of every step. */
  readonly logs: boolean;
  /** Ctrl-C leaves or cancels the run; false when the caller handles it. */
  readonly interruptible: boolean;
};

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
  { logs, interruptible }: FollowOptions,
): Promise<Followed> {
  const view = out.live ? liveView(out, logs) : plainView(out, logs);
  const inPipeline = detectCi() !== undefined;
  const interrupts = new Interrupts(interruptible, inPipeline, (presses) =>
    out.say(...hints(target, presses, inPipeline)),
  );
  try {
    return await watch(client, target, { view, interrupts, readsLogs: logs || out.live });
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

async function watch(
  client: ApiClient,
  target: FollowTarget,
  { view, interrupts, readsLogs }: { view: View; interrupts: Interrupts; readsLogs: boolean },
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
    view.update({ run, timeline, lines: lines ?? [] });
    if (isOver) return { how: 'ended', run, timeline };

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
