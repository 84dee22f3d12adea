import type { ServiceBusClient } from '@azure/service-bus';
import { CliError, EXIT, refuse } from '../errors.ts';
import { localEndpoints } from '../connect/local-endpoints.ts';
import { setting, type Environment } from '../connect/setting.ts';

export const REQUESTS = 'build-requests';

export type BusOptions = { readonly serviceBus?: string };

/** Where messages go: a namespace of Azure, or the connection string of a local mode. */
export type BusTarget =
  | { readonly kind: 'namespace'; readonly host: string }
  | { readonly kind: 'local'; readonly connectionString: string };

const HOST = /^[a-z][a-z0-9-]*\.servicebus\.[a-z0-9.-]+$/i;

/** `--service-bus`, then KILN_SERVICE_BUS, then a local mode that runs in this folder or a parent. */
export function busTarget(options: BusOptions, env: Environment, folder: string): BusTarget {
  const named = options.serviceBus ?? setting(env, 'KILN_SERVICE_BUS');
  if (named !== undefined) {
    if (HOST.test(named)) return { kind: 'namespace', host: named };
    throw refuse(
      `"${named.split(';')[0]}" is not a Service Bus namespace.`,
      'Write its host name, such as contoso.servicebus.windows.net. Your sign-in of the Azure CLI is used; keys are not.',
    );
  }
  const connectionString = localEndpoints(env, folder)?.serviceBus;
  if (connectionString !== undefined) return { kind: 'local', connectionString };
  throw refuse(
    'No Service Bus is known here: no --service-bus, no KILN_SERVICE_BUS, no .kiln/local/endpoints.json in this folder or above.',
    'Start one with `kiln local`, or set KILN_SERVICE_BUS.',
  );
}

/** Calls `work` with a client that is closed afterwards. What the client throws becomes an error of the command. */
export async function withBus<T>(
  target: BusTarget,
  work: (client: ServiceBusClient) => Promise<T>,
): Promise<T> {
  const client = await open(target);
  try {
    return await work(client);
  } catch (error) {
    if (error instanceof CliError || !(error instanceof Error)) throw error;
    const where = target.kind === 'namespace' ? target.host : 'the local Service Bus';
    throw new CliError(
      {
        exitCode: EXIT.unreachable,
        message: `${where}: ${error.message}`,
        remedy:
          target.kind === 'namespace'
            ? 'Run `az login`; sending needs the role Azure Service Bus Data Sender.'
            : 'Restart `kiln local`.',
      },
      { cause: error },
    );
  } finally {
    await client.close();
  }
}

async function open(target: BusTarget): Promise<ServiceBusClient> {
  // Loaded late: no other command needs it.
  const sdk = await import('@azure/service-bus');
  const patience = { retryOptions: { maxRetries: 2, timeoutInMs: 20_000 } };
  if (target.kind === 'local') return new sdk.ServiceBusClient(target.connectionString, patience);
  const { AzureCliCredential } = await import('@azure/identity');
  return new sdk.ServiceBusClient(target.host, new AzureCliCredential(), patience);
}
