import type { Command } from 'commander';
import type { ApiClient } from '../api/client.ts';
import {
  type DeadLetter,
  discardDeadLetter,
  listDeadLetters,
  resubmitDeadLetter,
} from '../api/dead-letters.ts';
import { parseJson } from '../api/json.ts';
import { refuse } from '../errors.ts';
import { formatTable } from '../output/table.ts';
import { openSession, talksToKiln, type CommonOptions } from './common.ts';

export function registerDlq(program: Command): void {
  const dlq = program.command('dlq').description('messages of the queue that Kiln could not carry out');
  const command = (name: string, description: string): Command =>
    talksToKiln(dlq.command(name)).description(description);
  command('list', 'what lies there, oldest first, with the reason').action(list);
  command('show', 'one message with its body, and what to mend')
    .argument('<message>', 'its number in the list, or the beginning of its id')
    .action(show);
  command('resubmit', 'send messages to the queue again, as the same requests')
    .argument('[message...]', 'numbers in the list, or beginnings of ids')
    .option('--all', 'all of them')
    .action((names: string[], options: ManyOptions) => settle(names, options, RESUBMIT));
  command('discard', 'delete messages: what they ask for is not built')
    .argument('[message...]', 'numbers in the list, or beginnings of ids')
    .option('--all', 'all of them')
    .action((names: string[], options: ManyOptions) => settle(names, options, DISCARD));
}

type ManyOptions = CommonOptions & { readonly all?: boolean };

async function list(options: CommonOptions): Promise<void> {
  const { client, out } = openSession(options);
  const found = await listDeadLetters(client);
  const rows = found.map(({ number, messageId, enqueued, reason = '-', description = '' }) => [
    ...[number, messageId, enqueued, reason],
    description.split('\n')[0] ?? '',
  ]);
  const lines = formatTable([['NUMBER', 'MESSAGE', 'SINCE', 'REASON', 'DESCRIPTION'], ...rows]);
  out.result(found.length === 0 ? ['No dead letters.'] : lines, { value: found });
}

async function show(name: string, options: CommonOptions): Promise<void> {
  const { client, out } = openSession(options);
  const found = only(await listDeadLetters(client), name);
  const facts: readonly (readonly [string, string | undefined])[] = [
    ['number', found.number],
    ['template', found.templateId],
    ['since', found.enqueued],
    ['deliveries', String(found.deliveries)],
    ['reason', found.reason],
    ['description', found.description],
    ...Object.entries(found.properties).map(([key, value]) => [key, String(value)] as const),
  ];
  const known = facts.flatMap(([key, value]) =>
    value === undefined ? [] : [`  ${key.padEnd(12)} ${value}`],
  );
  const body = parseJson(found.text);
  const shown = body === undefined ? found.text : JSON.stringify(body, undefined, 2);
  out.result([found.messageId, ...known, '', shown], { ...found, body: body ?? found.text });
}

type Settling = {
  readonly work: (client: ApiClient, number: string) => Promise<DeadLetter>;
  readonly said: (id: string) => string;
  /** Member of the JSON result. */
  readonly name: string;
};

const RESUBMIT: Settling = {
  work: resubmitDeadLetter,
  said: (id) => `Sent ${id} again.`,
  name: 'resubmitted',
};
const DISCARD: Settling = { work: discardDeadLetter, said: (id) => `Deleted ${id}.`, name: 'discarded' };

/** One after the other: what was done before a refusal is told. */
async function settle(names: string[], options: ManyOptions, { work, said, name }: Settling): Promise<void> {
  const { client, out } = openSession(options);
  if (names.length === 0 && options.all !== true)
    throw refuse('No message is named.', 'Name one or more of `kiln dlq list`, or pass --all.');
  const found = await listDeadLetters(client);
  const chosen = new Set(options.all === true ? found : names.map((one) => only(found, one)));
  const done: string[] = [];
  try {
    for (const { number, messageId } of chosen) {
      await work(client, number);
      done.push(messageId);
    }
  } finally {
    const nothing = chosen.size === 0 ? ['There is none.'] : [];
    if (done.length > 0 || chosen.size === 0) out.result([...nothing, ...done.map(said)], { [name]: done });
  }
}

function only(found: readonly DeadLetter[], name: string): DeadLetter {
  const exact = found.filter(({ messageId }) => messageId === name);
  const named = found.filter(({ number, messageId }) => number === name || messageId.startsWith(name));
  const [first, second] = exact.length > 0 ? exact : named;
  if (first === undefined) throw refuse(`There is no dead letter "${name}".`, 'See `kiln dlq list`.');
  if (second !== undefined) throw refuse(`"${name}" fits more than one dead letter.`, 'Use its number.');
  return first;
}
