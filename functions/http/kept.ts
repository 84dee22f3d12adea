import { LONGEST_LEASE_DAYS } from '../../shared/model/time.ts';
import { keepLonger, releaseKept } from '../../shared/janitor/lease.ts';
import type { JanitorContext } from '../../shared/janitor/finding.ts';
import { KilnError } from '../../shared/errors/failure.ts';
import { parseDuration } from '../../shared/model/duration.ts';
import { isObject } from '../../shared/template/schema/node.ts';
import { readJson } from './body.ts';
import { type Exchange, type Reply, type Route, runIdOf, TEMPLATE, validRefOf } from './exchange.ts';
import { json } from './reply.ts';
import { showRun } from './runs.ts';

/** Body `{"lease": "24h"}`: what the run has kept after a failure may stay for so long from now. Answers with the run. */
async function postKeep(exchange: Exchange): Promise<Reply> {
  const of = { ref: validRefOf(exchange), id: runIdOf(exchange) };
  const body = await readJson(exchange);
  const lease = isObject(body) ? body['lease'] : undefined;
  const seconds = typeof lease === 'string' ? parseDuration(lease) : undefined;
  if (seconds === undefined)
    throw new KilnError({
      code: 'InvalidValue',
      target: '/lease',
      message: `Write {"lease": "24h"}: hours and minutes from now, ${LONGEST_LEASE_DAYS} days at most.`,
    });
  return json(await showRun(exchange, await keepLonger(janitorOf(exchange), of, seconds)));
}

/** What the run has kept goes now. Answers with the run, whose `cleanup` is `deferred` until nothing is left. */
async function postRelease(exchange: Exchange): Promise<Reply> {
  const of = { ref: validRefOf(exchange), id: runIdOf(exchange) };
  return json(await showRun(exchange, await releaseKept(janitorOf(exchange), of)));
}

const janitorOf = ({ commands, appName, azure }: Exchange): JanitorContext => ({
  ...commands,
  appName,
  azure,
});

const RUN = `${TEMPLATE}/runs/{runId}`;
const extension = { method: 'POST', role: 'Builder', action: 'run', extension: true } as const;

export const keptRoutes: readonly Route[] = [
  { name: 'keep-run', path: `${RUN}/keep`, handle: postKeep, ...extension },
  { name: 'release-run', path: `${RUN}/release`, handle: postRelease, ...extension },
];
