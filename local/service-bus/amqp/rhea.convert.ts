// What the broker needs of rhea beyond its published types: its frame handlers and decoded values. The version is pinned.
import rhea, { type AmqpError, type Connection, type Container, type Delivery, type Sender } from 'rhea';
import { findSection, SECTION, splitSections } from './sections.ts';

type Performative = {
  name: string;
  role: boolean;
  message_format: number | null | undefined;
  readonly first: number;
  readonly last: number | null | undefined;
};
type Frame = { readonly channel: number; readonly performative: Performative };
type Handler = (this: unknown, frame: Frame) => void;
type Link = { is_sender(): boolean; readonly local: { readonly attach: { name: string } } };
type Inner = {
  readonly on_transfer: Handler;
  readonly on_attach: Handler;
  readonly on_disposition: Handler;
  readonly remote_channel_map: Readonly<Record<number, { readonly links: Readonly<Record<string, Link>> }>>;
  readonly sasl_transport?: {
    readonly selected?: {
      readonly mechanism?: { readonly callback?: unknown; readonly outcome?: boolean };
    };
  };
};

/** The message format of Service Bus batches: an envelope whose data sections are messages. */
export const BATCH_FORMAT = 0x80_01_37_00;
/** Any format but 0 makes rhea hand over a message's bytes. */
const AS_BYTES = 1;
/** More than any client holds at once; rhea would walk through a range of four billion. */
const MOST_DELIVERIES = 100_000;

type Reader = {
  remaining(): number;
  read_n: (this: Reader, count: number) => unknown[];
  read_array_items: (this: Reader, count: number, type: unknown) => unknown[];
};
/** Elements that have no bytes, as a list of nulls; what has some cannot be more than there are bytes. */
const MOST_WITHOUT_BYTES = 1000;

/** rhea believes a count of four billion elements before it has read one: seven bytes of anybody, and the process has no memory. */
function boundReads(): void {
  const { prototype } = (rhea as unknown as { types: { Reader: { prototype: Reader } } }).types.Reader;
  const { read_n: readSome, read_array_items: readItems } = prototype;
  const check = (reader: Reader, count: number): void => {
    if (count > Math.max(reader.remaining(), MOST_WITHOUT_BYTES))
      throw new Error(`A list of ${count} elements in ${reader.remaining()} bytes.`);
  };
  prototype.read_n = function read(count) {
    check(this, count);
    return readSome.call(this, count);
  };
  prototype.read_array_items = function read(count, type) {
    check(this, count);
    return readItems.call(this, count, type);
  };
}
boundReads();

/** Changes how rhea treats the frames of this connection. */
export function tame(connection: Connection): void {
  const inner = connection as unknown as Inner;
  const { on_transfer: transfer, on_attach: attach, on_disposition: disposition } = inner;
  const changed: Pick<Inner, 'on_transfer' | 'on_attach' | 'on_disposition'> = {
    // Decoding loses the exact types, which a broker has to hand on as they came.
    on_transfer(frame) {
      if ((frame.performative.message_format ?? 0) === 0) frame.performative.message_format = AS_BYTES;
      transfer.call(connection, frame);
    },
    on_attach: (frame) => attachUnderOwnName(inner, attach.bind(connection), frame),
    on_disposition(frame) {
      const { first, last } = frame.performative;
      if ((last ?? first) - first > MOST_DELIVERIES) throw new Error('A disposition of too many deliveries.');
      disposition.call(connection, frame);
    },
  };
  Object.assign(connection, changed);
}

/** AMQP allows one name for a link in each direction (Proton does that); rhea knows links by their name alone. */
function attachUnderOwnName(inner: Inner, attach: (frame: Frame) => void, frame: Frame): void {
  const { performative, channel } = frame;
  const links = inner.remote_channel_map[channel]?.links ?? {};
  const { name, role } = performative;
  const other = Object.hasOwn(links, name) ? links[name] : undefined;
  if (other === undefined || other.is_sender() === role) return attach(frame);
  performative.name = `${name} (${role ? 'out' : 'in'})`;
  attach(frame);
  const link = links[performative.name];
  if (link !== undefined) link.local.attach.name = name;
  performative.name = name;
}

/** Whether the client gave a name and a key that were accepted. */
export function isPlainLogin(connection: Connection): boolean {
  const mechanism = (connection as unknown as Inner).sasl_transport?.selected?.mechanism;
  return mechanism?.callback !== undefined && mechanism.outcome === true;
}

export type Values = Readonly<Record<string, unknown>>;

