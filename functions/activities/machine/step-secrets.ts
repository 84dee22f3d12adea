import type { CommandPlan, RunContext } from '../../../shared/model/plan.ts';
import { KilnError } from '../../../shared/errors/failure.ts';
import { masked } from '../../../shared/guest/mask.ts';
import type { Customizer, ImageTemplate } from '../../../shared/model/template.ts';
import type { App } from '../../app.ts';
import { templateOf } from '../activity.ts';

/** Only here does a secret exist outside of its vault and the machine. */
export async function fetchSecrets(app: App, step: Customizer): Promise<Record<string, string>> {
  const references = 'secrets' in step ? (step.secrets ?? {}) : {};
  const values = Object.entries(references).map(async ([name, id]) => [name, await app.secret(id)] as const);
  return Object.fromEntries(await Promise.all(values));
}

/** Values that any step was given: nothing of them may be left in the image. */
export async function secretsOfSteps(app: App, { properties }: ImageTemplate): Promise<string[]> {
  const steps = [...properties.customize, ...(properties.validate?.validators ?? [])];
  const values = await Promise.all(steps.map((step) => fetchSecrets(app, step)));
  return values.flatMap((byName) => Object.values(byName));
}

/** The plan numbers customizers, then validators. */
export function stepOf({ properties }: ImageTemplate, index: number): Customizer | undefined {
  const { customize, validate } = properties;
  return customize[index] ?? validate?.validators[index - customize.length];
}

const NOT_SHOWN =
  'The output is not shown: the secrets of the step could not be read again, to be taken out of it. It is in the log of the run.';

/**
 * What a step has printed, for histories and messages. The guest has redacted it already; what its shell could not do is
 * done here. The vault is asked only for a step that has secrets and has printed something.
 */
export async function withoutSecrets(
  app: App,
  run: RunContext,
  { script }: CommandPlan,
  text: string,
): Promise<string> {
  if (text === '' || script.kind !== 'step') return text;
  try {
    const step = stepOf(await templateOf(app, run), script.index);
    if (step === undefined || !('secrets' in step)) return text;
    return masked(text, Object.values(await fetchSecrets(app, step)));
  } catch (error) {
    if (error instanceof KilnError) return NOT_SHOWN;
    throw error;
  }
}
