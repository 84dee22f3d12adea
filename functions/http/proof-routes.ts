import { type Exchange, type Reply, type Route, TEMPLATE } from './exchange.ts';
import { list } from './reply.ts';
import { findRun } from './runs.ts';
import { getVulnerabilities } from './vulnerabilities.ts';

/** Declared checks and hygiene of a run, in this order; empty when nothing was looked at. */
async function getChecks(exchange: Exchange): Promise<Reply> {
  const { ref, id } = await findRun(exchange);
  const { proofs } = exchange.commands.store;
  const found = await Promise.all(
    (['checks', 'hygiene'] as const).map(async (kind) =>
      ((await proofs.get(ref, id, kind))?.proofs ?? []).map((proof) => ({ kind, ...proof })),
    ),
  );
  return list(found.flat());
}

const RUN = `${TEMPLATE}/runs/{runId}`;
const extension = { method: 'GET', role: 'Reader', extension: true } as const;

/** What is known and proved of what a run has made. */
export const proofRoutes: readonly Route[] = [
  { name: 'get-checks', path: `${RUN}/checks`, handle: getChecks, ...extension },
  { name: 'get-vulnerabilities', path: `${RUN}/vulnerabilities`, handle: getVulnerabilities, ...extension },
];
