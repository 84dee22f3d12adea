import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
// By its default: Node 22 does not find the names of this CommonJS module.
import azureFunctions from '@azure/functions';
import { exportJWK, exportSPKI, generateKeyPair, SignJWT } from 'jose';
import { createAccess, type Role } from '../../functions/http/access.ts';
import { serve } from '../../functions/http/serve.ts';
import type { InstanceState, Launch, DurableEngine } from '../../shared/ports/engine.ts';
import type { AccessPolicy } from '../../shared/access/policy.ts';
import { rulesOfRestrictions } from '../../shared/access/read-policy.ts';
import { createBlobStore } from '../../shared/store/blob-store.ts';
import { blobAdvisories } from '../../shared/store/blob-advisories.ts';
import { createVhdBlobs } from '../../shared/store/blob-vhds.ts';
import type { Sha256 } from '../../shared/model/template.ts';
import { keyOfMessage } from '../../shared/requests/read-message.ts';
import { createDeadLetters } from '../../shared/messaging/dead-letters.ts';
import type { DeadLetters } from '../../shared/ports/dead-letters.ts';
import type { Azure } from '../../shared/ports/azure.ts';
import type { Run } from '../../shared/model/documents/documents.ts';
import type { Store } from '../../shared/ports/store.ts';
import type { DeployedRights } from '../../shared/model/rights.ts';
import type { VhdBlobs } from '../../shared/ports/vhd-blobs.ts';
import { ANYBODY } from './anybody.ts';
import { createViews } from '../../shared/views/views.ts';
import type { Azurite } from './azurite.ts';

export const ISSUER = 'https://login.example/tenant/v2.0';
export const TENANT = '22222222-2222-2222-2222-222222222222';
export const AUDIENCE = 'api://kiln';
export const SUBSCRIPTION = '11111111-1111-1111-1111-111111111111';
export const TEMPLATES = `/subscriptions/${SUBSCRIPTION}/resourceGroups/images/providers/Microsoft.VirtualMachineImages/imageTemplates`;

/** An engine that keeps what it was asked for; tests say what became of the instances. */
export class FakeEngine implements DurableEngine {
  readonly started = new Map<string, Launch>();
  readonly raised: { instanceId: string; event: string }[] = [];
  readonly ended = new Set<string>();
  readonly failed = new Set<string>();
  readonly rewound: string[] = [];
  readonly purged: { from: Date; to: Date }[] = [];
  /** The process dies before the next start reaches the engine. */
  dies = false;

  start(instanceId: string, launch: Launch): Promise<void> {
    if (this.dies) return Promise.reject(new Error('the process was killed'));
    if (!this.started.has(instanceId)) this.started.set(instanceId, launch);
    return Promise.resolve();
  }

  raise(instanceId: string, event: string): Promise<void> {
    this.raised.push({ instanceId, event });
    return Promise.resolve();
  }

  state(instanceId: string): Promise<InstanceState> {
    if (this.failed.has(instanceId)) return Promise.resolve('failed');
    if (this.ended.has(instanceId)) return Promise.resolve('ended');
    return Promise.resolve(this.started.has(instanceId) ? 'live' : 'absent');
  }

  rewind(instanceId: string): Promise<void> {
    this.rewound.push(instanceId);
    this.failed.delete(instanceId);
    return Promise.resolve();
  }

  output(): Promise<unknown> {
    return Promise.resolve({ ok: true, value: null });
  }

  failedSince(): Promise<string[]> {
    return Promise.resolve([...this.failed]);
  }

  purge(from: Date, to: Date): Promise<number> {
    this.purged.push({ from, to });
    return Promise.resolve(10);
  }
}

