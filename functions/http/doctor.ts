import { KilnError } from '../../shared/errors/failure.ts';
import { told } from '../../shared/errors/told.ts';
import type { Run } from '../../shared/model/documents/documents.ts';
import { region } from '../../shared/model/convert.ts';
import { templateId } from '../../shared/model/ids.ts';
import { inParallel } from '../../shared/parallel.ts';
import { project } from '../../shared/template/project.ts';
import { NEWEST } from '../../shared/template/versions/all.ts';
import { VERSION } from '../../shared/version.ts';
import {
  type DeadLetterCount,
  type DoctorFacts,
  findingsOf,
  type QuotaRow,
} from '../../shared/views/findings.ts';
import type { Seen } from '../../shared/views/overview.ts';
import { showDrain } from './drain.ts';
import { type Exchange, isVisible, PROVIDER, type Reply, type Route } from './exchange.ts';
import { rightsOf } from './rights.ts';
import { answer } from './watched.ts';

/** Rows that somebody reads. */
const MOST = 20;

const startedAt = new Date(Date.now() - process.uptime() * 1000).toISOString();

/** Whether the deployment is well: what is held, left behind, not delivered or not carried out, what is nearly used up, what is denied. */
async function getDoctor(exchange: Exchange): Promise<Reply> {
  const { commands, views } = exchange;
  const { store } = commands;
  const { slots, drain, templates } = await views.overview();
  const seen = templates.filter(({ head }) => isVisible(exchange, head.ref));
  const [deferred, outbox, purgedUntil, artifactsSweptAt, quotas, deadLetters, rights] = await Promise.all([
    deferredOf(exchange),
    store.outbox.list(),
    store.purges.get(),
    store.artifactSweeps.get(),
    quotasOf(exchange, seen),
    lettersOf(exchange),
    orFailure(rightsOf(exchange)),
  ]);
  const failing = outbox.filter(({ value }) =>
    Object.values(value.sinks).some(({ failures }) => failures > 0),
  );
  const facts: DoctorFacts = {
    drain: showDrain(drain),
    places: { taken: slots.active.length, waiting: slots.waiting.length, limits: views.limits },
    deferred,
    outbox: { waiting: outbox.length, failing: failing.length },
    quotas,
    denied: seen.flatMap(deniedOf),
    deadLetters,
    ...(purgedUntil !== undefined && { purgedUntil }),
    ...(artifactsSweptAt !== undefined && { artifactsSweptAt }),
  };
  const versions = { kiln: VERSION, node: process.version, apiVersion: NEWEST.name, startedAt };
  const findings = findingsOf({ ...facts, rights: 'code' in rights ? told(rights) : rights.value });
  return answer(exchange, { version: VERSION, versions, ...facts, findings }, false);
}

/** Clean-ups that Azure had refused. What was released goes by itself, and nobody has to look after it. */
async function deferredOf(exchange: Exchange): Promise<DoctorFacts['deferred']> {
  const { store } = exchange.commands;
  const found = await inParallel(await store.subscriptions.list(), (id) => store.deferred.list(id));
  return found
    .flat()
    .filter(({ ref, releasedAt }) => releasedAt === undefined && isVisible(exchange, ref))
    .map(({ ref, runId, stagingGroup }) => ({ templateId: templateId(ref), runId, stagingGroup }));
}

/** What is in use where templates build, the fullest first; a place that cannot be read says why, which is a missing role mostly. */
async function quotasOf(exchange: Exchange, seen: readonly Seen[]): Promise<QuotaRow[]> {
  const places = new Map(
    seen.map(({ head }) => {
      const { location: given } = project(head, NEWEST);
      const location = region(typeof given === 'string' ? given : '');
      const { subscriptionId } = head.ref;
      return [`${subscriptionId} ${location}`, { subscriptionId, location }] as const;
    }),
  );
  const found = await inParallel([...places], async ([key, { subscriptionId, location }]) => {
    const look = async () => exchange.azure(subscriptionId).catalogue.usages(location);
    const known = await orFailure(exchange.views.usages(key, look));
    if ('code' in known) return [{ subscriptionId, location, share: 1, error: told(known) }];
    return known.value
      .filter(({ used, limit }) => used > 0 && limit > 0)
      .map((usage) => ({ subscriptionId, location, ...usage, share: usage.used / usage.limit }));
  });
  const rows = found.flat().toSorted((a, b) => b.share - a.share);
  return rows.slice(0, MOST).map(({ share: _share, ...row }) => row);
}

/** Rights that Kiln lacks, as far as a run has met one: what else is missing nobody knows before. */
function deniedOf({ head, run }: Seen): DoctorFacts['denied'] {
  const failure = run && failuresOf(run).find(({ code }) => code === 'AzureDenied');
  if (run === undefined || failure === undefined) return [];
  return [{ templateId: templateId(head.ref), runId: run.id, error: told(failure) }];
}

function failuresOf({ error, outputs }: Run): NonNullable<Run['error']>[] {
  const inside = outputs.flatMap((output) => [
    output.error,
    ...(output.regions ?? []).map((one) => one.error),
    ...(output.copies ?? []).map((one) => one.error),
  ]);
  return [error, ...inside].filter((one) => one !== undefined);
}

/** Of all tenants: how many there are is nobody's secret, what is in them is for those who may read it. */
async function lettersOf({ deadLetters, views }: Exchange): Promise<DeadLetterCount> {
  const found = await orFailure(views.letters('', () => deadLetters.list(MOST + 1)));
  if ('code' in found) return { count: 0, isMore: false, error: told(found) };
  const { value } = found;
  const oldest = value[0]?.enqueued;
  const count = Math.min(MOST, value.length);
  return { count, isMore: value.length > MOST, ...(oldest !== undefined && { oldest }) };
}

async function orFailure<T>(work: Promise<T>): Promise<{ readonly value: T } | KilnError['failure']> {
  try {
    return { value: await work };
  } catch (error) {
    if (error instanceof KilnError) return error.failure;
    // The Service Bus has errors of its own.
    const message = error instanceof Error ? error.message : String(error);
    return { code: 'AzureUnavailable', message };
  }
}

export const doctorRoutes: readonly Route[] = [
  {
    name: 'get-doctor',
    method: 'GET',
    path: `${PROVIDER}/doctor`,
    role: 'Reader',
    extension: true,
    handle: getDoctor,
  },
];
