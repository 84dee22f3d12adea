import { notCarriedOut } from '../../../shared/planning/not-carried-out.ts';
import { planProblems } from '../../../shared/planning/plan-problems.ts';
import { planWarnings } from '../../../shared/planning/plan-warnings.ts';
import { assertNone } from '../../../shared/model/problem.ts';
import { assertNoCircle } from '../../../shared/refresh/no-circle.ts';
import { type Failure, KilnError } from '../../../shared/errors/failure.ts';
import { pinsOf } from '../../../shared/template/pins.ts';
import type { TemplateRef } from '../../../shared/model/template.ts';
import type { App } from '../../app.ts';
import type { Activity } from '../activity.ts';
import { lookAround } from './look-around.ts';

/** Looks around, so that a template that could never be built fails at once and not at its first run. */
export const resolveSubmission: Activity<'resolve-submission'> = async (app, { ref, revision }) => {
  const stored = await app.store.revisions.get(ref, revision);
  if (stored === undefined) {
    throw new KilnError({
      code: 'ResourceNotFound',
      message: `Revision ${revision} of template ${ref.name} is gone.`,
    });
  }
  const { template } = stored;
  // The janitor looks after the templates of a subscription that it knows.
  await app.store.subscriptions.note(ref.subscriptionId);
  const refusals = await circles(app, ref);
  const world = await lookAround(app, template, { revision, refusals });
  assertNone(planProblems(template, world));
  const { identities, source } = world;
  const found = {
    identities,
    notCarriedOut: notCarriedOut(template.properties),
    warnings: planWarnings(template, world),
    pins: pinsOf(template),
  };
  if (source === undefined || source.image.kind === 'iso') return found;
  const { image } = source;
  return { ...found, exactVersion: image.kind === 'marketplace' ? image.version : image.id };
};

async function circles({ store }: App, ref: TemplateRef): Promise<Failure[]> {
  try {
    await assertNoCircle(store, ref);
    return [];
  } catch (error) {
    if (error instanceof KilnError && error.failure.code === 'RefreshLoop') return [error.failure];
    throw error;
  }
}
