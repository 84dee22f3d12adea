import { randomInt } from 'node:crypto';
import { isObject, type JsonChannel } from './json-channel.ts';

const FILE_CHUNK_BYTES = 1024 * 1024;
const READ_BYTES = 65_536;

/** The QEMU guest agent's commands that Kiln uses: https://www.qemu.org/docs/master/interop/qemu-ga-ref.html */
export class GuestAgent {
  readonly #channel: JsonChannel;

  constructor(channel: JsonChannel) {
    this.#channel = channel;
  }

  /** Resolves when the agent answers to this session and nothing of an earlier one can be taken for an answer. */
  async synchronize(timeoutMs: number): Promise<void> {
    await this.#channel.synchronize(randomInt(1, 2 ** 31), timeoutMs);
  }

  /** For example `qemu-ga 7.2.22`. */
  async version(): Promise<string> {
    const info = await this.#channel.call('guest-info');
    const version = isObject(info) && typeof info['version'] === 'string' ? info['version'] : 'unknown';
    return `qemu-ga ${version}`;
  }

  async bootId(): Promise<string> {
    return (await this.readSmallFile('/proc/sys/kernel/random/boot_id')).toString().trim();
  }

  /** The first 64 KiB of a file. */
  async readSmallFile(path: string): Promise<Buffer> {
    const handle = await this.#channel.call('guest-file-open', { path, mode: 'r' });
    try {
      const read = await this.#channel.call('guest-file-read', { handle, count: READ_BYTES });
      const content = isObject(read) && typeof read['buf-b64'] === 'string' ? read['buf-b64'] : '';
      return Buffer.from(content, 'base64');
    } finally {
      await this.#channel.call('guest-file-close', { handle });
    }
  }

  async writeFile(path: string, content: Uint8Array): Promise<void> {
    const handle = await this.#channel.call('guest-file-open', { path, mode: 'w' });
    try {
      for (let at = 0; at < content.length; at += FILE_CHUNK_BYTES) {
        const chunk = Buffer.from(content.subarray(at, at + FILE_CHUNK_BYTES)).toString('base64');
        await this.#channel.call('guest-file-write', { handle, 'buf-b64': chunk });
      }
    } finally {
      await this.#channel.call('guest-file-close', { handle });
    }
  }

  /** Starts a program and leaves it to itself. `input` is its standard input. Resolves with its process id. */
  async launch(path: string, args: readonly string[], input: Uint8Array): Promise<number> {
    const started = await this.#channel.call('guest-exec', {
      path,
      arg: args,
      'input-data': Buffer.from(input).toString('base64'),
      'capture-output': false,
    });
    if (!isObject(started) || typeof started['pid'] !== 'number')
      throw new Error(`guest-exec of ${path} answered ${JSON.stringify(started)}`);
    return started['pid'];
  }

  /** Exit code of a launched program; undefined while it runs. Ended by a signal counts as 128 + signal. */
  async exitCode(pid: number): Promise<number | undefined> {
    const status = await this.#channel.call('guest-exec-status', { pid });
    if (!isObject(status) || status['exited'] !== true) return undefined;
    if (typeof status['exitcode'] === 'number') return status['exitcode'];
    return 128 + (typeof status['signal'] === 'number' ? status['signal'] : 0);
  }

  /** The guest answers by going down. */
  shutdown(mode: 'powerdown' | 'reboot'): void {
    this.#channel.send('guest-shutdown', { mode });
  }
}
