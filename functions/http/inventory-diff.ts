import { Buffer } from 'node:buffer';
import { assertMay } from '../../shared/access/linked.ts';
import { KilnError } from '../../shared/errors/failure.ts';
import { diffInventories } from '../../shared/inventory/diff.ts';
import { diffMarkdown, diffText } from '../../shared/inventory/diff-note.ts';
import { versionsOf } from '../../shared/inventory/versions.ts';
import { runId } from '../../shared/model/convert.ts';
import type { Run } from '../../shared/model/documents/documents.ts';
import { isGroupName, isGuid, isTemplateName, sameResource, templateId } from '../../shared/model/ids.ts';
import type { Inventory } from '../../shared/model/inventory.ts';
import type { TemplateRef } from '../../shared/model/template.ts';
import { changesBetween } from '../../shared/planning/fingerprint.ts';
import type { Exchange, Reply } from './exchange.ts';
import { notListed, storedOf } from './inventory.ts';
import { parameter } from './query.ts';
import { json } from './reply.ts';
import { findRun } from './runs.ts';

/** One side: the image of a run, or what a run began with. */
type Side = {
  readonly label: string;
  readonly about: object;
  readonly inventory: Inventory;
  /** Absent: a source, which nobody here has made. */
  readonly run?: Run;
};

/**
 * What is different in the image of a run. `against`: `source`, the id of another run of the template, or a run of another
 * template by its resource id. Default: the last image before it, or the source where there is none.
 */
export async function getDiff(exchange: Exchange): Promise<Reply> {
  const format = parameter(exchange.request, 'format') ?? 'json';
  if (format !== 'json' && format !== 'text' && format !== 'markdown') {
    const message = `format is "${format}"; write json, text or markdown.`;
    throw new KilnError({ code: 'InvalidValue', target: 'format', message });
  }
  const run = await findRun(exchange);
  const stored = await storedOf(exchange, run);
  const to = imageSide(run, stored.inventory);
  const against = parameter(exchange.request, 'against') ?? run.inventory?.sinceLast?.runId ?? 'source';
  const from =
    against === 'source' ? sourceSide(run, stored.source) : await otherSide(exchange, run, against);
  const madeOf =
    from.run?.fingerprint && run.fingerprint ? changesBetween(from.run.fingerprint, run.fingerprint) : [];
  const diff = diffInventories(from.inventory, to.inventory);
  if (format === 'json') return json({ from: from.about, to: to.about, madeOf, ...diff });
  const write = format === 'text' ? diffText : diffMarkdown;
  const body = write({ from: from.label, to: to.label, madeOf, diff });
  const type = format === 'text' ? 'text/plain' : 'text/markdown';
  const headers = { 'content-type': `${type}; charset=utf-8`, 'x-content-type-options': 'nosniff' };
  return { status: 200, headers, body: Buffer.from(body) };
}

function imageSide(run: Run, inventory: Inventory): Side {
  const { ref, id, revision, source, startTime } = run;
  const versions = versionsOf(run);
  const about = { templateId: templateId(ref), runId: id, versions, revision, source, startTime };
  return { label: `${ref.name} ${versions[0] ?? id.slice(0, 8)}`, about, inventory, run };
}

function sourceSide(run: Run, inventory: Inventory | undefined): Side {
  if (inventory === undefined) throw notListed(run, 'what its source had brought along');
  return { label: run.source ?? 'source', about: { source: run.source }, inventory };
}

async function otherSide(exchange: Exchange, { ref }: Run, against: string): Promise<Side> {
  const other = runOf(ref, against);
  const { caller, commands } = exchange;
  if (!sameResource(templateId(other.ref), templateId(ref)))
    assertMay(commands.gate.policy, caller, 'read', templateId(other.ref));
  const run = await commands.store.runs.get(other.ref, runId(other.id));
  if (run === undefined) {
    const message = `There is no run ${other.id} of template ${other.ref.name}.`;
    throw new KilnError({ code: 'ResourceNotFound', message, target: 'against' });
  }
  return imageSide(run, (await storedOf(exchange, run)).inventory);
}

const RUN_ID =
  /^\/subscriptions\/([^/]+)\/resourceGroups\/([^/]+)\/providers\/Microsoft\.VirtualMachineImages\/imageTemplates\/([^/]+)\/runs\/([^/]+)$/i;

function runOf(ref: TemplateRef, against: string): { readonly ref: TemplateRef; readonly id: string } {
  if (isGuid(against)) return { ref, id: against };
  const [, subscriptionId = '', resourceGroup = '', name = '', id = ''] = RUN_ID.exec(against) ?? [];
  if (isGuid(subscriptionId) && isGroupName(resourceGroup) && isTemplateName(name) && isGuid(id))
    return { ref: { subscriptionId, resourceGroup, name }, id };
  const message = `against is "${against}"; write source, the id of a run, or the resource id of a run of another template.`;
  throw new KilnError({ code: 'InvalidValue', target: 'against', message });
}
