import { makeDefinition, sharedImage } from '../../support/distribution.ts';
import type { CloudEvent } from '../../../shared/model/cloud-event.ts';
import type { LocalKiln } from '../../support/local-kiln.ts';
import { managedImage, shell, template, vhd } from '../../support/templates.ts';
import type { Fate, Seen } from './proxy.ts';
import { World } from './world.ts';

const NAME = 'faulty';
const REGIONS = ['westeurope', 'northeurope'];
const COMPUTE = '2024-07-01';

export type Rule = (request: Seen) => Fate | undefined;

/** One template that is built again and again, with faults that only its requests meet. */
export class Faulty {
  readonly world: World;
  readonly name: string;

  private constructor(world: World, name: string) {
    this.world = world;
    this.name = name;
  }

  static async in(world: World, name: string): Promise<Faulty> {
    world.owners.add(name);
    await makeDefinition(world.kiln, name);
    return new Faulty(world, name);
  }

  get kiln(): LocalKiln {
    return this.world.kiln;
  }

  get template(): string {
    return `${this.kiln.templatePath}/${this.name}`;
  }

  /** The template as it is built in every case; nothing of an earlier one is under way. */
  async fresh(): Promise<void> {
    this.asked = 0;
    this.spoil({});
    const release = await this.world.owners.begin(this.name);
    try {
      await this.submitted();
    } finally {
      release();
    }
  }

  private async submitted(): Promise<void> {
    const { subscriptionId } = this.kiln.endpoints;
    const targets = [
      managedImage(subscriptionId, this.name),
      sharedImage(subscriptionId, this.name, { regions: REGIONS }),
      vhd,
    ];
    const steps = template([shell('step', '# kiln-simulate: seconds=0.05')], targets);
    steps.properties.validate = { inVMValidations: [{ type: 'Shell', name: 'check', inline: ['true'] }] };
    // One that is being deleted has to be gone first.
    await this.kiln.until('a template that is taken', async () => {
      const { status } = await this.kiln.submit(this.name, steps);
      return status < 300 || undefined;
    });
  }

  /** What becomes of the requests of this template from now on, at either door. */
  spoil({ arm = passAll, blobs = passAll }: { arm?: Rule; blobs?: Rule }): void {
    this.world.arm.arm(this.name, arm);
    this.world.blobs.arm(this.name, blobs);
  }

  /** Starts a run and answers with it when it has ended and is cleaned up, or as it was last seen. */
  async build(rule: Rule, { seconds = 150, blobs }: { seconds?: number; blobs?: Rule } = {}): Promise<any> {
    const release = await this.world.owners.begin(this.name);
    try {
      this.spoil({ arm: rule, ...(blobs && { blobs }) });
      const { status, body, headers } = await this.kiln.api('POST', `${this.template}/run`);
      if (status !== 202) throw new Error(`run answered ${status}: ${JSON.stringify(body)}`);
      const operation = headers.get('azure-asyncoperation') ?? headers.get('location') ?? '';
      const id = /operations\/(?<id>[0-9a-f-]{36})/i.exec(operation)?.groups?.['id']?.toLowerCase() ?? '';
      this.world.owners.learn(this.name, id);
      return await this.over(id, seconds);
    } finally {
      release();
    }
  }

  /** Distributes again what failed, without a fault, and answers with the run at its new end. */
  async retry(id: string, seconds = 150): Promise<any> {
    this.spoil({});
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
    const ends = this.world.events.filter(
      ({ type, data }) =>
        /run\.(succeeded|failed|canceled|partiallySucceeded)$/.test(type) &&
        JSON.stringify(data).includes(runId),
    );
    return [...new Map(ends.map((event) => [event.id, event])).values()];
  }

  /** When a case asked for the end of its run. */
  private asked = 0;

  /** Whether that was after the end that it has come to by itself. */
  askedAfter(endTime: string | undefined): boolean {
    return endTime !== undefined && this.asked > Date.parse(endTime);
  }

  async cancel(): Promise<void> {
    this.asked = Date.now();
    await this.kiln.api('POST', `${this.template}/cancel`);
  }

  async remove(): Promise<void> {
    this.asked = Date.now();
    await this.kiln.api('DELETE', this.template);
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
      if (this.isOwnGroup(name))
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
      ...groups.body.value.map(({ name }: any) => name).filter((name: string) => this.isOwnGroup(name)),
      ...made.map(({ id }) => id).filter((id) => !told.has(id.toLowerCase())),
    ];
  }

  async artefacts(): Promise<{ id: string; tags?: Record<string, string>; properties: any }[]> {
    const compute = `/subscriptions/${this.kiln.endpoints.subscriptionId}/resourceGroups/images/providers/Microsoft.Compute`;
    const images = await this.kiln.arm('GET', `${compute}/images`, COMPUTE);
    const versions = await this.kiln.arm(
      'GET',
      `${compute}/galleries/goldens/images/${this.name}/versions`,
      '2023-07-03',
    );
    const disks = await this.kiln.arm('GET', `${compute}/disks`, '2024-03-02');
    return [images, versions, disks].flatMap(({ body }) => body.value ?? []);
  }

  private isOwnGroup(group: string): boolean {
    return group.startsWith(`IT_images_${this.name}_`);
  }

  stop(): Promise<void> {
    return this.world.stop();
  }
}

const passAll = (): undefined => undefined;

export async function startFaulty(profile: object = {}): Promise<Faulty> {
  return Faulty.in(await World.start(profile), NAME);
}

/** As many templates in one world, each with a name of its own. */
export async function startLanes(count: number): Promise<Faulty[]> {
  const world = await World.start({});
  return Promise.all(Array.from({ length: count }, (_, nth) => Faulty.in(world, `${NAME}-${nth}`)));
}
