import { ComputeManagementClient } from '@azure/arm-compute';
import { ResourceManagementClient } from '@azure/arm-resources';
import { createDefaultHttpClient, createPipelineRequest, type Pipeline } from '@azure/core-rest-pipeline';
import { KilnError } from '../errors/failure.ts';
import { VERSION } from '../version.ts';
import { type Answer, answerOf, parseUrl } from './answer.ts';
import type { Credential } from './credential.ts';
import { assertOrigin, correlated, loopbackBearer, onlyTo, pinned, translated } from './policies.ts';

export type ConnectionOptions = {
  /** `https://management.azure.com`, a sovereign cloud's, or http on loopback. */
  readonly endpoint: string;
  readonly credential: Credential;
  readonly subscriptionId: string;
  /** In front of the SDK's own; `kiln/<version>` unless given. */
  readonly userAgent?: string;
  /** Sent with every request, and found again in Azure's activity log. */
  readonly correlationId?: string;
};

export type Clients = {
  readonly compute: ComputeManagementClient;
  readonly resources: ResourceManagementClient;
};

export type Connection = Clients & {
  readonly subscriptionId: string;
  readonly origin: string;
  /** Images and galleries may live in another subscription of the tenant. */
  in(subscriptionId: string): Clients;
  /** One GET of a URL at the endpoint, exactly as given. */
  get(url: string): Promise<Answer>;
};

const LOOPBACK = new Set(['127.0.0.1', 'localhost', '[::1]']);

/** Throws KilnError when the endpoint is no URL, or plain http to anything but this machine. */
export function connect(options: ConnectionOptions): Connection {
  const endpoint = trusted(options.endpoint);
  const bySubscription = new Map<string, Clients>();
  const clientsOf = (subscriptionId: string): Clients => {
    const key = subscriptionId.toLowerCase();
    const clients = bySubscription.get(key) ?? createClients(endpoint, options, subscriptionId);
    bySubscription.set(key, clients);
    return clients;
  };
  const own = clientsOf(options.subscriptionId);
  const http = createDefaultHttpClient();
  return {
    ...own,
    subscriptionId: options.subscriptionId,
    origin: endpoint.origin,
    in: clientsOf,
    async get(url) {
      assertOrigin(url, endpoint.origin);
      const request = createPipelineRequest({ url, allowInsecureConnection: isPlain(endpoint) });
      request.headers.set('accept', 'application/json');
      return answerOf(await own.compute.pipeline.sendRequest(http, request));
    },
  };
}

function createClients(endpoint: URL, options: ConnectionOptions, subscriptionId: string): Clients {
  const { credential } = options;
  const settings = {
    endpoint: endpoint.origin,
    allowInsecureConnection: isPlain(endpoint),
    credentials: { scopes: [scopeOf(endpoint)] },
    // The SDK would sleep in this process for as long as Azure asks, up to minutes, and repeat PUTs by itself. Waiting
    // belongs to durable timers, repeating to activities that know whether it is safe.
    retryOptions: { maxRetries: 0 },
    userAgentOptions: { userAgentPrefix: options.userAgent ?? `kiln/${VERSION}` },
  };
  const clients: Clients = {
    compute: new ComputeManagementClient(credential, subscriptionId, settings),
    resources: new ResourceManagementClient(credential, subscriptionId, settings),
  };
  harden(clients.compute.pipeline, endpoint, options);
  harden(clients.resources.pipeline, endpoint, options);
  return clients;
}

function harden(pipeline: Pipeline, endpoint: URL, { credential, correlationId }: ConnectionOptions): void {
  pipeline.addPolicy(pinned(), { phase: 'Serialize' });
  pipeline.addPolicy(translated(), { phase: 'Serialize' });
  if (correlationId !== undefined) pipeline.addPolicy(correlated(correlationId));
  if (isPlain(endpoint)) {
    pipeline.removePolicy({ name: 'bearerTokenAuthenticationPolicy' });
    pipeline.addPolicy(loopbackBearer(credential, scopeOf(endpoint)), { afterPhase: 'Sign' });
  }
  pipeline.addPolicy(onlyTo(endpoint.origin), { afterPhase: 'Sign' });
}

function trusted(endpoint: string): URL {
  const url = parseUrl(endpoint);
  if (url?.protocol === 'https:' || (url?.protocol === 'http:' && LOOPBACK.has(url.hostname))) return url;
  throw new KilnError({
    code: 'AzureRefused',
    message: `The Azure endpoint "${endpoint}" is not used: tokens are sent over https only, or over http to this machine. Use https://management.azure.com.`,
  });
}

function isPlain(endpoint: URL): boolean {
  return endpoint.protocol === 'http:';
}

/** Each cloud wants tokens for its own address; the local stand-in is one for the public cloud. */
function scopeOf(endpoint: URL): string {
  return `${isPlain(endpoint) ? 'https://management.azure.com' : endpoint.origin}/.default`;
}
