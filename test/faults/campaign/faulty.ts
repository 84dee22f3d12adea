import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { ServiceBusClient } from '@azure/service-bus';
import type { CloudEvent } from '../../../shared/messaging/cloud-event.ts';
import { makeDefinition, sharedImage } from '../../support/distribution.ts';
import { LocalKiln } from '../../support/local-kiln.ts';
import { managedImage, shell, template, vhd } from '../../support/templates.ts';
import { type Fate, FaultProxy, type Seen } from './proxy.ts';

export const NAME = 'faulty';
const REGIONS = ['westeurope', 'northeurope'];
const COMPUTE = '2024-07-01';
const REDIRECT = pathToFileURL(path.join(import.meta.dirname, 'redirect.ts')).href;

export type Rule = (request: Seen) => Fate | undefined;

type Doors = { readonly arm: FaultProxy; readonly blobs: FaultProxy; readonly commitFile: string };

/** Local mode whose app reaches Azure and its storage through proxies, and one template that is built again and again. */
export class Faulty {
  readonly kiln: LocalKiln;
  readonly arm: FaultProxy;
  readonly blobs: FaultProxy;
  readonly events: CloudEvent[] = [];
  private readonly bus: ServiceBusClient;
  private readonly commitFile: string;

  constructor(kiln: LocalKiln, { arm, blobs, commitFile }: Doors) {
    this.commitFile = commitFile;
    this.kiln = kiln;
    this.arm = arm;
    this.blobs = blobs;
    this.bus = new ServiceBusClient(kiln.endpoints.serviceBus);
    const receiver = this.bus.createReceiver('build-events', 'all', { receiveMode: 'receiveAndDelete' });
    receiver.subscribe({
      processMessage: async ({ body }) => void this.events.push(body),
      processError: async () => undefined,
    });
  }

  get template(): string {
    return `${this.kiln.templatePath}/${NAME}`;
  }

  /** The template as it is built in every case; nothing of an earlier one is under way. */
  async fresh(): Promise<void> {
    this.arm.arm(() => undefined);
    this.blobs.arm(() => undefined);
    const { subscriptionId } = this.kiln.endpoints;
    const targets = [
      managedImage(subscriptionId, NAME),
      sharedImage(subscriptionId, NAME, { regions: REGIONS }),
      vhd,
    ];
    const steps = template([shell('step', '# kiln-simulate: seconds=0.05')], targets);
    steps.properties.validate = { inVMValidations: [{ type: 'Shell', name: 'check', inline: ['true'] }] };
    // One that is being deleted has to be gone first.
    await this.kiln.until('a template that is taken', async () => {
      const { status } = await this.kiln.submit(NAME, steps);
      return status < 300 || undefined;
    });
  }

  /** Starts a run and answers with it when it has ended and is cleaned up, or as it was last seen. */
  async build(rule: Rule, seconds = 150): Promise<any> {
    this.arm.arm(rule);
    const { status, body, headers } = await this.kiln.api('POST', `${this.template}/run`);
    if (status !== 202) throw new Error(`run answered ${status}: ${JSON.stringify(body)}`);
    const operation = headers.get('azure-asyncoperation') ?? headers.get('location') ?? '';
    const id = /operations\/(?<id>[0-9a-f-]{36})/i.exec(operation)?.groups?.['id']?.toLowerCase() ?? '';
    return this.over(id, seconds);
  }

  /** Distributes again what failed, without a fault, and answers with the run at its new end. */
  async retry(id: string, seconds = 150): Promise<any> {
    this.arm.arm(() => undefined);
    const { status, body } = await this.kiln.api('POST', `${this.template}/runs/${id}/retry`);
    if (status !== 202) throw new Error(`retry answered ${status}: ${JSON.stringify(body)}`);
    return this.over(id, seconds);
  }

  private async over(id: string, seconds: number): Promise<any> {
    let last: any = { id };
    const look = async (): Promise<any> => {
      const { status, body } = await this.kiln.api('GET', `${this.template}/runs/${id}`);
      if (status === 404) return this.told(last);
      last = body;
      return last.endTime !== undefined && last.cleanup !== undefined ? last : undefined;
    };
    try {
      return await this.kiln.until('the end of the run', look, seconds);
    } catch {
      return { ...last, hung: true };
    }
  }

  /** A template that was deleted takes its runs with it; what their events tell stays. */
  private async told(last: any): Promise<any> {
    const [end] = await this.endsInTime(last.id);
    return end && { ...last, ...(end.data as object), id: last.id, state: this.endOf(last.id) };
  }

  /** The state that the end event of a run tells. */
  endOf(runId: string): string | undefined {
    const states: string[] = this.ends(runId).map(({ type }) => type.split('.').at(-1) ?? '');
    const state = states[0] ?? '';
    return state.charAt(0).toUpperCase() + state.slice(1);
  }

