import { KilnError } from '../../shared/errors/failure.ts';
import { type Exchange, type Reply, type Route, TEMPLATE } from './exchange.ts';
import { list } from './reply.ts';
import { findRun } from './runs.ts';

/** One envelope per output. Of a run that is not over there is none. */
async function getProvenance(exchange: Exchange): Promise<Reply> {
  const { ref, id, state } = await findRun(exchange);
  const found = await exchange.commands.store.provenance.get(ref, id);
  if (found !== undefined) return list(found.outputs.map(({ of: _of, ...shown }) => shown));
  const message = `Run ${id} has no provenance: it is ${state}. It is written when a run has ended with an output.`;
  throw new KilnError({ code: 'ResourceNotFound', message });
}

export const provenanceRoutes: readonly Route[] = [
  {
    name: 'get-provenance',
    method: 'GET',
    path: `${TEMPLATE}/runs/{runId}/provenance`,
    role: 'Reader',
    extension: true,
    handle: getProvenance,
  },
];
