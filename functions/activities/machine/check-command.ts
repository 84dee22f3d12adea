import { KilnError } from '../../../shared/errors/failure.ts';
import { paceToBegin } from '../../../shared/model/pace.ts';
import { lastLines } from '../../../shared/planning/last-lines.ts';
import type { CommandPlan } from '../../../shared/model/plan.ts';
import type { CommandView } from '../../../shared/ports/azure.ts';
import type { App } from '../../app.ts';
import { type Activity, refuseIfCanceled } from '../activity.ts';
import type { CommandOutcome, Input } from '../../contract.ts';
import { endOf, followBatch, suspect, underWay } from './follow-batch.ts';
import { judge } from './judge-command.ts';
import { lastOutput } from './last-output.ts';
import { LATE_LOG_MS, lateLog } from './late-log.ts';
import { osOf, stopped } from './lost-machine.ts';
import { withoutSecrets } from './step-secrets.ts';
import { watchMachine } from './watch-machine.ts';

export const checkCommand: Activity<'check-command'> = async (app, input) => {
  const { plan, seen, handle } = input;
  const due = handle?.done === false ? handle.due : undefined;
  const early = paceToBegin(due, app.now());
  if (early?.isEarly === true) {
    await refuseIfCanceled(app, plan.run);
    return { done: false, retryAfterMs: early.pauseMs };
  }
  const view = await app
    .azure(plan.subscriptionId)
    .commands.get(plan.stagingGroup, input.command.machine, input.command.name);
  const batch = await followBatch(app, input, { seen: seen?.batch, view });
  // Of a batch, whatever is said is of the step that is under way.
  const command = underWay(plan, input.command, batch);
  const spoken = { ...input, command };
  if (view === undefined) throw new KilnError(await gone(app, spoken));
  const pulse = seen?.pulse?.name;
  const { timeoutSeconds, log } = command;
  const told = async (outcome: CommandOutcome): Promise<CommandOutcome> => {
    const tail = await withoutSecrets(app, plan.run, command, outcome.tail);
    return { ...outcome, tail, ...(pulse && { pulse }), ...(batch && { batch: endOf(batch) }) };
  };
  const ended = judge(view, { osType: osOf(plan, command), timeoutSeconds, log });
  const late = ended && (await lateLog(app, input, view));
  if (late) return { done: false, retryAfterMs: LATE_LOG_MS, seen: late };
  if (ended !== undefined) return { done: true, value: await told(ended) };
  if (view.provisioningState === 'Failed') throw new KilnError(await refused(app, spoken, view));
  await refuseIfCanceled(app, plan.run);
  const wish = view.retryAfterMs ?? paceToBegin(due, app.now())?.pauseMs;
  const wait = wish === undefined ? {} : { retryAfterMs: wish };
  if (!isWatched(command)) return { done: false, ...wait };
  const whole = input.command.log;
  const silent = suspect(input, command, view);
  const step = await watchMachine({ ...spoken, whole, silent, app, view, now: app.now() });
  if (step.outcome !== undefined) return { done: true, value: await told(step.outcome) };
  const soon = step.retryAfterMs === undefined ? wait : { retryAfterMs: step.retryAfterMs };
  return { done: false, ...soon, seen: { ...step.seen, ...(batch && { batch }) } };
};

/** Deleting a VM, as the eviction of a Spot VM may, deletes its commands. */
async function gone(app: App, { plan, command }: Input<'check-command'>): Promise<KilnError['failure']> {
  const machine = await app.azure(plan.subscriptionId).machines.get(plan.stagingGroup, command.machine);
  const tail = await lastOutput(app, plan, command, undefined);
  if (machine === undefined) return stopped(command, tail, undefined);
  const message = `The run command of ${command.label ?? `"${command.log}"`} is gone; somebody deleted it. ${lastLines(tail)}`;
  return { code: 'AzureNotFound', message };
}

/** Whatever Kiln asks during a restart is to be away for a while. */
export function isWatched({ script }: CommandPlan): boolean {
  return ['step', 'batch', 'fetch-medium', 'install-system'].includes(script.kind);
}

/** The operation that started the command knows why it failed; its resource does not. */
async function refused(
  app: App,
  { plan, command, handle }: Input<'check-command'>,
  view: CommandView,
): Promise<KilnError['failure']> {
  const what = `Azure could not run ${command.label ?? `"${command.log}"`}`;
  const failed = await whyFailed(app, plan.subscriptionId, handle);
  const given = failed?.message ?? (view.executionMessage || 'no reason was given.');
  const reason = await withoutSecrets(app, plan.run, command, given);
  const { azure } = failed ?? {};
  return {
    code: 'AgentFailed',
    message: `${what}: ${reason}`,
    target: command.log,
    ...(azure && { azure }),
  };
}

async function whyFailed(
  app: App,
  subscriptionId: string,
  handle: Input<'check-command'>['handle'],
): Promise<KilnError['failure'] | undefined> {
  if (handle === undefined || handle.done) return undefined;
  try {
    await app.azure(subscriptionId).operations.look(handle.pollUrl);
    return undefined;
  } catch (error) {
    if (error instanceof KilnError) return error.failure;
    throw error;
  }
}
