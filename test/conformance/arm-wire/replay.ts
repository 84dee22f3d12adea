// Sends a recording's requests to the local cloud, in their order, and says where the answers differ.
import { setTimeout as sleep } from 'node:timers/promises';
import { textAt } from '../../../local/azure/json.ts';
import type { RunningCloud } from '../../local/azure/support.ts';
import { differences, type Answered } from './differences.ts';
import { operationOf, type Exchange, type World } from './recording.ts';
import { seedsOf } from './seeds.ts';

const RECORDED_SUBSCRIPTION = '00000000-0000-0000-0000-000000000000';
const PATIENCE_MS = 20_000;

export type Finding = { readonly at: string; readonly call: string; readonly difference: string };

/** One world of one cloud: its resource groups are its own. */
export class Replay {
  readonly #cloud: RunningCloud;
  readonly #world: World;
  /** Poll addresses here, by the recording's operation. */
  readonly #operations = new Map<string, { status: string | undefined; location: string | undefined }>();
  #pending: string[] = [];
  /** Where the list that was read last goes on. */
  #nextLink: string | undefined;

  constructor(cloud: RunningCloud, world: World) {
    this.#cloud = cloud;
    this.#world = world;
  }

  async run(extra: readonly string[] = []): Promise<Finding[]> {
    const findings: Finding[] = [];
    for (const seed of seedsOf(this.#world, extra)) {
      const answer = await this.#send(seed.method, seed.path, seed.body);
      if (answer.status >= 400)
        throw new Error(`${this.#world.name}: ${seed.method} ${seed.path}: ${JSON.stringify(answer.body)}`);
      await this.#wait(answer.headers['azure-asyncoperation']);
    }
    for (const exchange of this.#world.exchanges) {
      const call = `${exchange.request.method} ${exchange.request.path.split('?')[0]}`;
      for (const difference of await this.#exchange(exchange))
        findings.push({ at: exchange.at, call, difference });
    }
    return findings;
  }

  async #exchange({ request, response }: Exchange): Promise<string[]> {
    const operation = operationOf(request.path);
    const recorded = { status: response.status, headers: response.headers ?? {}, body: response.body };
    if (request.path.startsWith('http')) return ['another host'];
    if (operation !== undefined) return this.#poll(operation, request.path, recorded);
    const state = textAt(response.body as never, 'properties.provisioningState') ?? '';
    if (!/Creating|Updating|Deleting/.test(state) || request.method !== 'GET') await this.#settle();
    const path = request.path.includes('skiptoken=TOKEN') ? (this.#nextLink ?? request.path) : request.path;
    const local = await this.#send(request.method, path, request.body);
    this.#nextLink = textAt(local.body as never, 'nextLink');
    this.#remember(recorded, local);
    return differences(recorded, local);
  }

  /** The recording's last poll is compared with the last one here, an earlier one with one while it still runs. */
  async #poll(operation: string, path: string, recorded: Answered): Promise<string[]> {
    const known = this.#operations.get(operation);
    const monitors = path.includes('monitor=true') || /operationresults/i.test(path);
    const url = monitors ? known?.location : known?.status;
    if (url === undefined) return ['its operation was started before the recording'];
    const ended = recorded.status === 200 && textAt(recorded.body as never, 'status') !== 'InProgress';
    const deadline = Date.now() + PATIENCE_MS;
    for (;;) {
      const local = await this.#send('GET', url);
      const busy = local.status === 202 || textAt(local.body as never, 'status') === 'InProgress';
      // A busy host may be late for a state that has passed meanwhile.
      if (!busy && !ended && local.status === 200) return [];
      if (!busy || !ended || Date.now() > deadline) return differences(recorded, local);
      await sleep(10);
    }
  }

  #remember(recorded: Answered, local: Answered): void {
    const url = recorded.headers['azure-asyncoperation'] ?? recorded.headers['location'];
    const [status, location] = [local.headers['azure-asyncoperation'], local.headers['location']];
    const operation = url === undefined ? undefined : operationOf(url);
    if (operation !== undefined) this.#operations.set(operation, { status, location });
    const pending = status ?? location;
    if (pending !== undefined) this.#pending.push(pending);
  }

  async #settle(): Promise<void> {
    for (const url of this.#pending) await this.#wait(url);
    this.#pending = [];
  }

  async #wait(url: string | undefined): Promise<void> {
    if (url === undefined) return;
    const deadline = Date.now() + PATIENCE_MS;
    for (;;) {
      const { status, body } = await this.#send('GET', url);
      if ((status !== 202 && textAt(body as never, 'status') !== 'InProgress') || Date.now() > deadline)
        return;
      await sleep(10);
    }
  }

  async #send(method: string, path: string, body?: unknown): Promise<Answered> {
    const url = path.startsWith('http') ? path : `${this.#cloud.url}${path}`;
    const wire = body === undefined ? undefined : JSON.parse(this.#toLocal(JSON.stringify(body)));
    const answer = await this.#cloud.call(method, this.#toLocal(url), wire);
    const headers = [...answer.headers].map(([name, value]) => [name, this.#toRecorded(value)]);
    const list = answer.body['list'];
    const text = typeof list === 'string' ? list : JSON.stringify(answer.body);
    const shown: unknown = JSON.parse(this.#toRecorded(text));
    const empty = text === '{}' && !answer.headers.has('content-type');
    return { status: answer.status, headers: Object.fromEntries(headers), body: empty ? undefined : shown };
  }

  #toLocal(text: string): string {
    return text
      .replaceAll(RECORDED_SUBSCRIPTION, this.#cloud.subscriptionId)
      .replaceAll('https://management.azure.com', this.#cloud.url)
      .replaceAll(/\bgroup(\d+)\b/g, `w${this.#world.name}-group$1`);
  }

  #toRecorded(text: string): string {
    return text
      .replaceAll(this.#cloud.subscriptionId, RECORDED_SUBSCRIPTION)
      .replaceAll(this.#cloud.url, 'https://management.azure.com')
      .replaceAll(`w${this.#world.name}-group`, 'group');
  }
}
