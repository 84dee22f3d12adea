import type { ServiceBusClient, ServiceBusSender } from '@azure/service-bus';
import type { Environment } from '../settings.ts';

/** Connections to Service Bus by the name of the app setting that describes them; opened when first needed. */
export class ServiceBusClients {
  readonly #environment: Environment;
  readonly #clients = new Map<string, Promise<ServiceBusClient>>();
  readonly #senders = new Map<string, ServiceBusSender>();

  constructor(environment: Environment) {
    this.#environment = environment;
  }

  /** What is wrong with a binding's `connection`, in words. */
  problem(connection: unknown): string | undefined {
    if (typeof connection !== 'string' || connection === '') return 'its binding names no connection';
    if ((this.#environment[connection] ?? '') !== '') return undefined;
    const identity = `${connection}__fullyQualifiedNamespace`;
    const hint =
      this.#environment[identity] === undefined ? '' : ` (${identity} needs a managed identity of Azure)`;
    return `app setting '${connection}' has no connection string${hint}`;
  }

  client(connection: string): Promise<ServiceBusClient> {
    const known = this.#clients.get(connection) ?? this.#open(connection);
    this.#clients.set(connection, known);
    return known;
  }

  async sender(connection: string, entity: string): Promise<ServiceBusSender> {
    const client = await this.client(connection);
    const name = `${connection}/${entity}`;
    const sender = this.#senders.get(name) ?? client.createSender(entity);
    this.#senders.set(name, sender);
    return sender;
  }

  async close(): Promise<void> {
    for (const client of this.#clients.values()) await (await client).close();
  }

  /** The SDK is loaded for apps that use it: it takes a tenth of a second and some megabytes. */
  async #open(connection: string): Promise<ServiceBusClient> {
    const sdk = await import('@azure/service-bus');
    return new sdk.ServiceBusClient(this.#environment[connection] ?? '');
  }
}
