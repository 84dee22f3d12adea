import { ApiClient, type TokenSource } from '../api/client.ts';
import { refuse } from '../errors.ts';
import { federatedToken, findFederation } from './federated.ts';
import { isLoopback, localEndpoints, type LocalEndpoints } from './local-endpoints.ts';
import { setting, type Environment } from './setting.ts';
import { azureToken, cached, localToken } from './tokens.ts';

export type ConnectOptions = {
  readonly endpoint?: string;
  readonly subscription?: string;
  readonly resourceGroup?: string;
};

/** Where requests go, on whose behalf, and what a bare template name means. */
export type Connection = {
  readonly client: ApiClient;
  readonly resourceGroup: string | undefined;
  /** Asked for late: some commands need none. Throws a refusal that tells how to set it. */
  readonly subscriptionId: () => string;
  /** The local mode of this folder, when requests go there. */
  readonly local?: LocalEndpoints;
};

/** The group that local mode's sample world and the examples use. */
const LOCAL_GROUP = 'images';

/** The connection to a local mode that was just started; settings for another Kiln do not apply. */
export function connectTo(local: LocalEndpoints): Connection {
  return {
    client: new ApiClient(
      local.api,
      cached(() => localToken(local)),
    ),
    resourceGroup: LOCAL_GROUP,
    subscriptionId: () => local.subscriptionId,
    local,
  };
}

/** Explicit settings first, then a local mode that runs in this folder or a parent. */
export function connect(options: ConnectOptions, env: Environment, folder: string): Connection {
  const named = options.endpoint ?? setting(env, 'KILN_ENDPOINT');
  const local = named === undefined ? localEndpoints(env, folder) : undefined;
  const endpoint = named ?? local?.api;
  if (endpoint === undefined)
    throw refuse(
      'No Kiln is known here: no --endpoint, no KILN_ENDPOINT, no .kiln/local/endpoints.json in this folder or above.',
      'Start one with `kiln local`, or set KILN_ENDPOINT; KILN_DATA names the folder of a `kiln local --data`.',
    );
  checkEndpoint(endpoint);
  const subscription =
    options.subscription ??
    setting(env, 'KILN_SUBSCRIPTION') ??
    local?.subscriptionId ??
    setting(env, 'AZURE_SUBSCRIPTION_ID');
  const group = options.resourceGroup ?? setting(env, 'KILN_RESOURCE_GROUP');
  return {
    client: new ApiClient(endpoint, tokenSource(env, local)),
    ...(local !== undefined && { local }),
    resourceGroup: group ?? (local === undefined ? undefined : LOCAL_GROUP),
    subscriptionId: () => {
      if (subscription === undefined)
        throw refuse('The subscription is not known.', 'Pass --subscription or set KILN_SUBSCRIPTION.');
      return subscription;
    },
  };
}

/** The token goes along with every request: over plain http it may not leave this machine. */
function checkEndpoint(endpoint: string): void {
  const url = URL.canParse(endpoint) ? new URL(endpoint) : undefined;
  if (url?.protocol === 'https:') return;
  if (url?.protocol !== 'http:')
    throw refuse(
      `"${endpoint}" is not an http or https URL.`,
      'Write the whole address, such as https://kiln.contoso.com.',
    );
  if (!isLoopback(endpoint))
    throw refuse(
      `"${endpoint}" would send your token unencrypted.`,
      'Use https; plain http is for this machine.',
    );
}

/**
 * A local mode that was found gets its own token and no other: KILN_TOKEN is for the Kiln that KILN_ENDPOINT names, and a
 * folder must not be able to ask for it.
 */
function tokenSource(env: Environment, local: LocalEndpoints | undefined): TokenSource {
  if (local !== undefined) return cached(() => localToken(local));
  const given = setting(env, 'KILN_TOKEN');
  if (given !== undefined) return () => Promise.resolve(given);
  const audience = setting(env, 'KILN_AUDIENCE');
  const federation = findFederation(env);
  if (audience !== undefined)
    return cached(() =>
      federation === undefined ? azureToken(audience) : federatedToken(federation, audience),
    );
  throw refuse(
    'There is no token to call Kiln with.',
    'Set KILN_TOKEN, or set KILN_AUDIENCE to the app id URI of your deployment and run `az login`.',
  );
}
