import type { Socket } from 'node:net';

export type JsonObject = { readonly [key: string]: unknown };

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

type Pending = {
  readonly name: string;
  readonly settle: (reply: JsonObject) => void;
  readonly fail: (error: Error) => void;
};

/**
 * Commands and replies as lines of JSON: the protocol that QMP and the guest agent share.
 * https://www.qemu.org/docs/master/interop/qmp-spec.html
 */
export class JsonChannel {
  readonly #socket: Socket;
  readonly #onEvent: (event: JsonObject) => void;
  #pending: Pending[] = [];
  #awaited: { readonly id: number; readonly found: () => void } | undefined;
  #rest: Buffer = Buffer.alloc(0);

  constructor(socket: Socket, onEvent: (event: JsonObject) => void = () => {}) {
    this.#socket = socket;
    this.#onEvent = onEvent;
    socket.on('data', (chunk: Buffer) => this.#receive(chunk));
    // A broken connection always ends in 'close'.
    socket.on('error', () => {});
    socket.on('close', () => this.abandon('the connection to the machine was closed'));
  }

  /** Rejects with the other side's words, or after `timeoutMs` without an answer. */
  call(name: string, parameters?: JsonObject, timeoutMs = 30_000): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        reject(new Error(`${name}: no answer in ${timeoutMs} ms`));
      }, timeoutMs);
      this.#pending.push({
        name,
        settle: (reply) => {
          clearTimeout(timer);
          if ('return' in reply) resolve(reply['return']);
          else reject(new Error(`${name}: ${errorText(reply['error'])}`));
        },
        fail: (error) => {
          clearTimeout(timer);
          reject(error);
        },
      });
      this.send(name, parameters);
    });
  }

  /** For commands without a reply, such as a guest's shutdown. */
  send(name: string, parameters?: JsonObject): void {
    const message = parameters === undefined ? { execute: name } : { execute: name, arguments: parameters };
    this.#socket.write(`${JSON.stringify(message)}\n`);
  }

  /**
   * Starts a new session with a guest agent: resolves at the answer that carries `id`, and whatever the agent says before
   * it belongs to an older session. The first byte, which no JSON has, makes the agent drop what it has read so far.
   */
  synchronize(id: number, timeoutMs: number): Promise<void> {
    this.abandon('the guest agent was started again');
    return new Promise((resolve, reject) => {
      const late = (): void => reject(new Error(`the guest agent did not answer in ${timeoutMs} ms`));
      const timer = setTimeout(late, timeoutMs);
      this.#awaited = {
        id,
        found: () => {
          clearTimeout(timer);
          resolve();
        },
      };
      this.#socket.write(Buffer.from([0xff]));
      this.send('guest-sync-delimited', { id });
    });
  }

  /** Fails every call that waits. Replies that still come are not matched with later calls by accident. */
  abandon(reason: string): void {
    const pending = this.#pending;
    this.#pending = [];
    for (const { name, fail } of pending) fail(new Error(`${name}: ${reason}`));
  }

  #receive(chunk: Buffer): void {
    this.#rest = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    for (let end = this.#rest.indexOf(0x0a); end >= 0; end = this.#rest.indexOf(0x0a)) {
      const line = this.#rest.subarray(0, end);
      this.#rest = this.#rest.subarray(end + 1);
      // guest-sync-delimited marks the start of its reply with 0xff; what stands before it is of an older session.
      this.#dispatch(line.subarray(line.lastIndexOf(0xff) + 1).toString());
    }
  }

  #dispatch(line: string): void {
    const message = parse(line);
    if (message === undefined) return;
    if ('event' in message || 'QMP' in message) this.#onEvent(message);
    else if (this.#awaited === undefined) this.#pending.shift()?.settle(message);
    else if (message['return'] === this.#awaited.id) {
      this.#awaited.found();
      this.#awaited = undefined;
    }
  }
}

function parse(line: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function errorText(error: unknown): string {
  if (isObject(error) && typeof error['desc'] === 'string') return error['desc'];
  return JSON.stringify(error) ?? 'no reason given';
}
