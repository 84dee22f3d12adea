import { once } from 'node:events';
import type { Server, Socket } from 'node:net';
import rhea, { type Connection, type Container, type EventContext, type Receiver, type Sender } from 'rhea';
import type { Namespace } from '../namespace.ts';
import { isKey, type AccessKey } from './access.ts';
import { Client, nodeName } from './client.ts';
import { notFound, notImplemented, UNAUTHORIZED } from './conditions.ts';
import { LARGEST_MESSAGE, serveSender } from './incoming-link.ts';
import { OutgoingLink } from './outgoing-link.ts';
import { ReplyLink } from './reply-link.ts';
import { serveManagement, serveTokens } from './requests.ts';
import {
  agreeOnSettling,
  describeFault,
  offerLogins,
  tame,
  terminusOf,
  type Terminus,
} from './rhea.convert.ts';

export type ListenerOptions = {
  readonly namespace: Namespace;
  readonly key: AccessKey;
  /** 0 picks a free one. */
  readonly port: number;
  readonly log: (line: string) => void;
  /** PEM of a certificate and its key for TLS. */
  readonly tls?: { readonly cert: string; readonly key: string };
};

export type Listener = { readonly port: number; close(): Promise<void> };

const LINKS = {
  receiver_options: { autoaccept: false, credit_window: 200, max_message_size: LARGEST_MESSAGE },
  sender_options: { autosettle: false, treat_modified_as_released: false, max_message_size: LARGEST_MESSAGE },
};
const MANAGEMENT = /\/\$management$/i;
const SESSION_FILTER = 'com.microsoft:session-filter';
const NOWHERE: Terminus = { address: '', filter: undefined };

/** Serves a namespace over AMQP 1.0, to this machine alone. */
export async function listen(options: ListenerOptions): Promise<Listener> {
  const container = rhea.create_container({ id: 'kiln-service-bus' });
  new Entrance(options).watch(container);
  const { port, tls } = options;
  const server: Server =
    tls === undefined
      ? container.listen({ port, host: '127.0.0.1', ...LINKS })
      : container.listen({ port, host: '127.0.0.1', ...LINKS, transport: 'tls', ...tls });
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => {
    sockets.add(socket.setNoDelay());
    socket.on('close', () => sockets.delete(socket));
  });
  if (!server.listening) await once(server, 'listening');
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : port,
    async close() {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

/** Decides what a link that a client opens is for. */
class Entrance {
  readonly #options: ListenerOptions;
  readonly #clients = new WeakMap<Connection, Client>();

  constructor(options: ListenerOptions) {
    this.#options = options;
  }

  watch(container: Container): void {
    offerLogins(container, (user, password) => isKey(this.#options.key, user, password));
    container.on('connection_open', ({ connection }: EventContext) => tame(connection));
    container.on('receiver_open', ({ receiver, connection }: EventContext) => {
      if (receiver) this.#onSender(receiver, this.#clientOf(connection));
    });
    container.on('sender_open', ({ sender, connection }: EventContext) => {
      if (sender) this.#onReceiver(sender, this.#clientOf(connection));
    });
    // Not at once: rhea tells of settlements that came just before the end only with its next tick.
    for (const end of ['connection_close', 'disconnected'])
      container.on(end, ({ connection }: EventContext) =>
        setImmediate(() => this.#clients.get(connection)?.part()),
      );
    // Without these handlers rhea throws what a client did wrong, and the broker would end with it.
    for (const fault of [
      'error',
      'protocol_error',
      'connection_error',
      'session_error',
      'receiver_error',
      'sender_error',
    ])
      container.on(fault, (what: unknown) => this.#options.log(`${fault}: ${describeFault(what)}`));
  }

  #clientOf(connection: Connection): Client {
    const client = this.#clients.get(connection) ?? new Client(connection);
    this.#clients.set(connection, client);
    return client;
  }

  /** The client sends, and so the link receives. */
  #onSender(receiver: Receiver, client: Client): void {
    const { namespace, key } = this.#options;
    const target = terminusOf(receiver.target);
    // A coordinator is a target of a kind that rhea does not know.
    if (!target) return receiver.close(notImplemented('transactions'));
    const { address } = target;
    receiver.set_target({ address });
    receiver.set_source(receiver.source ?? { address: '' });
    if (address === '$cbs') return serveTokens(receiver, client, key);
    if (!client.isAllowed) return receiver.close(UNAUTHORIZED);
    if (MANAGEMENT.test(address))
      return serveManagement(receiver, client, namespace, address.replace(MANAGEMENT, ''));
    const destinations = namespace.destinations(address);
    if (destinations === undefined) return receiver.close(notFound(address));
    serveSender(receiver, namespace, destinations);
  }

  /** The client receives, and so the link sends. */
  #onReceiver(sender: Sender, client: Client): void {
    const { namespace } = this.#options;
    const { address, filter } = terminusOf(sender.source) ?? NOWHERE;
    // No filter is told back: what a source names in its answer is what the broker obeys.
    sender.set_source({ address });
    sender.set_target(sender.target ?? { address: '' });
    agreeOnSettling(sender);
    if (address === '$cbs' || MANAGEMENT.test(address)) {
      const names = [
        sender.name,
        terminusOf(sender.target)?.address ?? sender.name,
        nodeName(address.replace(MANAGEMENT, '')),
      ];
      return client.answersOn(new ReplyLink(sender), names);
    }
    if (!client.isAllowed) return sender.close(UNAUTHORIZED);
    if (filter !== undefined && SESSION_FILTER in filter) return sender.close(notImplemented('sessions'));
    const queue = namespace.find(address);
    if (queue === undefined) return sender.close(notFound(address));
    const link = new OutgoingLink(sender, queue, namespace);
    namespace.attach(queue, link);
    const end = (): void => void setImmediate(part);
    const part = client.onParting(() => {
      sender.session.off('session_close', end);
      link.forget();
      namespace.detach(queue, link);
    });
    sender.on('sender_close', end);
    sender.session.setMaxListeners(0).on('session_close', end);
  }
}
