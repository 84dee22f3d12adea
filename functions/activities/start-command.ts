import { preparingStep } from '../../shared/build/preparation.ts';
import type { BuildPlan, CommandPlan } from '../../shared/build/plan.ts';
import type { CommandRequest } from '../../shared/azure/ports.ts';
import type { ErrorCode } from '../../shared/errors/codes.ts';
import { KilnError } from '../../shared/errors/failure.ts';
import { diagnosis } from '../../shared/guest/diagnose.ts';
import { waitWithin } from '../../shared/guest/prepare.ts';
import { fetchMedium } from '../../shared/guest/iso/fetch-medium.ts';
import { installSystem } from '../../shared/guest/iso/install-system.ts';
import { type OsType, renderBootMark, renderRestart, renderStep } from '../../shared/guest/render.ts';
import type { GuestScript } from '../../shared/guest/script.ts';
import { INLINE_FILE_LIMIT } from '../../shared/guest/windows-file.ts';
import { watched } from '../../shared/guest/watched.ts';
import { checkUrl } from '../../shared/net/url-policy.ts';
import type { Run } from '../../shared/store/documents.ts';
import type { Customizer, ImageTemplate, Sha256 } from '../../shared/template/model.ts';
import type { App } from '../app.ts';
import { type Activity, operation, runOf, templateOf } from './activity.ts';
import { isWatched } from './check-command.ts';
import type { OperationHandle } from './contract.ts';
import { osOf, stoppedBefore } from './lost-machine.ts';
import { note, placeOf } from './notes.ts';
import { stagingTags } from './resources.ts';

/** Scripts up to here travel in the request; the agent's handler accepts no more than 256 KiB there. */
const INLINE_LIMIT = 64 * 1024;
/** The machine fetches what it is told to right after the start of the command. */
const URL_MINUTES = 60;

/**
 * Starts a managed run command, once: a command that is there already is left alone, because a second PUT with another
 * SAS would run the script again.
 */
export const startCommand: Activity<'start-command'> = async (app, { plan, command }) => {
  const { commands } = app.azure(plan.subscriptionId);
  const { machine, name, log, timeoutSeconds } = command;
  if ((await commands.get(plan.stagingGroup, machine, name)) !== undefined) return null;
  const template = await templateOf(app, plan.run);
  const rendered = await render(app, template, plan, command);
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
    return operation('run the command', started);
  } catch (error) {
    if (!(error instanceof KilnError) || !REFUSALS.includes(error.failure.code)) throw error;
    const machine = await machines.get(stagingGroup, command.machine);
    if (machine?.power !== 'stopped' && machine?.power !== 'deallocated') throw error;
    throw new KilnError(stoppedBefore(command, machine.power), { cause: error });
  }
}

const REFUSALS: readonly ErrorCode[] = ['AzureConflict', 'AzureRefused'];

async function deliver(app: App, script: GuestScript): Promise<{ script: string } | { scriptUri: string }> {
  const bytes = new TextEncoder().encode(script.text);
  if (bytes.byteLength <= INLINE_LIMIT) return { script: script.text };
  const sha256 = await app.store.artifacts.put(bytes);
  return { scriptUri: await app.store.artifacts.url(sha256, URL_MINUTES) };
}

async function render(
  app: App,
  template: ImageTemplate,
  plan: BuildPlan,
  { script }: CommandPlan,
): Promise<GuestScript> {
  const { osType } = plan.source;
  if (script.kind === 'boot-mark') return renderBootMark(osType);
  if (script.kind === 'diagnose') return diagnosis(osType);
  if (script.kind === 'fetch-medium') return mediumScript(app, template);
  if (script.kind === 'install-system') return installSystem();
  const step = stepOf(template, script.index);
  if (step === undefined)
    throw new KilnError({ code: 'BrokenInvariant', message: `The template has no step ${script.index}.` });
  if (script.kind !== 'step') return renderRestart(step, script.kind);
  const parameters = declared(template, (await runOf(app, plan.run)).parameters);
  const content = {
    ...(await fetchContent(app, step, osType)),
    secrets: await fetchSecrets(app, step),
    ...(parameters && { parameters }),
  };
  const first = preparingStep(plan);
  const prepare = first?.index === script.index && { waitSeconds: waitWithin(first.timeoutSeconds) };
  return renderStep(step, { templateName: template.ref.name, osType, content, ...(prepare && { prepare }) });
}

/** A template may declare fewer than when the request was accepted. Requests of before there were declarations keep theirs. */
function declared(
  { properties: { buildRequests } }: ImageTemplate,
  given: Run['parameters'],
): Run['parameters'] {
  if (buildRequests === undefined || given === undefined) return given;
  return Object.fromEntries(
    Object.entries(given).filter(([name]) => buildRequests.parameters.includes(name)),
  );
}

/** The address is checked again: what was allowed at submission may not be any more. */
function mediumScript(app: App, { properties: { source } }: ImageTemplate): GuestScript {
  if (source.type !== 'ISO')
    throw new KilnError({ code: 'BrokenInvariant', message: 'The source of the template is no ISO.' });
  const check = checkUrl(source.sourceUri, app.urls);
  // As it was read and checked, never as it was typed: curl would read a line break in it as one more option.
  if (check.ok) return fetchMedium(check.url.href, source.sha256, check.trusted);
  const message = `The URL of the medium ${check.reason}.`;
  throw new KilnError({ code: 'UrlNotAllowed', message, target: '/properties/source/sourceUri' });
}

/** Bytes of the pinned copy; a URL where the machine had better fetch them itself. */
async function fetchContent(
  app: App,
  step: Customizer,
  osType: OsType,
): Promise<{ bytes?: Uint8Array; url?: string }> {
  const sha256 = step.type === 'File' ? step.sha256 : hashOf(step);
  if (sha256 === 'none') return {};
  const bytes = sha256 === undefined ? undefined : await app.store.artifacts.get(sha256);
  if (bytes === undefined || sha256 === undefined) {
    const message = `The copy of the file for step "${step.name}" is gone from the store; submit the template again.`;
    throw new KilnError({ code: 'ResourceNotFound', message });
  }
  if (step.type === 'File' && osType === 'Windows' && bytes.byteLength > INLINE_FILE_LIMIT)
    return { url: await app.store.artifacts.url(sha256, URL_MINUTES) };
  return { bytes };
}

function hashOf(step: Customizer): Sha256 | 'none' | undefined {
  const script = 'script' in step ? step.script : undefined;
  return script === undefined || script.kind === 'inline' ? 'none' : script.sha256;
}

/** Only here does a secret exist outside of its vault and the machine. */
async function fetchSecrets(app: App, step: Customizer): Promise<Record<string, string>> {
  const references = 'secrets' in step ? (step.secrets ?? {}) : {};
  const values = Object.entries(references).map(async ([name, id]) => [name, await app.secret(id)] as const);
  return Object.fromEntries(await Promise.all(values));
}

/** The plan numbers customizers, then validators. */
function stepOf({ properties }: ImageTemplate, index: number): Customizer | undefined {
  const { customize, validate } = properties;
  return customize[index] ?? validate?.validators[index - customize.length];
}
