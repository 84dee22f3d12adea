/**
 * What the host hands to a function with a `durableClient` input. DurableClient calls `rpcBaseUrl`; the other URLs are for the
 * callers of createCheckStatusResponse. https://learn.microsoft.com/azure/azure-functions/durable/durable-functions-http-api
 */
export type ClientBinding = {
  readonly taskHubName: string;
  readonly creationUrls: Readonly<Record<string, string>>;
  readonly managementUrls: Readonly<Record<string, string>>;
  readonly baseUrl: string;
  readonly requiredQueryStringParameters: string;
  readonly rpcBaseUrl: string;
};

const WEBHOOKS = '/runtime/webhooks/durabletask';
const RPC = '/durabletask';

/** Where the extension answers. `key`: its system key, without which nobody on this machine starts an orchestration. */
export type Webhooks = { readonly origin: string; readonly hubName: string; readonly key: string };

/** The part of a path behind the webhooks' prefix, or undefined when the path is not the extension's. */
export function webhookPath(pathname: string): string | undefined {
  return behind(`${WEBHOOKS}/`, pathname);
}

/**
 * The same for the app's own calls. The real extension listens for them on a port of its own, without a key; here the key is in the
 * path, because durable-functions hands on neither header nor query of this URL.
 */
export function rpcPath(pathname: string, key: string): string | undefined {
  return behind(`${RPC}/${key}/`, pathname);
}

function behind(prefix: string, pathname: string): string | undefined {
  const found = pathname.slice(0, prefix.length).toLowerCase() === prefix.toLowerCase();
  return found ? pathname.slice(prefix.length) : undefined;
}

export function clientBinding({ origin, hubName, key }: Webhooks): ClientBinding {
  const query = `code=${key}`;
  const baseUrl = `${origin}${WEBHOOKS}`;
  const create = `${baseUrl}/orchestrators/{functionName}[/{instanceId}]`;
  return {
    taskHubName: hubName,
    creationUrls: {
      createNewInstancePostUri: `${create}?${query}`,
      createAndWaitOnNewInstancePostUri: `${create}?timeout={timeoutInSeconds}&pollingInterval={intervalInSeconds}&${query}`,
    },
    managementUrls: { id: 'INSTANCEID', ...managementUrls({ origin, hubName, key }, 'INSTANCEID') },
    baseUrl,
    requiredQueryStringParameters: query,
    rpcBaseUrl: `${origin}${RPC}/${key}/`,
  };
}

/** The links of one instance. */
export function managementUrls({ origin, hubName, key }: Webhooks, id: string): Record<string, string> {
  const instance = `${origin}${WEBHOOKS}/instances/${id}`;
  const query = `taskHub=${hubName}&connection=Storage&code=${key}`;
  const verb = (name: string): string => `${instance}/${name}?reason={text}&${query}`;
  return {
    statusQueryGetUri: `${instance}?${query}`,
    sendEventPostUri: `${instance}/raiseEvent/{eventName}?${query}`,
    terminatePostUri: verb('terminate'),
    rewindPostUri: verb('rewind'),
    purgeHistoryDeleteUri: `${instance}?${query}`,
    restartPostUri: `${instance}/restart?${query}`,
    suspendPostUri: verb('suspend'),
    resumePostUri: verb('resume'),
  };
}