/** A token service: keys at a URL, and tokens with any claims. */
export async function startIssuer() {
  const keys = await generateKeyPair('RS256', { extractable: true });
  const stranger = await generateKeyPair('RS256', { extractable: true });
  const jwk = { ...(await exportJWK(keys.publicKey)), kid: 'one', alg: 'RS256', use: 'sig' };
  const server = createServer((_request, response) => {
    response.setHeader('content-type', 'application/json').end(JSON.stringify({ keys: [jwk] }));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const token = (claims: Record<string, unknown>) =>
    new SignJWT({
      iss: ISSUER,
      aud: AUDIENCE,
      tid: TENANT,
      exp: Math.floor(Date.now() / 1000) + 600,
      ...claims,
    });
  const sign = (claims: Record<string, unknown>) =>
    token(claims).setProtectedHeader({ alg: 'RS256', kid: 'one' }).sign(keys.privateKey);
  return {
    url: `http://127.0.0.1:${port}/keys`,
    sign,
    signByStranger: async (
      claims: Record<string, unknown>,
      more: { bringsKey?: boolean; kid?: string; jku?: string } = {},
    ) => {
      // An empty kid is one that is not there.
      const { bringsKey = false, kid = 'one', ...header } = more;
      const jwk = bringsKey ? { jwk: await exportJWK(stranger.publicKey) } : {};
      return token(claims)
        .setProtectedHeader({ alg: 'RS256', ...(kid !== '' && { kid }), ...header, ...jwk })
        .sign(stranger.privateKey);
    },
    /** What a verifier takes that lets the token choose between RSA and HMAC: the key is public. */
    signWithPublicKeyAsSecret: async (claims: Record<string, unknown>) =>
      token(claims)
        .setProtectedHeader({ alg: 'HS256', kid: 'one' })
        .sign(Buffer.from(await exportSPKI(keys.publicKey))),
    stop: () => server.close(),
  };
}

export type Issuer = Awaited<ReturnType<typeof startIssuer>>;

type ShownError = {
  code: string;
  message: string;
  details?: { code: string; target: string; message: string }[];
};

/** The fields of answers that tests look at; which of them are there is what the tests are about. */
export type AnswerBody = {
  id: string;
  name: string;
  state: string;
  status: string;
  revision: number;
  endTime: string;
  uri: string;
  url: string;
  expires: string;
  sha256: Sha256;
  error: ShownError;
  nextLink?: string;
  value: { id: string; name: string; properties: object }[];
  properties: {
    provisioningState: string;
    buildTimeoutInMinutes: number;
    vmProfile: object;
    source: { sourceUri?: string };
    lastRunStatus: { runState: string; runSubState?: string };
  };
};

export type Answer = { status: number; headers: Record<string, string>; body: AnswerBody };
type Options = {
  body?: unknown;
  role?: Role;
  token?: string | null;
  headers?: Record<string, string>;
  apiVersion?: string | null;
};

type ApiOptions = {
  deadLetters?: DeadLetters;
  azure?: (subscriptionId: string) => Azure;
  restrict?: Record<string, string[]>;
  policy?: AccessPolicy;
  strictCreate?: boolean;
  rights?: DeployedRights;
};

function noBus(): never {
  throw new Error('this test has no Service Bus');
}

function noAzure(): Azure {
  throw new Error('this test has no Azure');
}

/** As the setting KILN_AUTH_RESTRICT. */
function restricted(restrict: Record<string, string[]>): AccessPolicy {
  const rules = rulesOfRestrictions(restrict, SUBSCRIPTION);
  if (!rules.ok) throw new Error(JSON.stringify(rules.failures));
  return { mode: 'open', rules: rules.value };
}

/** The HTTP API over a real blob store, without the Functions host. */
export class Api {
  readonly engine = new FakeEngine();
  /** What the app has logged. */
  readonly lines: string[] = [];
  readonly store: Store;
  readonly vhds: VhdBlobs;
  /** Runs whose end was told to others by a request. */
  readonly ended: string[] = [];
  /** Added to the clock. */
  later = 0;
  /** Milliseconds since 1970; a clock that stands still, for what is counted within a moment. */
  stoppedAt: number | undefined;
  readonly container: Awaited<ReturnType<Azurite['container']>>;
  private readonly gate: { policy: AccessPolicy; isOwnBlob: VhdBlobs['isOwn'] };
  private readonly services;
  private readonly issuer: Issuer;

  private constructor(
    issuer: Issuer,
    container: Awaited<ReturnType<Azurite['container']>>,
    more: ApiOptions,
  ) {
    this.issuer = issuer;
    this.container = container;
    this.store = createBlobStore(container);
    const auth = {
      issuer: ISSUER,
      audiences: [AUDIENCE],
      jwksUrl: issuer.url,
      tenant: TENANT,
    };
    const { policy = restricted(more.restrict ?? {}) } = more;
    const access = createAccess(auth, policy);
    this.vhds = createVhdBlobs(container);
    this.gate = { policy, isOwnBlob: this.vhds.isOwn };
    const commands = {
      store: this.store,
      engine: this.engine,
      ...ANYBODY,
      log: (line: string) => void this.lines.push(line),
      gate: this.gate,
      urls: { allow: ['https://127.0.0.1:8443'] },
      now: () => new Date((this.stoppedAt ?? Date.now()) + this.later),
      newId: () => crypto.randomUUID(),
      ended: async ({ id, state }: Run) => void this.ended.push(`${id} ${state}`),
    };
    const logError = () => undefined;
    const readArm = (path: string) =>
      Promise.resolve({ value: [{ name: 'images' }, { name: 'other' }], path });
    const { strictCreate = false } = more;
    const views = createViews(this.store, { limits: { total: 0, perSubscription: 0 }, now: commands.now });
    this.services = {
      commands,
      advisories: blobAdvisories(container),
      vhds: this.vhds,
      views,
      access,
      auth,
      logError,
      readArm,
      strictCreate,
      ...(more.rights && { rights: more.rights }),
      appName: 'kiln-test',
      azure: more.azure ?? noAzure,
      deadLetters: more.deadLetters ?? createDeadLetters({ bus: noBus, name: '' }, keyOfMessage),
    };
  }

  get policy(): AccessPolicy {
    return this.gate.policy;
  }

  /** What a restart with another policy does. */
  set policy(policy: AccessPolicy) {
    this.gate.policy = policy;
  }

  set isOwnBlob(isOwnBlob: VhdBlobs['isOwn']) {
    this.gate.isOwnBlob = isOwnBlob;
  }

  get commands() {
    return this.services.commands;
  }

  static async start(issuer: Issuer, azurite: Azurite, more: ApiOptions = {}): Promise<Api> {
    return new Api(issuer, await azurite.container(), more);
  }

  async send(method: string, path: string, options: Options = {}): Promise<Answer> {
    const { body, role = 'Admin', token, headers = {}, apiVersion = '2026-11-01' } = options;
    const bearer = token === undefined ? await this.issuer.sign({ roles: [role] }) : token;
    const url = new URL(path, 'https://kiln.example:8443');
    if (apiVersion !== null) url.searchParams.set('api-version', apiVersion);
    const raw = body instanceof Uint8Array || typeof body === 'string';
    const request = new azureFunctions.HttpRequest({
      method,
      url: url.href,
      query: Object.fromEntries(url.searchParams),
      headers: {
        host: url.host,
        ...(bearer === null ? {} : { authorization: `Bearer ${bearer}` }),
        ...headers,
      },
      ...(body !== undefined && {
        body: { bytes: Buffer.from(raw ? (body as string) : JSON.stringify(body)) },
      }),
    });
    const reply = await serve(request, () => this.services);
    const text = reply.body && Buffer.from(reply.body).toString();
    const isJson = reply.headers?.['content-type'] === 'application/json';
    const answer = reply.jsonBody ?? (isJson && text ? JSON.parse(text) : text);
    const shown = (answer === undefined ? undefined : JSON.parse(JSON.stringify(answer))) as AnswerBody;
    return { status: reply.status, headers: { ...reply.headers }, body: shown };
  }

  /** Submits a template and lets its submission succeed. */
  async submitted(name = 'web', body: unknown = sampleBody()): Promise<Answer> {
    const answer = await this.send('PUT', `${TEMPLATES}/${name}`, { body });
    if (answer.status >= 300) throw new Error(JSON.stringify(answer.body));
    const ref = { subscriptionId: SUBSCRIPTION, resourceGroup: 'images', name };
    await this.store.templates.update(ref, (head) => ({ ...head, provisioningState: 'Succeeded' }));
    return answer;
  }
}

export function sampleBody(changes: Record<string, unknown> = {}): object {
  return {
    location: 'West Europe',
    properties: {
      source: {
        type: 'PlatformImage',
        publisher: 'Debian',
        offer: 'debian-12',
        sku: '12-gen2',
        version: 'latest',
      },
      customize: [{ type: 'Shell', name: 'hello', inline: ['echo hello'] }],
      distribute: [{ type: 'VHD', runOutputName: 'disk' }],
      ...changes,
    },
  };
}
