import type { BuildPlan, CommandPlan } from '../../../shared/model/plan.ts';
import type { CommandRequest } from '../../../shared/ports/azure.ts';
import type { ErrorCode } from '../../../shared/errors/codes.ts';
import { KilnError } from '../../../shared/errors/failure.ts';
import type { GuestScript } from '../../../shared/guest/script.ts';
import { watched } from '../../../shared/guest/watched.ts';
import type { App } from '../../app.ts';
import { type Activity, operation, templateOf } from '../activity.ts';
import { isWatched } from './check-command.ts';
import type { OperationHandle } from '../../contract.ts';
import { osOf, stoppedBefore } from './lost-machine.ts';
import { note, placeOf } from '../notes.ts';
import { stagingTags } from '../resources.ts';
import { renderCommand, URL_MINUTES } from './render-command.ts';

/** Scripts up to here travel in the request; the agent's handler accepts no more than 256 KiB there. */
const INLINE_LIMIT = 64 * 1024;

/**
 * Starts a managed run command, once: a command that is there already is left alone, because a second PUT with another
 * SAS would run the script again.
 */
export const startCommand: Activity<'start-command'> = async (app, { plan, command }) => {
  const { commands } = app.azure(plan.subscriptionId);
  const { machine, name, log, timeoutSeconds } = command;
  if ((await commands.get(plan.stagingGroup, machine, name)) !== undefined) return null;
  const template = await templateOf(app, plan.run);
  const rendered = await renderCommand({ app, template, plan }, command);
  const osType = osOf(plan, command);
  const script = isWatched(command) ? watched(rendered, { osType, name, timeoutSeconds }) : rendered;
  // The agent writes to the log for as long as the command may take; the SAS must outlive it.
  const minutes = Math.ceil(timeoutSeconds / 60) + 30;
  const logs = await app.store.logs.target(plan.run.ref, plan.run.runId, log, minutes);
  const request: CommandRequest = {
    location: plan.location,
    tags: await stagingTags(app, plan),
    source: await deliver(app, script),
    parameters: script.environment,
    protectedParameters: script.secrets ?? {},
    timeoutSeconds,
    logs,
  };
  const handle = await startOn(app, plan, command, request);
  await note(app, plan.run, { ...placeOf(plan, command), topic: 'script' }, script.notes ?? []);
  return handle;
};

/** A machine that is not there takes no command, however often it is asked. */
async function startOn(
  app: App,
  { subscriptionId, stagingGroup }: BuildPlan,
  command: CommandPlan,
  request: CommandRequest,
): Promise<OperationHandle> {
  const { commands, machines } = app.azure(subscriptionId);
  try {
    const started = await commands.start(stagingGroup, command.machine, command.name, request);
    return operation('run the command', started, 'command');
  } catch (error) {
    if (!(error instanceof KilnError) || !REFUSALS.includes(error.failure.code)) throw error;
    const machine = await machines.get(stagingGroup, command.machine);
    if (machine?.power !== 'stopped' && machine?.power !== 'deallocated') throw error;
    throw new KilnError(stoppedBefore(command, machine.power), { cause: error });
  }
}

const REFUSALS: readonly ErrorCode[] = ['AzureConflict', 'AzureRefused'];

/** Within the request, or at an address when it is too long for that. */
export async function deliver(
  app: App,
  script: GuestScript,
): Promise<{ script: string } | { scriptUri: string }> {
  const bytes = new TextEncoder().encode(script.text);
  if (bytes.byteLength <= INLINE_LIMIT) return { script: script.text };
  const sha256 = await app.store.artifacts.put(bytes);
  return { scriptUri: await app.store.artifacts.url(sha256, URL_MINUTES) };
}
