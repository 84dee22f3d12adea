import type { CommandPlan } from '../../shared/build/plan.ts';
import { KilnError } from '../../shared/errors/failure.ts';
import { bootMark } from '../../shared/guest/boot-mark.ts';
import { fileScript, type GuestScript, inlineScript, installFile } from '../../shared/guest/shell.ts';
import type { Customizer, ImageTemplate, Sha256 } from '../../shared/template/model.ts';
import type { App } from '../app.ts';
import { type Activity, runOf, templateOf } from './activity.ts';
import { stagingTags } from './resources.ts';

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
  const script = await render(app, template, command);
  // Named parameters of a run command are environment variables on Linux alone.
  const requested = plan.source.osType === 'Linux' ? (await runOf(app, plan.run)).parameters : {};
  // The agent writes to the log for as long as the command may take; the SAS must outlive it.
  const minutes = Math.ceil(timeoutSeconds / 60) + 30;
  const logs = await app.store.logs.target(plan.run.ref, plan.run.runId, log, minutes);
  await commands.start(plan.stagingGroup, machine, name, {
    location: plan.location,
    tags: await stagingTags(app, plan),
    source: await deliver(app, script),
    // The template's own variables win: a request adds to them only.
    parameters: { ...requested, ...script.environment },
    protectedParameters: {},
    timeoutSeconds,
    outputUrl: logs.outputUrl,
    errorUrl: logs.errorUrl,
  });
  return null;
};

async function deliver(app: App, script: GuestScript): Promise<{ script: string } | { scriptUri: string }> {
  const bytes = new TextEncoder().encode(script.text);
  if (bytes.byteLength <= INLINE_LIMIT) return { script: script.text };
  const sha256 = await app.store.artifacts.put(bytes);
  return { scriptUri: await app.store.artifacts.url(sha256, 60) };
}

async function render(app: App, template: ImageTemplate, { script }: CommandPlan): Promise<GuestScript> {
  if (script.kind === 'boot-mark') return bootMark();
  const step = stepOf(template, script.index);
  const { name } = template.ref;
  switch (step?.type) {
    case 'Shell':
      if (step.script.kind === 'inline') return inlineScript(step.script.lines, name);
      return fileScript(await pinned(app, step.script.sha256, step), name);
    case 'File': {
      const bytes = await pinned(app, step.sha256, step);
      return installFile(bytes, step.sha256 ?? '', step.destination);
    }
    case 'LinuxRestart':
    case 'PowerShell':
    case 'WindowsRestart':
    case 'WindowsUpdate':
    case undefined:
      throw new KilnError({ code: 'InternalError', message: `Step ${script.index} is not a command.` });
    default:
      return step satisfies never;
  }
}

/** The plan numbers customizers, then validators. */
function stepOf({ properties }: ImageTemplate, index: number): Customizer | undefined {
  const { customize, validate } = properties;
  return customize[index] ?? validate?.validators[index - customize.length];
}

async function pinned(app: App, sha256: Sha256 | undefined, { name }: Customizer): Promise<Uint8Array> {
  const bytes = sha256 === undefined ? undefined : await app.store.artifacts.get(sha256);
  if (bytes !== undefined) return bytes;
  const message = `The copy of the file for step "${name}" is gone from the store; submit the template again.`;
  throw new KilnError({ code: 'ResourceNotFound', message });
}
