import type { ServiceBusMessage } from '@azure/service-bus';
import type { AppFunction, NamedBinding } from '../app.ts';
import type { InvocationResponse, TypedData } from '../contract.ts';
import type { OutputBinding } from '../invoker.ts';
import { resolveSetting, type Environment } from '../settings.ts';
import type { ServiceBusClients } from './clients.ts';

/**
 * Sends what a function gave out, before its trigger is answered. An array is a batch of messages.
 * https://learn.microsoft.com/azure/azure-functions/functions-bindings-service-bus-output
 */
export class ServiceBusOutput implements OutputBinding {
  readonly types = ['servicebus'];
  readonly #clients: ServiceBusClients;
  readonly #environment: Environment;

  constructor(clients: ServiceBusClients, environment: Environment) {
    this.#clients = clients;
    this.#environment = environment;
  }

  problem(binding: NamedBinding): string | undefined {
    return this.#clients.problem(binding['connection']);
  }

  async send(target: AppFunction, binding: NamedBinding, response: InvocationResponse): Promise<void> {
    const named = response.outputData?.find(({ name }) => name === binding.name)?.data;
    const data = binding.name === '$return' ? response.returnValue : named;
    const messages = toMessages(data);
    if (messages.length === 0) return;
    const where = `Service Bus output of function '${target.name}'`;
    const entity = resolveSetting(
      String(binding['queueName'] ?? binding['topicName']),
      this.#environment,
      where,
    );
    const sender = await this.#clients.sender(String(binding['connection']), entity);
    await sender.sendMessages(messages);
  }
}

function toMessages(data: TypedData | null | undefined): ServiceBusMessage[] {
  const value = valueOf(data ?? {});
  if (value === undefined || value === null) return [];
  return (Array.isArray(value) ? value : [value]).map(toMessage);
}

function toMessage(value: unknown): ServiceBusMessage {
  if (value instanceof Uint8Array)
    return { body: Buffer.from(value), contentType: 'application/octet-stream' };
  const isText = typeof value === 'string';
  const body = Buffer.from(isText ? value : JSON.stringify(value));
  return { body, contentType: isText ? 'text/plain' : 'application/json' };
}

function valueOf({ string, json, bytes, int, double }: TypedData): unknown {
  if (typeof json === 'string') return JSON.parse(json);
  return string ?? bytes ?? int ?? double;
}