/** A request to $cbs or $management. Throws for bytes that are no message. */
export function decodeRequest(bytes: Buffer): {
  readonly id: string | number | Buffer | undefined;
  readonly replyTo: string;
  readonly properties: Values;
  readonly body: unknown;
} {
  const message: Values = rhea.message.decode(bytes);
  const { message_id, reply_to: replyTo, application_properties: properties, body } = message;
  const id = message_id as string | number | Buffer | undefined;
  return { id, replyTo: typeof replyTo === 'string' ? replyTo : '', properties: toValues(properties), body };
}

export const toValues = (value: unknown): Values =>
  typeof value === 'object' && value !== null && !Buffer.isBuffer(value) ? (value as Values) : {};

/** Properties as an encoded AMQP map. */
export function encodeProperties(properties: Values): Buffer | undefined {
  const message = Buffer.from(rhea.message.encode({ application_properties: properties, body: '' }));
  return findSection(splitSections(message), SECTION.applicationProperties);
}

type Outcome = { described(): unknown };
type Outcomes = { accepted(): Outcome; rejected(fields: { readonly error: AmqpError }): Outcome };
const outcomes = rhea.message as unknown as Outcomes;

export const accepted = (): unknown => outcomes.accepted().described();
export const rejected = (error: AmqpError): unknown => outcomes.rejected({ error }).described();

/** Asks rhea to write what has changed. */
export const flush = (connection: Connection): void =>
  (connection as unknown as { _register(): void })._register();

/** The credit that the client gave, and whether it wants the rest back. */
export function flowOf(sender: Sender): { readonly credit: number; readonly isDraining: boolean } {
  const { credit, _draining: isDraining } = sender as unknown as { credit: number; _draining: boolean };
  return { credit: Number.isFinite(credit) ? credit : 0, isDraining };
}

/** Whether rhea has written this delivery of the link; one that waits for the session's window is still on its credit. */
export function isWritten(sender: Sender, delivery: Delivery): boolean {
  const { outgoing } = sender.session as unknown as { outgoing: { next_pending_delivery: number } };
  return delivery.id < outgoing.next_pending_delivery;
}

/** Settles a delivery on both sides without a word to the client, whose link is gone. */
export function drop(delivery: Delivery): void {
  Object.assign(delivery, { settled: true, remote_settled: true });
}

type Mechanisms = {
  enable_anonymous(): void;
  enable_plain(check: (user: string, password: string) => boolean): void;
  ANONYMOUS: unknown;
  MSSBCBS?: unknown;
};

/** Ways to log in; MSSBCBS is what some clients of Azure ask for who show a token later. */
export function offerLogins(container: Container, check: (user: string, password: string) => boolean): void {
  const mechanisms = container.sasl_server_mechanisms as Mechanisms;
  mechanisms.enable_anonymous();
  mechanisms.enable_plain(check);
  mechanisms.MSSBCBS = mechanisms.ANONYMOUS;
}

/**
 * Agrees to how a receiving client wants deliveries to be settled. What a client sends is settled by the broker at once,
 * whatever it asks for: a message is stored when it is accepted.
 */
export function agreeOnSettling(link: Sender): void {
  const { local } = link as unknown as { local: { attach: Record<string, unknown> } };
  local.attach['snd_settle_mode'] = link.snd_settle_mode;
  local.attach['rcv_settle_mode'] = link.rcv_settle_mode;
}

/** An error, or the event of one. */
export function describeFault(fault: unknown): string {
  const { error, receiver, sender, connection } = toValues(fault);
  const what =
    fault instanceof Error ? fault : (error ?? toValues(receiver ?? sender ?? connection)['error']);
  const { condition, description, message } = toValues(what);
  return [condition, description ?? message].filter((part) => typeof part === 'string').join(': ');
}

export type Terminus = { readonly address: string; readonly filter: Values | undefined };

/** Source or target of a link; undefined for none, or one of a kind that rhea does not know. */
export function terminusOf(given: unknown): Terminus | undefined {
  const { address, filter } = toValues(given);
  if (!('address' in toValues(given))) return undefined;
  const isFilter = typeof filter === 'object' && filter !== null;
  return {
    address: typeof address === 'string' ? address : '',
    filter: isFilter ? toValues(filter) : undefined,
  };
}

/**
 * Tells the client that a delivery is settled, and how, without waiting for its word: one that settles second says nothing
 * more, and what only one side has settled takes room in the session for ever.
 */
export function settleOneSided(delivery: Delivery, state: unknown = accepted()): void {
  delivery.update(true, state);
  (delivery as { remote_settled: boolean }).remote_settled = true;
}
