import type { Failure } from '../../../shared/errors/failure.ts';
import { vhdProblems } from '../../../shared/distribution/vhd-targets.ts';
import { readWorld } from '../../../shared/planning/read-world.ts';
import type { World } from '../../../shared/planning/world.ts';
import type { ImageTemplate, RunId } from '../../../shared/model/template.ts';
import type { App } from '../../app.ts';

type Asked = {
  readonly revision: number;
  /** Absent at a submission. */
  readonly runId?: RunId;
  readonly refusals?: readonly Failure[];
};

/** Everything that decides whether a revision can be built, read in one way for its submission and for its runs. */
export async function lookAround(app: App, template: ImageTemplate, asked: Asked): Promise<World> {
  const { ref, properties } = template;
  const { runId, revision, refusals = [] } = asked;
  const azure = app.azure(ref.subscriptionId);
  const head = await app.store.templates.get(ref);
  // A newer body is not the one whose fields are pointed at.
  const body = head?.value.revision === revision ? head.value.body : undefined;
  return await readWorld(azure, template, {
    now: app.now(),
    ...(runId && { runId }),
    body,
    refusals: [...refusals, ...vhdProblems(app.vhds, template.ref, properties.distribute)],
  });
}
