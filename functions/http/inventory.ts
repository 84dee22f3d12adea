import { Buffer } from 'node:buffer';
import { KilnError } from '../../shared/errors/failure.ts';
import { inventoryDigest } from '../../shared/inventory/canonical.ts';
import { cycloneDx } from '../../shared/inventory/sbom/cyclonedx.ts';
import { spdx } from '../../shared/inventory/sbom/spdx.ts';
import { versionsOf } from '../../shared/inventory/versions.ts';
import type { Run } from '../../shared/model/documents/documents.ts';
import type { StoredInventory } from '../../shared/model/documents/inventory.ts';
import type { Exchange, Reply } from './exchange.ts';
import { parameter } from './query.ts';
import { json } from './reply.ts';
import { findRun } from './runs.ts';

/** What is in the image of a run, or with `of=source` what its source had brought along. */
export async function getInventory(exchange: Exchange): Promise<Reply> {
  const run = await findRun(exchange);
  const stored = await storedOf(exchange, run);
  const of = sideOf(exchange);
  const inventory = of === 'source' ? stored.source : stored.inventory;
  if (inventory === undefined) throw notListed(run, 'what its source had brought along');
  const { takenAt, agent } = stored;
  return json({
    runId: run.id,
    of,
    takenAt,
    simulated: agent === 'simulated',
    digest: inventoryDigest(inventory),
    inventory,
  });
}

const FORMATS = {
  cyclonedx: { write: cycloneDx, type: 'application/vnd.cyclonedx+json; version=1.6' },
  spdx: { write: spdx, type: 'application/spdx+json' },
} as const;

/** The bill of materials of the image of a run: `format=cyclonedx` (1.6) or `spdx` (2.3). */
export async function getSbom(exchange: Exchange): Promise<Reply> {
  const format = parameter(exchange.request, 'format') ?? 'cyclonedx';
  if (format !== 'cyclonedx' && format !== 'spdx') {
    const message = `format is "${format}"; write cyclonedx or spdx.`;
    throw new KilnError({ code: 'InvalidValue', target: 'format', message });
  }
  const run = await findRun(exchange);
  const { takenAt, agent, inventory } = await storedOf(exchange, run);
  const [version] = versionsOf(run);
  const { write, type } = FORMATS[format];
  const body = write({
    name: run.ref.name,
    ...(version !== undefined && { version }),
    runId: run.id,
    takenAt,
    simulated: agent === 'simulated',
    inventory,
  });
  return { status: 200, headers: { 'content-type': type }, body: Buffer.from(body) };
}

function sideOf({ request }: Exchange): 'image' | 'source' {
  const of = parameter(request, 'of') ?? 'image';
  if (of === 'image' || of === 'source') return of;
  const message = `of is "${of}"; write image or source.`;
  throw new KilnError({ code: 'InvalidValue', target: 'of', message });
}

export async function storedOf({ commands }: Pick<Exchange, 'commands'>, run: Run): Promise<StoredInventory> {
  const stored = await commands.store.inventories.get(run.ref, run.id);
  if (stored === undefined) throw notListed(run, 'what is in its image');
  return stored;
}

export function notListed({ id }: Run, what: string): KilnError {
  const message = `Run ${id} has not listed ${what}: it ended before, the listing failed (its timeline says why), the template has \`inventory: false\`, or an older Kiln has built it.`;
  const remedy = `See why in \`kiln show ${id}\`, and build once more, without \`inventory: false\`.`;
  return new KilnError({ code: 'ResourceNotFound', message, remedy });
}
