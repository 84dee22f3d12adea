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

/** Local mode whose app reaches Azure and its storage through proxies, and one template that is built again and again. */
export class Faulty {
  readonly kiln: LocalKiln;
  readonly arm: FaultProxy;
  readonly blobs: FaultProxy;
  readonly events: CloudEvent[] = [];
  private readonly bus: ServiceBusClient;

  constructor(kiln: LocalKiln, arm: FaultProxy, blobs: FaultProxy) {
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
    const { status, body } = await this.kiln.submit(NAME, steps);
    if (status >= 300) throw new Error(`the template was refused: ${JSON.stringify(body)}`);
  }

  /** Starts a run and answers with it when it has ended and is cleaned up, or as it was last seen. */
  async build(rule: Rule, seconds = 120): Promise<any> {
    this.arm.arm(rule);
    const { status, body } = await this.kiln.api('POST', `${this.template}/run`);
    if (status !== 202) throw new Error(`run answered ${status}: ${JSON.stringify(body)}`);
    return this.over(seconds);
  }

  async over(seconds: number): Promise<any> {
    let last: any;
    const look = async (): Promise<any> => {
      const { status, body } = await this.kiln.api('GET', `${this.template}/runs`);
      // A template that was deleted takes its runs with it; their events stay.
      if (status === 404) return last === undefined ? undefined : { ...last, state: this.endOf(last.id) };
      last = body.value?.[0];
      return last?.endTime !== undefined && last.cleanup !== undefined ? last : undefined;
    };
    try {
      return await this.kiln.until('the end of the run', look, seconds);
    } catch {
      return { ...last, hung: true };
    }
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
  const [arm, blobs] = await Promise.all([FaultProxy.start(), FaultProxy.start()]);
  const env = {
    NODE_OPTIONS: `${process.env['NODE_OPTIONS'] ?? ''} --import=${REDIRECT}`,
    KILN_TEST_ARM_PROXY: arm.url,
    KILN_TEST_BLOB_PROXY: blobs.url,
  };
  const kiln = await LocalKiln.start({ profile, env });
  await makeDefinition(kiln, NAME);
  return new Faulty(kiln, arm, blobs);
}
