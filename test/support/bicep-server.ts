import { type ChildProcess, spawn } from 'node:child_process';

type Waiting = { readonly answer: (result: any) => void; readonly fail: (error: Error) => void };

/**
 * The compiler as a process that stays: it takes five seconds of CPU to start, and one to answer. Speaks JSON-RPC under headers:
 * https://learn.microsoft.com/azure/azure-resource-manager/bicep/bicep-cli#jsonrpc. What it refuses it refuses without its words.
 */
export class BicepServer {
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, Waiting>();
  #received = Buffer.alloc(0);
  #last = 0;
  #over: Error | undefined;

  constructor(program: string) {
    this.#child = spawn(program, ['jsonrpc', '--stdio'], { stdio: ['pipe', 'pipe', 'ignore'] });
    this.#child.stdout?.on('data', (data: Buffer) => this.#read(data));
    this.#child.once('exit', (code) => this.#fail(new Error(`The compiler ended (${code}).`)));
    this.#child.once('error', (error) => this.#fail(error));
    this.#child.stdin?.on('error', (error) => this.#fail(error));
    this.#keepAlive(false);
  }

  /** Rejects with what the compiler says, which for a file that it does not compile is that alone. */
  async ask(method: string, question: object): Promise<any> {
    if (this.#over !== undefined) throw this.#over;
    const id = ++this.#last;
    const text = JSON.stringify({ jsonrpc: '2.0', id, method: `bicep/${method}`, params: [question] });
    const answered = new Promise<any>((answer, fail) => this.#waiting.set(id, { answer, fail }));
    this.#keepAlive(true);
    this.#child.stdin?.write(`Content-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`);
    try {
      return await answered;
    } finally {
      this.#waiting.delete(id);
      if (this.#waiting.size === 0) this.#keepAlive(false);
    }
  }

  #read(data: Buffer): void {
    this.#received = Buffer.concat([this.#received, data]);
    for (;;) {
      const begin = this.#received.indexOf('\r\n\r\n') + 4;
      const length = /Content-Length: (\d+)/i.exec(this.#received.subarray(0, Math.max(begin, 0)).toString());
      if (begin < 4 || length === null) return;
      const end = begin + Number(length[1]);
      if (this.#received.length < end) return;
      const { id, result, error } = JSON.parse(this.#received.subarray(begin, end).toString());
      this.#received = this.#received.subarray(end);
      if (error === undefined) this.#waiting.get(id)?.answer(result);
      else this.#waiting.get(id)?.fail(new Error(error.message));
    }
  }

  #fail(error: Error): void {
    this.#over = error;
    for (const { fail } of this.#waiting.values()) fail(error);
  }

  /** A test file ends though the compiler waits for its next question; its input ends with it, and so does the compiler. */
  #keepAlive(wanted: boolean): void {
    const handles: any[] = [this.#child, this.#child.stdin, this.#child.stdout];
    for (const handle of handles) handle?.[wanted ? 'ref' : 'unref']?.();
  }
}
