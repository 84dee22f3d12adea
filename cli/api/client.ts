import { setTimeout as sleep } from 'node:timers/promises';
import { CliError, EXIT, type ExitCode } from '../errors.ts';
import { compact } from './convert.ts';
import { object } from './json.ts';
import { parseFailure } from './parse.ts';
import { API_VERSION, type Failure } from './types.ts';

export type TokenSource = () => Promise<string>;

export type Reply = { readonly status: number; readonly headers: Headers; readonly body: unknown };

/** A whole answer: a connection may break inside a body, which is as good as no answer. */
type Answer = Pick<Response, 'ok' | 'status' | 'statusText' | 'url' | 'headers'> & {
  readonly bytes: Uint8Array;
};

type Request = {
  readonly method?: 'GET' | 'PUT' | 'POST' | 'DELETE';
  readonly json?: unknown;
  readonly bytes?: Uint8Array;
  readonly query?: Readonly<Record<string, string>>;
  /** How long an unreachable or failing service is asked again. Only reads may be repeated. Default: not at all. */
  readonly patienceMs?: number;
};

/** A refusal of the service, with its code. */
export class ApiError extends CliError {
  readonly status: number;

  constructor(status: number, failure: Failure) {
    const code: ExitCode = status >= 500 ? EXIT.unreachable : EXIT.refused;
    super({
      exitCode: code,
      code: failure.code,
      message: headline(failure),
      ...compact({ remedy: failure.remedy }),
      details: detailLines(failure),
    });
    this.status = status;
  }
}

/** One line for each problem; what the headline has said already is not said again. */
function detailLines({ message, target, details, azure }: Failure): string[] {
  const [only] = details;
  if (only !== undefined && details.length === 1 && only.message === message)
    return only.target === undefined ? [] : [only.target];
  const lines = details.map((detail) =>
    [`${detail.target ?? ''}  ${detail.code}: ${detail.message}`.trim(), ...furtherRemedy(detail)].join(' '),
  );
  return [
    ...(target === undefined || lines.length > 0 ? [] : [target]),
    ...lines,
    ...azureLines({ message, azure }),
  ];
}

const furtherRemedy = ({ remedy }: Failure): string[] => (remedy === undefined ? [] : [remedy]);

/** The words of Azure, when they are not in the message already, and what its support asks for. */
export function azureLines({
  message,
  azure,
}: Pick<Failure, 'message'> & { azure?: Failure['azure'] }): string[] {
  if (azure === undefined) return [];
  const { code, message: words, correlationId } = azure;
  const isSaid = message.includes(code) && message.includes(words);
  const id = correlationId === undefined ? '' : ` (correlation id ${correlationId})`;
  if (isSaid) return correlationId === undefined ? [] : [`correlation id of Azure: ${correlationId}`];
  return [`Azure said: ${code}: ${words}${id}`];
}

/** Clients that show the message alone find the problems in it; here each has a line of its own below. */
function headline({ message, details }: Failure): string {
  const [first] = details;
  const at = first === undefined ? -1 : message.indexOf(` ${first.target ?? ''}: ${first.message}`);
  return at > 0 ? message.slice(0, at) : message;
}

/** The wait a service asks for, in milliseconds. `retry-after-ms` is Azure's finer form of Retry-After. */
export function retryAfterMs(headers: Headers, otherwise: number): number {
  const fine = Number(headers.get('retry-after-ms') ?? Number.NaN);
  if (Number.isFinite(fine)) return Math.max(0, fine);
  const seconds = Number(headers.get('retry-after') ?? Number.NaN);
  return Number.isFinite(seconds) ? Math.max(0, seconds * 1000) : otherwise;
}

/** HTTP with a token, api-version and errors that say what to do. Knows no resource. */
export class ApiClient {
  readonly endpoint: string;
  readonly #token: TokenSource;

  constructor(endpoint: string, token: TokenSource) {
    this.endpoint = endpoint.replace(/\/+$/, '');
    this.#token = token;
  }

