import { commandName, MACHINE } from '../../shared/build/names.ts';
import type { StepPlan } from '../../shared/build/plan.ts';
import { KilnError } from '../../shared/errors/failure.ts';
import { fileScript, type GuestScript, inlineScript, installFile } from '../../shared/guest/shell.ts';
import type { Customizer, ImageTemplate, Sha256 } from '../../shared/template/model.ts';
import type { App } from '../app.ts';
import { type Activity, templateOf } from './activity.ts';
import { stagingTags } from './resources.ts';

/** Scripts up to here travel in the request; the agent's handler accepts no more than 256 KiB there. */
const INLINE_LIMIT = 64 * 1024;

/**
 * Starts the step's managed run command, once: a command that is there already is left alone, because a second PUT
 * with another SAS would run the script again.
 */
export const startStep: Activity<'start-step'> = async (app, { plan, step, attempt }) => {
  const { commands } = app.azure(plan.subscriptionId);
  const name = commandName(step.index, attempt);
  if ((await commands.get(plan.stagingGroup, MACHINE, name)) !== undefined) return null;
  const template = await templateOf(app, plan.run);
  const script = await render(app, template, step);
  // The agent writes to the log for as long as the step may take; the SAS must outlive it.
  const logs = await app.store.logs.target(
    plan.run.ref,
    plan.run.runId,
    step.log,
    Math.ceil(step.timeoutSeconds / 60) + 30,
  );
  await commands.start(plan.stagingGroup, MACHINE, name, {
    location: plan.location,
    tags: await stagingTags(app, plan),
    source: await deliver(app, script),
    parameters: script.environment,
    protectedParameters: {},
    timeoutSeconds: step.timeoutSeconds,
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

async function render(app: App, template: ImageTemplate, step: StepPlan): Promise<GuestScript> {
  const customizer = template.properties.customize[step.index];
  const { name } = template.ref;
  switch (customizer?.type) {
    case 'Shell':
      if (customizer.script.kind === 'inline') return inlineScript(customizer.script.lines, name);
      return fileScript(await pinned(app, customizer.script.sha256, customizer), name);
    case 'File': {
      const bytes = await pinned(app, customizer.sha256, customizer);
      return installFile(bytes, customizer.sha256 ?? '', customizer.destination);
    }
    case 'LinuxRestart':
    case 'PowerShell':
    case 'WindowsRestart':
    case 'WindowsUpdate':
    case undefined:
      throw new KilnError({
        code: 'InternalError',
        message: `Step ${step.index} (${step.name}) is not a command.`,
      });
    default:
      return customizer satisfies never;
  }
}

async function pinned(app: App, sha256: Sha256 | undefined, { name }: Customizer): Promise<Uint8Array> {
  const bytes = sha256 === undefined ? undefined : await app.store.artifacts.get(sha256);
  if (bytes !== undefined) return bytes;
  const message = `The copy of the file for customizer "${name}" is gone from the store; submit the template again.`;
  throw new KilnError({ code: 'ResourceNotFound', message });
}
