import type { ServiceBusReceivedMessage } from '@azure/service-bus';
import type { Command } from 'commander';
import { parseJson } from '../api/json.ts';
import { busTarget, REQUESTS, withBus, type BusOptions } from '../bus/connect-bus.ts';
import { bodyOf, isNamed, listDeadLetters, resubmit } from '../bus/dead-letters.ts';
import { CliError, EXIT, refuse } from '../errors.ts';
import { Output, type OutputOptions } from '../output/output.ts';
import { formatTable } from '../output/table.ts';

type DlqOptions = BusOptions & OutputOptions;

export function registerDlq(program: Command): void {
  const dlq = program.command('dlq').description(`dead letters of the queue ${REQUESTS}`);
  const command = (name: string, description: string): Command =>
    dlq
      .command(name)
      .description(description)
      .option(
        '--service-bus <namespace>',
        'host name of the namespace (KILN_SERVICE_BUS; default: local mode)',
      )
      .option('--json', 'result as JSON on stdout');
  command('list', 'what lies there, oldest first, with the reason').action(list);
  command('show', 'one message with its body, and what to mend')
    .argument('<message>', 'its number in the list, or the beginning of its id')
    .action(show);
  command('resubmit', 'send messages to the queue again, as the same requests')
    .argument('[message...]', 'numbers in the list, or beginnings of ids')
    .option('--all', 'all of them')
    .action(send);
}

async function list(options: DlqOptions): Promise<void> {
  const out = new Output(options);
  const found = await withBus(target(options), listDeadLetters);
  const rows = found.map((message) => {
    const { number, id, enqueued, reason = '-', description = '' } = describe(message);
    return [number, id, enqueued, reason, description.split('\n')[0] ?? ''];
  });
  const lines = formatTable([['NUMBER', 'MESSAGE', 'SINCE', 'REASON', 'DESCRIPTION'], ...rows]);
  out.result(found.length === 0 ? ['No dead letters.'] : lines, { value: found.map(describe) });
}

async function show(name: string, options: DlqOptions): Promise<void> {
  const out = new Output(options);
  const found = only(await withBus(target(options), listDeadLetters), name);
  const { number, id, enqueued, deliveries, reason, description, properties } = describe(found);
  const facts: readonly (readonly [string, string | undefined])[] = [
    ['number', number],
    ['since', enqueued],
    ['deliveries', String(deliveries)],
    ['reason', reason],
    ['description', description],
    ...Object.entries(properties).map(([key, value]) => [key, String(value)] as const),
  ];
  const known = facts.flatMap(([key, value]) =>
    value === undefined ? [] : [`  ${key.padEnd(12)} ${value}`],
  );
  const text = bodyOf(found).toString();
  const body = parseJson(text);
  const shown = body === undefined ? text : JSON.stringify(body, undefined, 2);
  out.result([id, ...known, '', shown], { ...describe(found), body: body ?? text });
}

async function send(names: string[], options: DlqOptions & { readonly all?: boolean }): Promise<void> {
  const out = new Output(options);
  if (names.length === 0 && options.all !== true)
    throw refuse('No message is named.', 'Name one or more of `kiln dlq list`, or pass --all.');
  const { sent, wanted } = await withBus(target(options), async (client) => {
    const found = await listDeadLetters(client);
    const chosen = new Set(options.all === true ? found : names.map((name) => only(found, name)));
    return { sent: await resubmit(client, [...chosen]), wanted: chosen.size };
  });
  const ids = sent.map((message) => describe(message).id);
  out.result(wanted === 0 ? ['There was nothing to send.'] : ids.map((id) => `Sent ${id} again.`), {
    resubmitted: ids,
  });
  if (sent.length < wanted)
    throw new CliError({
      exitCode: EXIT.unreachable,
      message: `${wanted - sent.length} of ${wanted} messages could not be taken: somebody else holds them.`,
      remedy: 'Try again in a minute.',
    });
}

function only(found: readonly ServiceBusReceivedMessage[], name: string): ServiceBusReceivedMessage {
  const exact = found.filter(({ messageId }) => String(messageId) === name);
  const [first, second] = exact.length > 0 ? exact : found.filter((message) => isNamed(message, name));
  if (first === undefined) throw refuse(`There is no dead letter "${name}".`, 'See `kiln dlq list`.');
  if (second !== undefined) throw refuse(`"${name}" fits more than one dead letter.`, 'Use its number.');
  return first;
}

type Described = {
  readonly number: string;
  readonly id: string;
  readonly enqueued: string;
  readonly deliveries: number;
  readonly reason?: string;
  readonly description?: string;
  readonly properties: Readonly<Record<string, unknown>>;
};

function describe(message: ServiceBusReceivedMessage): Described {
  const {
    DeadLetterReason: _reason,
    DeadLetterErrorDescription: _description,
    ...properties
  } = message.applicationProperties ?? {};
  const { deadLetterReason: reason, deadLetterErrorDescription: description } = message;
  return {
    number: message.sequenceNumber?.toString() ?? '',
    id: String(message.messageId ?? ''),
    enqueued: message.enqueuedTimeUtc?.toISOString() ?? '',
    deliveries: message.deliveryCount ?? 0,
    ...(reason === undefined ? {} : { reason }),
    ...(description === undefined ? {} : { description }),
    properties,
  };
}

const target = (options: DlqOptions): ReturnType<typeof busTarget> =>
  busTarget(options, process.env, process.cwd());
