// Build requests by queue while the host and the broker are killed. Machines are simulated.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { ServiceBusClient, type ServiceBusMessage } from '@azure/service-bus';
import type { CloudEvent } from '../../shared/model/cloud-event.ts';
import { requestId } from '../../shared/requests/read-message.ts';
import { deduplicated } from '../support/events.ts';
import { LocalKiln } from '../support/local-kiln.ts';
import { asked, managedImage, shell, template } from '../support/templates.ts';

/** KILN_MESSAGES=1000 is the full size: about a quarter of an hour, so that the usual size is one that takes a minute. */
const MESSAGES = Number(process.env['KILN_MESSAGES'] ?? 40);
const HOST_KILLS = Number(process.env['KILN_KILLS'] ?? (MESSAGES < 200 ? 3 : 10));
const BROKER_KILLS = 2;
/** Runs of one template come one after the other. */
const TEMPLATES = Math.min(100, Math.ceil(MESSAGES / 2));
/** Seconds for everything; a build is some hundred milliseconds of one core. */
const PATIENCE = 120 + MESSAGES * 4;

const client = (connectionString: string): ServiceBusClient =>
  new ServiceBusClient(connectionString, {
    retryOptions: { maxRetries: 3, retryDelayInMs: 100, maxRetryDelayInMs: 500, timeoutInMs: 5000 },
  });

let kiln: LocalKiln;
before(async () => {
  kiln = await LocalKiln.start({
    profile: { timeCompression: 100_000, retryAfter: { seconds: 1, milliseconds: 20 } },
    env: { KILN_MAX_BUILDS: '30', KILN_MAX_BUILDS_PER_SUBSCRIPTION: '30' },
  });
});
after(() => kiln.stop());

type Wanted = {
  readonly messages: readonly ServiceBusMessage[];
  /** Ids of the runs that must exist, by template. */
  readonly runs: ReadonlyMap<string, readonly string[]>;
  /** Reason by message id. */
  readonly poison: ReadonlyMap<string, string>;
  readonly duplicates: number;
};

/** A tenth are duplicates, half of them by message id and half by idempotency key; a twentieth is poison. */
function makeMessages(idOf: (name: string) => string): Wanted {
  const runs = new Map<string, string[]>();
  const poison = new Map<string, string>();
  const messages: ServiceBusMessage[] = [];
  const valid: ServiceBusMessage[] = [];
  let duplicates = 0;
  for (let index = 0; index < MESSAGES; index++) {
    const messageId = `m${index}`;
    const body = { templateId: idOf(`t${index % TEMPLATES}`), whenBusy: 'queue', idempotencyKey: messageId };
    const before = valid[index % Math.max(1, valid.length)];
    if (index % 20 === 19) {
      const kind = index % 3;
      const wrong = [{ ...body, surplus: 1 }, { ...body, templateId: idOf('nowhere') }, 'no JSON'][kind];
      messages.push({ messageId, body: wrong });
      poison.set(messageId, kind === 1 ? 'ResourceNotFound' : 'ValidationFailed');
    } else if (index % 10 === 5 && before !== undefined) {
      messages.push(index % 20 === 5 ? { ...before } : { ...before, messageId });
      duplicates++;
    } else {
      const message = { messageId, body };
      messages.push(message);
      valid.push(message);
      const name = `t${index % TEMPLATES}`;
      runs.set(name, [...(runs.get(name) ?? []), requestId(messageId)]);
    }
  }
  return { messages, runs, poison, duplicates };
}

/** Sent again, under its id, when the answer was cut off. */
async function sendAll(messages: readonly ServiceBusMessage[]): Promise<void> {
  const bus = client(kiln.endpoints.serviceBus);
  const sender = bus.createSender('build-requests');
  for (const message of messages) {
    const attempt = (): Promise<boolean> =>
      sender.sendMessages(message).then(
        () => true,
        () => false,
      );
    while (!(await attempt())) await sleep(100);
  }
  await bus.close();
}

function kill(what: 'host' | 'service-bus'): boolean {
  try {
    return process.kill(kiln.endpoints.pids[what], 'SIGKILL');
  } catch {
    // It is just being started again.
    return false;
  }
}

async function deadLetters(): Promise<Map<string, string | undefined>> {
  const bus = client(kiln.endpoints.serviceBus);
  const receiver = bus.createReceiver('build-requests', { subQueueType: 'deadLetter' });
  const found = new Map<string, string | undefined>();
  for (;;) {
    const page = await receiver.peekMessages(100);
    for (const message of page) found.set(String(message.messageId), message.deadLetterReason);
    if (page.length === 0) break;
  }
  await bus.close();
  return found;
}

/**
 * Takes events from the topic's subscription as they come, until it is told to end: repeated where the broker died before
 * it heard that they had arrived.
 */
class Listener {
  readonly events: CloudEvent[] = [];
  private readonly ended = new Set<string>();
  private isStopped = false;
  private readonly done: Promise<void>;

  constructor() {
    this.done = this.listen();
  }

  /** Runs that have told their end. */
  get ends(): number {
    return this.ended.size;
  }

  stop(): Promise<void> {
    this.isStopped = true;
    return this.done;
  }

