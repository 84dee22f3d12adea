import type { ServiceBusClient, ServiceBusReceivedMessage, ServiceBusReceiver } from '@azure/service-bus';
import type { AppFunction } from '../app.ts';
import type { Invoker } from '../invoker.ts';
import type { Log } from '../log.ts';
import { resolveSetting, type Environment, type ServiceBusSettings } from '../settings.ts';
import type { TriggerKind } from '../trigger-kind.ts';
import type { ServiceBusClients } from './clients.ts';
import { keepLocked } from './lock.ts';
import { triggerData, triggerMetadata } from './metadata.ts';

export type ServiceBusTriggerOptions = {
  readonly invoker: Invoker;
  readonly clients: ServiceBusClients;
  readonly settings: ServiceBusSettings;
  readonly environment: Environment;
  readonly log: Log;
};

type Subscription = {
  readonly target: AppFunction;
  readonly connection: string;
  readonly open: (client: ServiceBusClient) => ServiceBusReceiver;
  readonly isCompleted: boolean;
};

/**
 * Functions on queues and subscriptions, over the official client. A message is completed when its function and the
 * function's outputs have succeeded, and abandoned when something failed.
 * https://learn.microsoft.com/azure/azure-functions/functions-bindings-service-bus-trigger
 */
export class ServiceBusTrigger implements TriggerKind {
  readonly types = ['servicebustrigger'];
  readonly #options: ServiceBusTriggerOptions;
  #subscriptions: readonly Subscription[] = [];
  #isStopped = false;

  constructor(options: ServiceBusTriggerOptions) {
    this.#options = options;
  }

  prepare(functions: readonly AppFunction[]): void {
    this.#subscriptions = functions.map((target) => this.#describe(target));
  }

  start(): void {
    for (const subscription of this.#subscriptions)
      this.#listen(subscription).catch((error: unknown) => this.#log(subscription.target, error));
  }

  /** What is under way is not settled any more: the broker hands it out again when the connection is gone. */
  stop(): void {
    this.#isStopped = true;
    this.#options.clients.close().catch(() => undefined);
  }

  #describe(target: AppFunction): Subscription {
    const { environment, clients, settings } = this.#options;
    const { connection, queueName, topicName, subscriptionName, autoCompleteMessages } = target.trigger;
    const where = `Service Bus function '${target.name}'`;
    const fault = clients.problem(connection) ?? unsupported(target);
    if (fault !== undefined) throw new Error(`KILN-HOST-SERVICE-BUS: ${where}: ${fault}.`);
    const name = (text: unknown): string => resolveSetting(String(text), environment, where);
    const options = {
      skipParsingBodyAsJson: true,
      // The client would go on after the function has settled its message by itself.
      maxAutoLockRenewalDurationInMs: 0,
    };
    return {
      target,
      connection: String(connection),
      open: (client) =>
        queueName === undefined
          ? client.createReceiver(name(topicName), name(subscriptionName), options)
          : client.createReceiver(name(queueName), options),
      isCompleted:
        typeof autoCompleteMessages === 'boolean' ? autoCompleteMessages : settings.autoCompleteMessages,
    };
  }

  async #listen(subscription: Subscription): Promise<void> {
    const { clients, settings, log } = this.#options;
    const { target, connection, open } = subscription;
    const receiver = open(await clients.client(connection));
    receiver.subscribe(
      {
        processMessage: (message) => this.#process(subscription, receiver, message),
        processError: async ({ errorSource, error }) => {
          if (!this.#isStopped) log('warning', target.name, `Service Bus ${errorSource}: ${error.message}`);
        },
      },
      { autoCompleteMessages: false, maxConcurrentCalls: settings.maxConcurrentCalls },
    );
  }

  async #process(
    { target, isCompleted }: Subscription,
    receiver: ServiceBusReceiver,
    message: ServiceBusReceivedMessage,
  ): Promise<void> {
    if (this.#isStopped) return new Promise(() => undefined);
    const data = triggerData(message.body, target.trigger['dataType']);
    const release = keepLocked(receiver, message, this.#options.settings.maxAutoLockRenewalMs);
    try {
      await this.#options.invoker.run(target, data, triggerMetadata(message)).finally(release);
    } catch (error) {
      this.#log(target, error);
      return this.#settle(target, () => receiver.abandonMessage(message));
    }
    // Without it nothing settles the message: its lock runs out and it comes again, as in Azure.
    if (isCompleted) await this.#settle(target, () => receiver.completeMessage(message));
  }

  /** A settlement that fails leaves the message to the next delivery. */
  async #settle(target: AppFunction, settle: () => Promise<void>): Promise<void> {
    if (this.#isStopped) return;
    await settle().catch((error: unknown) => this.#log(target, error));
  }

  #log({ name }: AppFunction, error: unknown): void {
    this.#options.log('error', name, error instanceof Error ? (error.stack ?? error.message) : String(error));
  }
}

/** What the trigger can do in Azure and not here, in words. */
function unsupported({ trigger }: AppFunction): string | undefined {
  if (trigger['isSessionsEnabled'] === true) return 'the local host has no sessions';
  if (trigger['cardinality'] === 'many')
    return 'the local host hands over one message at a time; leave cardinality out';
  if (trigger['sdkBinding'] === true) return 'the local host has no SDK bindings';
  return undefined;
}
