import { getRun } from '../api/runs.ts';
import type { Run, RunOutput, TemplateId } from '../api/types.ts';
import { refuse } from '../errors.ts';
import type { Session } from './common.ts';
import { findRun } from './find-run.ts';

export type Made = {
  readonly template: TemplateId;
  readonly run: Run;
  /** What was meant, of what has succeeded. */
  readonly outputs: readonly RunOutput[];
};

/** What a user means by a run, as `findRun` reads it: its outputs that are there, of a version that alone. */
export async function findMade(session: Session, given: string): Promise<Made> {
  const { template, run: found } = await findRun(session, given);
  const run = await getRun(session.client, template, found.id);
  const version = given.includes('@') ? given.slice(given.lastIndexOf('@') + 1) : undefined;
  const outputs = run.outputs.filter(
    ({ state, artifactId }) =>
      state === 'Succeeded' && (version === undefined || isVersion(artifactId, version)),
  );
  if (outputs.length > 0) return { template, run, outputs };
  throw refuse(`Run ${run.id} has made nothing: it is ${run.state}.`);
}

const isVersion = (id: string | undefined, version: string): boolean =>
  id?.toLowerCase().endsWith(`/versions/${version.toLowerCase()}`) === true;
