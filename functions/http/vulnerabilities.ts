import { KilnError } from '../../shared/errors/failure.ts';
import { reportOn } from '../../shared/vulnerabilities/report.ts';
import type { Exchange, Reply } from './exchange.ts';
import { json } from './reply.ts';
import { findRun } from './runs.ts';

/** What is known now against the image of a run; computed, because the database is younger than the image. */
export async function getVulnerabilities(exchange: Exchange): Promise<Reply> {
  const { commands, advisories } = exchange;
  const { ref, id } = await findRun(exchange);
  const stored = await commands.store.inventories.get(ref, id);
  if (stored !== undefined) {
    const isSimulated = stored.agent === 'simulated';
    return json({ runId: id, simulated: isSimulated, ...(await reportOn(stored.inventory, advisories)) });
  }
  const message = `Nobody has listed what is in the image of run ${id}, so that it cannot be compared with advisories.`;
  const remedy = 'Build it again without `inventory: false`; its timeline says why it was not listed.';
  throw new KilnError({ code: 'ResourceNotFound', message, remedy });
}
