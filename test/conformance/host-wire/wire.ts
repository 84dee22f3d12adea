// Requests as bytes, and answers as they came: what HTTP clients smooth over is what these tests are about.
import { connect } from 'node:net';
import { buffer } from 'node:stream/consumers';

export type WireRequest = {
  readonly method: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly chunked?: boolean;
  readonly body?: string;
};
export type WireAnswer = {
  readonly status: number;
  readonly headers: readonly string[];
  readonly body: string;
};

export async function send(url: string, request: WireRequest): Promise<WireAnswer> {
  const { host, hostname, port } = new URL(url);
  const body = request.body === undefined ? undefined : bodyOf(request.body);
  const length = body === undefined ? {} : { 'content-length': String(body.length) };
  const framing = request.chunked ? { 'transfer-encoding': 'chunked' } : length;
  const headers = { host, connection: 'close', ...framing, ...request.headers };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${long(value)}\r\n`);
  const head = `${request.method} ${longPath(request.path)} HTTP/1.1\r\n${lines.join('')}\r\n`;
  const socket = connect(Number(port), hostname);
  socket.on('error', () => undefined);
  socket.write(Buffer.from(head, 'latin1'));
  if (body !== undefined && request.chunked)
    socket.write(
      Buffer.concat([Buffer.from(`${body.length.toString(16)}\r\n`), body, Buffer.from('\r\n0\r\n\r\n')]),
    );
  else if (body !== undefined) socket.write(body);
  return parse((await buffer(socket)).toString('latin1'));
}

/** What the recording writes as `(30000 characters)`. */
function long(value: string): string {
  const length = /^\((\d+) characters\)$/.exec(value)?.[1];
  return length === undefined ? value : 'a'.repeat(Number(length));
}

/** What it writes as `…aaa…(3142 characters)`. */
function longPath(path: string): string {
  const found = /^(.*)…\((\d+) characters\)$/.exec(path);
  return found === null ? path : (found[1] ?? '').padEnd(Number(found[2]), 'a');
}

/** What it writes as `(3900008 bytes, starts {"a":"xxx…)`: JSON with one long text, or zeros. */
function bodyOf(text: string): Buffer {
  const found = /^\((\d+) bytes, starts (.*)\)$/s.exec(text);
  if (found === null) return Buffer.from(text);
  const length = Number(found[1]);
  const start = found[2] ?? '';
  if (!start.startsWith('{')) return Buffer.alloc(length);
  return Buffer.from(`${start.padEnd(length - 2, start.at(-1))}"}`);
}

function parse(text: string): WireAnswer {
  const end = text.indexOf('\r\n\r\n');
  const [line = '', ...headers] = text.slice(0, end).split('\r\n');
  const status = Number(line.split(' ')[1]);
  const rest = text.slice(end + 4);
  if (status < 200) return parse(rest);
  const isChunked = headers.some((header) => /^transfer-encoding: chunked$/i.test(header));
  const body = isChunked ? unchunked(rest) : rest;
  return { status, headers, body: Buffer.from(body, 'latin1').toString() };
}

function unchunked(text: string): string {
  const end = text.indexOf('\r\n');
  const size = Number.parseInt(text.slice(0, end), 16);
  if (!(size > 0)) return '';
  return text.slice(end + 2, end + 2 + size) + unchunked(text.slice(end + 2 + size + 2));
}
