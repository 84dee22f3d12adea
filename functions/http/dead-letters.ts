import { may } from '../../shared/access/policy.ts';
import { assertMay } from '../../shared/access/linked.ts';
import { record } from '../../shared/audit/record.ts';
import { KilnError } from '../../shared/errors/failure.ts';
import { templateId } from '../../shared/model/ids.ts';
import type { DeadLetter } from '../../shared/ports/dead-letters.ts';
import { templateOfMessage } from '../../shared/requests/read-message.ts';
import { type Role, ROLES } from './access.ts';
import { type Exchange, PROVIDER, type Reply, type Route } from './exchange.ts';
import { json } from './reply.ts';
import { answer } from './watched.ts';

/** More than that nobody reads; the oldest come first, and who mends those sees the others. */
const MOST = 200;
/** Characters of a body that are shown. */
const LONGEST = 16_384;

/** Messages that lie in the dead-letter queue, those of templates that the caller may read. */
async function listDeadLetters(exchange: Exchange): Promise<Reply> {
  const role = await exchange.roleOfCaller();
  const letters = await exchange.deadLetters.list(MOST);
  const value = letters.filter((one) => mayOf(exchange, one, 'read')).map((one) => show(exchange, one, role));
  return answer(exchange, { value }, false);
}

/** The same request again; what made it fail has to be mended before. Answers with the message. */
async function postResubmit(exchange: Exchange): Promise<Reply> {
  return settle(exchange, 'resubmit');
}

/** Nothing is built of it. Answers with the message, for whoever wants to keep it. */
async function deleteDeadLetter(exchange: Exchange): Promise<Reply> {
  return settle(exchange, 'discard');
}

async function settle(exchange: Exchange, act: 'resubmit' | 'discard'): Promise<Reply> {
  const { params, deadLetters, commands, caller } = exchange;
  const number = params['number'] ?? '';
  const isNumber = /^\d{1,19}$/.test(number);
  const known = isNumber ? (await deadLetters.list(MOST)).find((one) => one.number === number) : undefined;
  if (known === undefined || !mayOf(exchange, known, 'read'))
    throw new KilnError({ code: 'ResourceNotFound', message: `There is no dead letter ${number}.` });
  assertMay(commands.gate.policy, caller, 'run', scopeOf(known));
  const { now, newId } = commands;
  const entry = {
    id: newId(),
    at: now().toISOString(),
    action: `request.${act}`,
    resource: scopeOf(known),
  } as const;
  await record(commands, { ...entry, detail: `message ${known.messageId}` }, caller);
  const chosen = await deadLetters[act](number);
  if (chosen !== undefined) return json(show(exchange, chosen.letter, await exchange.roleOfCaller()));
  throw new KilnError({
    code: 'OperationNotAllowed',
    message: `Dead letter ${number} could not be taken: somebody else holds it, or has settled it since.`,
    remedy: 'Look at the list again in a minute.',
  });
}

/** What cannot be read may be anybody's: only who may do it everywhere may do it there. */
function scopeOf(letter: DeadLetter): string {
  const ref = templateOfMessage(letter);
  return ref === undefined ? '/' : templateId(ref);
}

function mayOf({ commands, caller }: Exchange, letter: DeadLetter, action: 'read' | 'run'): boolean {
  return may(commands.gate.policy, caller, action, scopeOf(letter));
}

function show(exchange: Exchange, letter: DeadLetter, role: Role): object {
  const { text, body: _body, ...known } = letter;
  const ref = templateOfMessage(letter);
  return {
    ...known,
    ...(ref !== undefined && { templateId: templateId(ref) }),
    text: text.slice(0, LONGEST),
    may: ROLES.indexOf(role) >= ROLES.indexOf('Builder') && mayOf(exchange, letter, 'run'),
  };
}

const path = `${PROVIDER}/deadLetters`;
const one = `${path}/{number}`;
const act = { role: 'Builder', action: 'run', extension: true } as const;

export const deadLetterRoutes: readonly Route[] = [
  {
    name: 'list-dead-letters',
    method: 'GET',
    path,
    role: 'Reader',
    extension: true,
    handle: listDeadLetters,
  },
  { name: 'resubmit-dead-letter', method: 'POST', path: `${one}/resubmit`, handle: postResubmit, ...act },
  { name: 'discard-dead-letter', method: 'DELETE', path: one, handle: deleteDeadLetter, ...act },
];
