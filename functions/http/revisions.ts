import { findTemplate } from '../../shared/commands/find-template.ts';
import { KilnError } from '../../shared/errors/failure.ts';
import type { Revision, TemplateHead } from '../../shared/model/documents/documents.ts';
import { actorOf } from '../../shared/model/principal.ts';
import { inParallel } from '../../shared/parallel.ts';
import { type Exchange, type Reply, type Route, TEMPLATE, validRefOf } from './exchange.ts';
import { json, list } from './reply.ts';

/** The newest: older ones are there by their number. */
const LISTED = 50;

/** The newest revisions of a template, the newest first, without what is in them. */
async function listRevisions(exchange: Exchange): Promise<Reply> {
  const { store } = exchange.commands;
  const { ref, revision } = await headOf(exchange);
  const numbers = Array.from({ length: Math.min(LISTED, revision) }, (_, index) => revision - index);
  const found = await inParallel(numbers, (number) => store.revisions.get(ref, number));
  return list(found.flatMap((one) => (one === undefined ? [] : [showRevision(one)])));
}

/** One revision as Kiln builds it: with defaults, and in the words of the newest api-version whatever it was sent in. */
async function getRevision(exchange: Exchange): Promise<Reply> {
  const { ref, name } = { ...(await headOf(exchange)), name: exchange.params['revision'] ?? '' };
  const number = /^[1-9]\d{0,8}$/.test(name) ? Number(name) : undefined;
  const found = number === undefined ? undefined : await exchange.commands.store.revisions.get(ref, number);
  if (found === undefined)
    throw new KilnError({
      code: 'ResourceNotFound',
      message: `Template ${ref.name} has no revision ${name}.`,
      remedy: `\`kiln revisions ${ref.name}\` lists what there is.`,
    });
  const { ref: _ref, ...template } = found.template;
  return json({ ...showRevision(found), template });
}

async function headOf(exchange: Exchange): Promise<TemplateHead> {
  return (await findTemplate(exchange.commands.store, validRefOf(exchange))).value;
}

function showRevision({ number, createdAt, createdBy }: Revision): object {
  return { number, createdAt, ...(createdBy && { createdBy: actorOf(createdBy) }) };
}

const extension = { method: 'GET', role: 'Reader', extension: true } as const;

export const revisionRoutes: readonly Route[] = [
  { name: 'list-revisions', path: `${TEMPLATE}/revisions`, handle: listRevisions, ...extension },
  { name: 'get-revision', path: `${TEMPLATE}/revisions/{revision}`, handle: getRevision, ...extension },
];
