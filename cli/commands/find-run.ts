import { newestRuns, type NewestRun } from '../api/overview.ts';
import { getRun, listRuns } from '../api/runs.ts';
import { listTemplates } from '../api/templates.ts';
import type { Run, TemplateId } from '../api/types.ts';
import { refuse } from '../errors.ts';
import type { Session } from './common.ts';

/** What the commands say of their argument. */
export const RUN_WORDS =
  'TEMPLATE@VERSION, TEMPLATE (its newest run), TEMPLATE/RUN, or the beginning of a run id';

export type FoundRun = { readonly template: TemplateId; readonly run: Run };

/** Who asks for a run waits for a service that is just starting, and not as long as who watches one. */
const LOOK_MS = 5000;

/** Eight digits of a GUID are enough to be one's own; fewer may be a template's name. */
const RUN_ID = /^[0-9a-f]{8}[0-9a-f-]{0,28}$/i;

/**
 * Finds the run that a user means: `TEMPLATE/RUN`, a run id or its beginning, `TEMPLATE` for its newest run,
 * `TEMPLATE@VERSION` for the run that has made a gallery version, or nothing for the newest run of all.
 */
export async function findRun(session: Session, given: string | undefined): Promise<FoundRun> {
  if (given === undefined) return newestOfAll(session);
  if (RUN_ID.test(given)) {
    const hit = (await allRuns(session)).find(({ run }) => startsWith(run.id, given));
    if (hit !== undefined) return hit;
  }
  const at = given.lastIndexOf('@');
  if (at > 0 && at === given.length - 1)
    throw refuse(`"${given}" has no version after the @.`, `Write it as ${given}1.0.0.`);
  if (at > 0) return runOfVersion(session, given.slice(0, at), given.slice(at + 1));
  const slash = given.startsWith('/') ? -1 : given.indexOf('/');
  const template = session.template(slash === -1 ? given : given.slice(0, slash));
  const runs = await listRuns(session.client, template, LOOK_MS);
  const run = slash === -1 ? runs[0] : runs.find(({ id }) => startsWith(id, given.slice(slash + 1)));
  if (run === undefined) throw refuse(`There is no run "${given}".`, `\`kiln runs\` lists what there is.`);
  return { template, run };
}

async function runOfVersion(session: Session, name: string, version: string): Promise<FoundRun> {
  const template = session.template(name);
  const runs = await listRuns(session.client, template, LOOK_MS);
  const ending = `/versions/${version.toLowerCase()}`;
  const run = runs.find(({ outputs }) =>
    outputs.some(({ artifactId }) => artifactId?.toLowerCase().endsWith(ending)),
  );
  if (run !== undefined) return { template, run };
  throw refuse(
    `No run of ${template.name} has made a version ${version}.`,
    `\`kiln show ${template.name}\` tells what its newest run has made; \`kiln runs\` lists all of them.`,
  );
}

/** Runs of every template in reach, newest first. */
export async function allRuns(session: Session): Promise<FoundRun[]> {
  const { client, connection } = session;
  const scope = { subscriptionId: connection.subscriptionId(), resourceGroup: connection.resourceGroup };
  const found: FoundRun[] = [];
  for (const template of await listTemplates(client, scope))
    for (const run of await listRuns(client, template, LOOK_MS)) found.push({ template, run });
  return found.sort((a, b) => b.run.startTime.localeCompare(a.run.startTime));
}

/** By one look at all templates, and one at the run: a list of each template's runs would be as many as there are templates. */
async function newestOfAll(session: Session): Promise<FoundRun> {
  const { client, connection } = session;
  const [subscription, group] = [connection.subscriptionId(), connection.resourceGroup];
  const isMeant = ({ template: { subscriptionId, resourceGroup } }: NewestRun): boolean =>
    same(subscriptionId, subscription) && (group === undefined || same(resourceGroup, group));
  const newest = (await newestRuns(client)).find(isMeant);
  if (newest === undefined) throw refuse('There are no runs yet.', 'Start one with `kiln build FILE`.');
  return { template: newest.template, run: await getRun(client, newest.template, newest.id) };
}

const same = (one: string, other: string): boolean => one.toLowerCase() === other.toLowerCase();

const startsWith = (id: string, beginning: string): boolean =>
  beginning !== '' && id.toLowerCase().startsWith(beginning.toLowerCase());