  /** Sends and reads JSON. Throws `ApiError` for a refusal, `CliError` (unreachable) without an answer. */
  async call(path: string, request: Request = {}): Promise<Reply> {
    const { status, headers, bytes } = await this.send(path, request);
    return { status, headers, body: parseBody(bytes) };
  }

  /** As `call`, with the body left to the caller. */
  async send(path: string, request: Request = {}): Promise<Answer> {
    const deadline = Date.now() + (request.patienceMs ?? 0);
    for (let attempt = 1; ; attempt += 1) {
      const outcome = await this.#attempt(path, request);
      if (!(outcome instanceof Error) && outcome.ok) return outcome;
      const wait =
        outcome instanceof Error ? backOffMs(attempt) : retryAfterMs(outcome.headers, backOffMs(attempt));
      if (!isTransient(outcome) || Date.now() + wait > deadline) throw this.#explain(outcome);
      await sleep(wait);
    }
  }

  async #attempt(path: string, request: Request): Promise<Answer | Error> {
    const url = new URL(path, `${this.endpoint}/`);
    if (!url.searchParams.has('api-version')) url.searchParams.set('api-version', API_VERSION);
    for (const [name, value] of Object.entries(request.query ?? {})) url.searchParams.set(name, value);
    const headers = new Headers({ accept: 'application/json', 'user-agent': 'kiln-cli' });
    // A poll URL comes from the service. The token goes to the service's own origin and nowhere else.
    if (url.origin === new URL(this.endpoint).origin)
      headers.set('authorization', `Bearer ${await this.#token()}`);
    if (request.json !== undefined) headers.set('content-type', 'application/json');
    if (request.bytes !== undefined) headers.set('content-type', 'application/octet-stream');
    try {
      const response = await fetch(url, {
        method: request.method ?? 'GET',
        headers,
        ...compact({
          body: request.json === undefined ? bodyOf(request.bytes) : JSON.stringify(request.json),
        }),
      });
      const bytes = new Uint8Array(await response.arrayBuffer());
      const { ok, status, statusText, url: from, headers: received } = response;
      return { ok, status, statusText, url: from, headers: received, bytes };
    } catch (error) {
      return error instanceof Error ? error : new Error(String(error));
    }
  }

  #explain(outcome: Answer | Error): CliError {
    if (outcome instanceof Error) return unreachable(this.endpoint, outcome);
    const failure = parseFailure(object(parseBody(outcome.bytes))['error']);
    return new ApiError(
      outcome.status,
      failure ?? {
        code: `Http${outcome.status}`,
        message: `${outcome.url.split('?')[0]} answered ${outcome.status} ${outcome.statusText}.`,
        details: [],
      },
    );
  }
}

const backOffMs = (attempt: number): number => Math.min(250 * 2 ** (attempt - 1), 4000);

function isTransient(outcome: Answer | Error): boolean {
  return outcome instanceof Error || outcome.status === 429 || outcome.status >= 500;
}

function bodyOf(bytes: Uint8Array | undefined): Uint8Array<ArrayBuffer> | undefined {
  return bytes === undefined ? undefined : new Uint8Array(bytes);
}

function parseBody(bytes: Uint8Array): unknown {
  const content = new TextDecoder().decode(bytes);
  if (content === '') return undefined;
  try {
    return JSON.parse(content);
  } catch {
    return content;
  }
}

export function unreachable(endpoint: string, error: Error): CliError {
  const cause = error.cause instanceof Error ? error.cause : error;
  const reason = 'code' in cause && typeof cause.code === 'string' ? cause.code : cause.message;
  return new CliError(
    {
      exitCode: EXIT.unreachable,
      message: `Kiln at ${endpoint} cannot be reached: ${reason}.`,
      remedy: 'Start it with `kiln local`, or name another one with --endpoint or KILN_ENDPOINT.',
    },
    { cause: error },
  );
}
