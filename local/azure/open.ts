import type { RequestListener } from 'node:http';
import { loadAssignments } from './authorization/assignments.ts';
import { Authorizer } from './authorization/authorizer.ts';
import { createLedger } from './authorization/ledger.ts';
import { Blobs } from './blobs/blobs.ts';
import type { Cloud } from './cloud.ts';
import { createForward } from './http/forward.ts';
import { createListener } from './http/listener.ts';
import { Pipeline } from './http/pipeline.ts';
import { createRecorder } from './http/recorder.ts';
import { Router } from './http/router.ts';
import { secretOf } from './identity/client-secret.ts';
import { Identity } from './identity/identity.ts';
import type { Secrets } from './identity/routes.ts';
import { SignIn } from './identity/sign-in.ts';
import { openMachineRoom, type MachineKind } from './machine-room.ts';
import { Operations } from './operations/operations.ts';
import { Buckets } from './profile/buckets.ts';
import { Faults } from './profile/faults.ts';
import type { Profile } from './profile/profile.ts';
import { recover } from './recover.ts';
import { sections } from './routes.ts';
import { Executions } from './run-commands/executions.ts';
import { openDatabase } from './store/database.ts';
import { ResourceStore } from './store/resources.ts';
import { MachineRegistry } from './virtual-machines/machine-registry.ts';

/** The same in every data directory, so that a saved `az` profile or a template stays valid. */
const SUBSCRIPTION = '00000000-0000-4000-8000-000000000001';
const TENANT = '00000000-0000-4000-8000-000000000002';

export type CloudOptions = {
  readonly dataDir: string;
  readonly machines: MachineKind;
  /** Azurite connection string. */
  readonly storage: string;
  readonly profile: Profile;
  readonly record?: string;
  /** File with role assignments; without it every token may do everything. */
  readonly authorization?: string;
  /** Folder where the actions of clients with roles are noted. */
  readonly ledger?: string;
  readonly appUrl?: string;
  readonly log: (line: string) => void;
};

export type OpenCloud = {
  readonly cloud: Cloud;
  /** For any number of http and https servers. */
  readonly listener: RequestListener;
  /** The value that the managed-identity end point asks for. */
  readonly identityHeader: string;
  /** What every other token end point asks for. */
  readonly clientSecret: string;
  readonly close: () => Promise<void>;
};

/** Opens the cloud over a data directory. Nothing listens yet. */
export async function openCloud(options: CloudOptions): Promise<OpenCloud> {
  const { dataDir, profile, log } = options;
  const { room, marketplace } = await openMachineRoom(options.machines, { dataDir, profile, log });
  const database = openDatabase(dataDir);
  const faults = new Faults(profile);
  const operations = new Operations(database, faults, log);
  const resources = new ResourceStore(database);
  const cloud: Cloud = {
    subscriptionId: SUBSCRIPTION,
    tenantId: TENANT,
    dataDir,
    profile,
    faults,
    buckets: new Buckets(profile),
    resources,
    operations,
    identity: await Identity.open(dataDir, TENANT, profile.roles),
    authorizer: openAuthorizer(options, resources),
    room,
    marketplace,
    machines: new MachineRegistry(room),
    executions: new Executions(),
    blobs: new Blobs(options.storage, dataDir),
    log,
  };
  recover(cloud);
  const secrets = await readSecrets(options);
  const { identityHeader, clientSecret } = secrets;
  const pipeline = new Pipeline(new Router(sections(secrets).flatMap(({ routes }) => routes)), cloud);
  const listener = listenerOf(pipeline, options);
  const close = async () => {
    operations.close();
    cloud.executions.close();
    await cloud.machines.close();
    if (pipeline.unknown.length > 0) log(`not supported: ${pipeline.unknown.length} kinds of calls`);
    database.close();
  };
  return { cloud, listener, identityHeader, clientSecret, close };
}

function listenerOf(pipeline: Pipeline, { record, appUrl }: CloudOptions): RequestListener {
  const page = appUrl === undefined ? undefined : new URL(appUrl).origin;
  return createListener({ pipeline, recorder: createRecorder(record), forward: createForward(appUrl), page });
}

async function readSecrets({ dataDir, appUrl }: CloudOptions): Promise<Secrets> {
  return {
    identityHeader: await secretOf(dataDir, 'identity-header'),
    clientSecret: await secretOf(dataDir, 'client-secret'),
    signIn: new SignIn(appUrl),
  };
}

function openAuthorizer({ authorization, ledger }: CloudOptions, resources: ResourceStore): Authorizer {
  const assignments = authorization === undefined ? [] : loadAssignments(authorization);
  return new Authorizer(assignments, resources, createLedger(ledger));
}