  private async listen(): Promise<void> {
    const bus = client(kiln.endpoints.serviceBus);
    const receiver = bus.createReceiver('build-events', 'all');
    while (!this.isStopped)
      try {
        const messages = await receiver.receiveMessages(100, { maxWaitTimeInMs: 1000 });
        for (const { body } of messages) this.take(body as CloudEvent);
        await Promise.all(messages.map((message) => receiver.completeMessage(message)));
      } catch {
        // The broker is gone for a moment: it hands out again what it did not hear of.
        await sleep(200);
      }
    await bus.close();
  }

  private take(event: CloudEvent): void {
    this.events.push(event);
    if (event.type === 'io.kiln.run.succeeded') this.ended.add(event.id);
  }
}

/** The runs of every template, once each of them is cleaned up too. */
async function allRuns(wanted: Wanted['runs']): Promise<Map<string, any[]>> {
  const runs = new Map<string, any[]>();
  for (const [name, ids] of wanted)
    await kiln.until(
      `the end of the runs of ${name}`,
      async () => {
        const { body } = await kiln.api('GET', `${kiln.templatePath}/${name}/runs`);
        const found: any[] = body.value ?? [];
        runs.set(name, found);
        const over = found.filter((run) => run.endTime !== undefined && run.cleanup !== undefined);
        if (over.length >= ids.length) return true;
        await sleep(1000);
        return undefined;
      },
      120,
    );
  return runs;
}

const PHASES = [
  'resolve',
  'stage',
  'provision',
  'customize',
  'inventory',
  'generalize',
  'capture',
  'validate',
  'distribute',
];
/** What each run tells, from its first to its last event. */
const STORY = [
  'queued',
  'started',
  ...PHASES.flatMap((phase) => [`${phase} started`, `${phase} succeeded`]),
  'succeeded',
];

function storyOf(events: readonly CloudEvent[]): string[] {
  return events.map(({ type, data }) =>
    type === 'io.kiln.run.phaseChanged'
      ? `${String(data['phase'])} ${String(data['phaseState'])}`
      : type.replace('io.kiln.run.', ''),
  );
}

test(
  `${MESSAGES} messages, the host killed ${HOST_KILLS} times and the broker ${BROKER_KILLS} times: one run for each request, poison set aside`,
  { timeout: (PATIENCE + 360) * 1000 },
  async (t) => {
    const names = Array.from({ length: TEMPLATES }, (_, index) => `t${index}`);
    const { subscriptionId: subscription } = kiln.endpoints;
    const submit = (name: string) =>
      kiln.submit(name, asked(template([shell('one', 'true')], [managedImage(subscription, name)])));
    for (let from = 0; from < TEMPLATES; from += 10)
      await Promise.all(names.slice(from, from + 10).map(submit));
    const wanted = makeMessages((name) => `${kiln.templatePath}/${name}`);
    const expected = [...wanted.runs.values()].flat().length;

    const startedAt = Date.now();
    const sending = sendAll(wanted.messages);
    const listener = new Listener();
    // Spread over the work: each kill waits for its share of the runs to have ended.
    const every = Math.ceil((HOST_KILLS + BROKER_KILLS) / BROKER_KILLS);
    const kills = Array.from({ length: HOST_KILLS + BROKER_KILLS }, (_, index) =>
      index % every === Math.floor(every / 2) ? 'service-bus' : 'host',
    ) as ('host' | 'service-bus')[];
    const killed = { host: 0, 'service-bus': 0 };
    await kiln.until(
      'the end of every run',
      async () => {
        const next = kills[killed.host + killed['service-bus']];
        const due = (expected * (killed.host + killed['service-bus'])) / (kills.length + 2);
        if (next !== undefined && listener.ends >= due && kill(next)) killed[next]++;
        await sleep(500);
        return listener.ends >= expected && next === undefined ? true : undefined;
      },
      PATIENCE,
    );
    const seconds = (Date.now() - startedAt) / 1000;
    await sending;
    await kiln.until(
      'every dead letter',
      async () => ((await deadLetters()).size >= wanted.poison.size ? true : undefined),
      60,
    );

    const runs = await allRuns(wanted.runs);
    for (const name of names) {
      const ids = (runs.get(name) ?? []).map(({ id }) => id);
      assert.deepEqual(ids.toSorted(), (wanted.runs.get(name) ?? []).toSorted(), `runs of ${name}`);
    }
    const states = [...runs.values()].flat().map(({ state }) => state);
    assert.deepEqual(
      states.filter((state) => state !== 'Succeeded'),
      [],
    );
    assert.deepEqual([...(await deadLetters())].sort(), [...wanted.poison].sort());

    await listener.stop();
    const events = deduplicated(listener.events);
    const told = new Map<string, CloudEvent[]>();
    for (const event of events)
      told.set(event.subject ?? '', [...(told.get(event.subject ?? '') ?? []), event]);
    for (const id of [...wanted.runs.values()].flat())
      assert.deepEqual(storyOf(told.get(`runs/${id}`) ?? []), STORY, `events of ${id}`);
    t.diagnostic(
      `${MESSAGES} messages (${wanted.duplicates} duplicates, ${wanted.poison.size} poison), ${killed.host} kills of the host, ${killed['service-bus']} of the broker: ` +
        `${states.length} runs for ${expected} requests, ${wanted.poison.size} dead letters with their reasons, ${events.length} events (${listener.events.length} with repetitions), ${seconds.toFixed(0)} s`,
    );
  },
);