  /** End events of a run, each id once. */
  ends(runId: string): CloudEvent[] {
    const ends = this.events.filter(
      ({ type, data }) =>
        /run\.(succeeded|failed|canceled|partiallySucceeded)$/.test(type) &&
        JSON.stringify(data).includes(runId),
    );
    return [...new Map(ends.map((event) => [event.id, event])).values()];
  }

  async cancel(): Promise<void> {
    await this.kiln.api('POST', `${this.template}/cancel`);
  }

  async remove(): Promise<void> {
    await this.kiln.api('DELETE', this.template);
  }

  /** The host alone; whoever waits for an answer of it is told so by the broken connection. */
  async kill(): Promise<void> {
    const { host } = this.kiln.endpoints.pids;
    process.kill(host, 'SIGKILL');
    await this.kiln.until('the next host', async () => this.kiln.endpoints.pids.host !== host || undefined);
  }

  /** The host kills itself at its kth commit from now on, every second time before it. */
  killAtCommit(k: number): void {
    writeFileSync(this.commitFile, `${k} ${k % 2 === 0 ? 'before' : 'after'}`);
  }

  /** What is met once the host has killed itself. */
  killedAtCommit(): Seen | undefined {
    if (!existsSync(this.commitFile)) return { n: 0, method: 'COMMIT', path: 'durable' };
    rmSync(this.commitFile);
    return undefined;
  }

  async endsInTime(runId: string): Promise<CloudEvent[]> {
    // What could not be sent at once is sent by a timer.
    for (let waited = 0; waited < 75 && this.ends(runId).length === 0; waited += 1)
      await new Promise((resolve) => setTimeout(resolve, 1000));
    return this.ends(runId);
  }

  /** Takes away what a failed case has kept for a retry, as the janitor would a day later. */
  async sweep(): Promise<void> {
    const subscription = `/subscriptions/${this.kiln.endpoints.subscriptionId}`;
    const { body } = await this.kiln.arm('GET', `${subscription}/resourcegroups`, COMPUTE);
    for (const { name } of body.value)
      if (name.startsWith('IT_'))
        await this.kiln.arm('DELETE', `${subscription}/resourcegroups/${name}`, COMPUTE);
  }

  async gone(): Promise<void> {
    await this.kiln.until('the end of the template', async () => {
      const { status } = await this.kiln.api('GET', this.template);
      return status === 404 || undefined;
    });
  }

  /** What carries the run's tag or lies in a group of its: artefacts that it does not tell of among them. */
  async leftovers(run: any): Promise<string[]> {
    const subscription = `/subscriptions/${this.kiln.endpoints.subscriptionId}`;
    const told = new Set<string>(
      (run.outputs ?? []).map((output: any) => String(output.artifactId).toLowerCase()),
    );
    const groups = await this.kiln.arm('GET', `${subscription}/resourcegroups`, COMPUTE);
    const made = (await this.artefacts()).filter(({ tags }) => tags?.['kiln-run'] === run.id);
    return [
      ...groups.body.value.map(({ name }: any) => name).filter((name: string) => name.startsWith('IT_')),
      ...made.map(({ id }) => id).filter((id) => !told.has(id.toLowerCase())),
    ];
  }

  async artefacts(): Promise<{ id: string; tags?: Record<string, string>; properties: any }[]> {
    const compute = `/subscriptions/${this.kiln.endpoints.subscriptionId}/resourceGroups/images/providers/Microsoft.Compute`;
    const images = await this.kiln.arm('GET', `${compute}/images`, COMPUTE);
    const versions = await this.kiln.arm(
      'GET',
      `${compute}/galleries/goldens/images/${NAME}/versions`,
      '2023-07-03',
    );
    const disks = await this.kiln.arm('GET', `${compute}/disks`, '2024-03-02');
    return [images, versions, disks].flatMap(({ body }) => body.value ?? []);
  }

  async stop(): Promise<void> {
    await this.bus.close();
    await this.kiln.stop();
    this.arm.stop();
    this.blobs.stop();
  }
}

export async function startFaulty(profile: object = {}): Promise<Faulty> {
  const [arm, blobs] = await Promise.all([FaultProxy.start('its own'), FaultProxy.start('the real one')]);
  const commitFile = path.join(mkdtempSync(path.join(tmpdir(), 'kiln-faults-')), 'commit');
  const env = {
    NODE_OPTIONS: `${process.env['NODE_OPTIONS'] ?? ''} --import=${REDIRECT}`,
    KILN_TEST_ARM_PROXY: arm.url,
    KILN_TEST_BLOB_PROXY: blobs.url,
    KILN_TEST_COMMIT_FILE: commitFile,
  };
  const kiln = await LocalKiln.start({ profile, env });
  await makeDefinition(kiln, NAME);
  return new Faulty(kiln, { arm, blobs, commitFile });
}
