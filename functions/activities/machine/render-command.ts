import { commandName, INVENTORY } from '../../../shared/planning/names.ts';
import { declaredParameters } from '../../../shared/planning/declared-parameters.ts';
import { preparingStep } from '../../../shared/planning/preparation.ts';
import { batchKey } from '../../../shared/model/batch-mark.ts';
import type { BuildPlan, CommandPlan } from '../../../shared/model/plan.ts';
import { KilnError } from '../../../shared/errors/failure.ts';
import { type BatchPart, batchScript } from '../../../shared/guest/batch.ts';
import { diagnosis } from '../../../shared/guest/diagnose.ts';
import { waitWithin } from '../../../shared/guest/prepare.ts';
import { fetchMedium } from '../../../shared/guest/iso/fetch-medium.ts';
import { installSystem } from '../../../shared/guest/iso/install-system.ts';
import { settleForCheckpoint } from '../../../shared/guest/checkpoint.ts';
import { renderChecks, renderHygiene } from '../../../shared/guest/proofs/render.ts';
import type { OsType } from '../../../shared/guest/os-type.ts';
import { renderBootMark, renderInventory, renderRestart } from '../../../shared/guest/render.ts';
import { renderStep } from '../../../shared/steps/all.ts';
import type { GuestScript } from '../../../shared/guest/script.ts';
import { INLINE_FILE_LIMIT } from '../../../shared/guest/windows-file.ts';
import { checkUrl } from '../../../shared/model/url-policy.ts';
import type { Customizer, ImageTemplate, Sha256 } from '../../../shared/model/template.ts';
import type { App } from '../../app.ts';
import { glanceAt } from '../activity.ts';
import { fetchSecrets, secretsOfSteps, stepOf } from './step-secrets.ts';

/** A first step with less time of its own is not preceded by a listing of the source. */
const LISTING_SECONDS = 60;
/** Of what is in the image, beside the last steps: as for a command of its own (functions/orchestrators/limits.ts). */
const INVENTORY_SECONDS = 120;
/** The machine fetches what it is told to right after the start of the command. */
export const URL_MINUTES = 60;

type Rendering = { readonly app: App; readonly template: ImageTemplate; readonly plan: BuildPlan };

/** What the machine is to run. */
export async function renderCommand(of: Rendering, { script }: CommandPlan): Promise<GuestScript> {
  const { app, template, plan } = of;
  const { osType } = plan.source;
  if (script.kind === 'boot-mark') return renderBootMark(osType);
  if (script.kind === 'diagnose') return diagnosis(osType);
  if (script.kind === 'inventory') return renderInventory(osType);
  if (script.kind === 'settle') return settleForCheckpoint();
  if (script.kind === 'checks') return renderChecks(osType, template.properties.validate?.checks ?? []);
  if (script.kind === 'hygiene') return renderHygiene(osType, await secretsOfSteps(app, template));
  if (script.kind === 'fetch-medium') return mediumScript(app, template);
  if (script.kind === 'install-system') return installSystem();
  if (script.kind === 'batch') return renderBatch(of, script);
  if (script.kind === 'step') return renderOne(of, script.index);
  return renderRestart(templateStep(template, script.index), script.kind);
}

async function renderBatch(
  of: Rendering,
  { index: first, count, listing }: Extract<CommandPlan['script'], { kind: 'batch' }>,
): Promise<GuestScript> {
  const indices = Array.from({ length: count }, (_, nth) => first + nth);
  const steps = await Promise.all(
    indices.map(async (index): Promise<BatchPart> => {
      const { notes, ...script } = await renderOne(of, index);
      const told = notes?.map((note) => `${templateStep(of.template, index).name}: ${note}`);
      return {
        member: index,
        name: commandName(index, 0),
        script: { ...script, ...(told && { notes: told }) },
      };
    }),
  );
  const script = renderInventory('Linux');
  const list: BatchPart = { member: 'inventory', name: INVENTORY, script, seconds: INVENTORY_SECONDS };
  return batchScript(listing === true ? [...steps, list] : steps, batchKey(of.plan.run.runId, first));
}

function templateStep(template: ImageTemplate, index: number): Customizer {
  const step = stepOf(template, index);
  if (step !== undefined) return step;
  throw new KilnError({ code: 'BrokenInvariant', message: `The template has no step ${index}.` });
}

async function renderOne({ app, template, plan }: Rendering, index: number): Promise<GuestScript> {
  const { osType } = plan.source;
  const step = templateStep(template, index);
  const parameters = declaredParameters(template, (await glanceAt(app, plan.run)).parameters);
  const content = {
    ...(await fetchContent(app, step, osType)),
    secrets: await fetchSecrets(app, step),
    ...(parameters && { parameters }),
  };
  const first = preparingStep(plan);
  const resumes = plan.checkpoints?.from !== undefined;
  const prepare = first?.index === index && {
    waitSeconds: waitWithin(first.timeoutSeconds),
    // Of the step's own time, which a slow machine would use up for it.
    // What a checkpoint has of its source is listed in it.
    listSource: !resumes && plan.inventory === true && first.timeoutSeconds >= LISTING_SECONDS,
    ...(resumes && { resumes }),
  };
  return renderStep(step, { templateName: template.ref.name, osType, content, ...(prepare && { prepare }) });
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
