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
/** The system key of the webhooks. Only this machine can reach them, so that the key protects nothing here. */
const KEY = 'code=local';

/** The part of a path behind the Durable prefix, or undefined when the path is not the extension's. */
export function durablePath(pathname: string): string | undefined {
  const lower = pathname.toLowerCase();
  const prefix = [WEBHOOKS, RPC].find((each) => lower.startsWith(`${each}/`));
  return prefix === undefined ? undefined : pathname.slice(prefix.length + 1);
}

export function clientBinding(origin: string, hubName: string): ClientBinding {
  const baseUrl = `${origin}${WEBHOOKS}`;
  const create = `${baseUrl}/orchestrators/{functionName}[/{instanceId}]`;
  return {
    taskHubName: hubName,
    creationUrls: {
      createNewInstancePostUri: `${create}?${KEY}`,
      createAndWaitOnNewInstancePostUri: `${create}?timeout={timeoutInSeconds}&pollingInterval={intervalInSeconds}&${KEY}`,
    },
    managementUrls: { id: 'INSTANCEID', ...managementUrls(origin, hubName, 'INSTANCEID') },
    baseUrl,
    requiredQueryStringParameters: KEY,
    rpcBaseUrl: `${origin}${RPC}/`,
  };
}

/** The links of one instance. */
export function managementUrls(origin: string, hubName: string, id: string): Record<string, string> {
  const instance = `${origin}${WEBHOOKS}/instances/${id}`;
  const query = `taskHub=${hubName}&connection=Storage&${KEY}`;
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
