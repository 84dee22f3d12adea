import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { ServiceBusClient } from '@azure/service-bus';
import { readKeys } from '../../../local/functions-host/keys.ts';
import type { CloudEvent } from '../../../shared/model/cloud-event.ts';
import { LocalKiln } from '../../support/local-kiln.ts';
import { Owners } from './owners.ts';
import { FaultProxy, type Seen } from './proxy.ts';

const REDIRECT = pathToFileURL(path.join(import.meta.dirname, 'redirect.ts')).href;
/** Milliseconds without a worker; 5 to 15 s on the real host. */
const WORKER_DOWN = 2000;

type Doors = { readonly arm: FaultProxy; readonly blobs: FaultProxy; readonly owners: Owners };

/** Local mode whose app reaches Azure and its storage through proxies. Several templates may be built in it at once. */
export class World {
  readonly kiln: LocalKiln;
  readonly arm: FaultProxy;
  readonly blobs: FaultProxy;
  readonly owners: Owners;
  readonly events: CloudEvent[] = [];
  private readonly bus: ServiceBusClient;
  private readonly commitFile: string;
  private killing: Promise<void> | undefined;

  private constructor(kiln: LocalKiln, { arm, blobs, owners }: Doors, commitFile: string) {
    this.kiln = kiln;
    this.arm = arm;
    this.blobs = blobs;
    this.owners = owners;
    this.commitFile = commitFile;
    this.bus = new ServiceBusClient(kiln.endpoints.serviceBus);
    const receiver = this.bus.createReceiver('build-events', 'all', { receiveMode: 'receiveAndDelete' });
    receiver.subscribe({
      processMessage: async ({ body }) => void this.events.push(body),
      processError: async () => undefined,
    });
  }

  static async start(profile: object): Promise<World> {
    const owners = new Owners();
    const [arm, blobs] = await Promise.all([
      FaultProxy.start('its own', owners),
      FaultProxy.start('the real one', owners),
    ]);
    const commitFile = path.join(mkdtempSync(path.join(tmpdir(), 'kiln-faults-')), 'commit');
    const env = {
      NODE_OPTIONS: `${process.env['NODE_OPTIONS'] ?? ''} --import=${REDIRECT}`,
      KILN_TEST_ARM_PROXY: arm.url,
      KILN_TEST_BLOB_PROXY: blobs.url,
      KILN_TEST_COMMIT_FILE: commitFile,
    };
    return new World(await LocalKiln.start({ profile, env }), { arm, blobs, owners }, commitFile);
  }

  /** The host alone; whoever waits for an answer of it is told so by the broken connection. Two kills at once are one. */
  kill(): Promise<void> {
    this.killing ??= this.killNow().finally(() => (this.killing = undefined));
    return this.killing;
  }

  private async killNow(): Promise<void> {
    const { host } = this.kiln.endpoints.pids;
    process.kill(host, 'SIGKILL');
    await this.kiln.until('the next host', async () => this.kiln.endpoints.pids.host !== host || undefined);
  }

  /** The process that runs the app's functions, while the host lives on. */
  async killWorker(): Promise<void> {
    const { master } = readKeys(path.join(this.kiln.folder, 'host'));
    const url = `${this.kiln.endpoints.api}/admin/local/worker-death?down=${WORKER_DOWN}`;
    const { status } = await fetch(url, { method: 'POST', headers: { 'x-functions-key': master } });
    if (status !== 202) throw new Error(`The death of the worker answered ${status}.`);
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

  async stop(): Promise<void> {
    await this.bus.close();
    await this.kiln.stop();
    this.arm.stop();
    this.blobs.stop();
  }
}
