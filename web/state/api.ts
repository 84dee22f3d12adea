import { isObject, object } from '../../cli/api/json.ts';
import { parseFailure } from '../../cli/api/parse.ts';
import { API_VERSION, type Failure, type TemplateId } from '../../cli/api/types.ts';
import { parseClean } from './clean.ts';
import { expired, token } from './sign-in.ts';

const PROVIDER = '/providers/Microsoft.VirtualMachineImages';

export const overviewPath = `${PROVIDER}/overview`;
export const deadLettersApi = `${PROVIDER}/deadLetters`;
export const doctorApiPath = `${PROVIDER}/doctor`;

export const templateApi = ({ subscriptionId, resourceGroup, name }: TemplateId): string =>
  `/subscriptions/${encodeURIComponent(subscriptionId)}/resourceGroups/${encodeURIComponent(resourceGroup)}${PROVIDER}/imageTemplates/${encodeURIComponent(name)}`;

export const runApi = (template: TemplateId, run: string): string =>
  `${templateApi(template)}/runs/${encodeURIComponent(run)}`;

export type Answer = { readonly status: number; readonly headers: Headers; readonly body: unknown };

/** A refusal in the words of the API, or no answer at all (status 0). */
export class Refusal extends Error {
  readonly status: number;
  readonly failure: Failure;

  constructor(status: number, failure: Failure) {
    super(failure.message);
    this.status = status;
    this.failure = failure;
  }
}

type Request = {
  readonly method?: 'GET' | 'POST' | 'DELETE';
  readonly json?: unknown;
  readonly etag?: string | undefined;
  readonly signal?: AbortSignal;
};

/** Sends one request with the reader's token. Throws `Refusal`. 304 is an answer without a body. */
export async function call(path: string, request: Request = {}): Promise<Answer> {
  const response = await send(path, request);
  const content = await response.text();
  const body = content === '' ? undefined : parseBody(content);
  if (response.ok || response.status === 304)
    return { status: response.status, headers: response.headers, body };
  throw refusalOf(response, body);
}

/** Bytes, for logs. */
export async function bytes(path: string, signal: AbortSignal): Promise<{ bytes: Uint8Array; next: number }> {
  const response = await send(path, { signal });
  if (!response.ok) throw refusalOf(response, parseBody(await response.text()));
  const found = new Uint8Array(await response.arrayBuffer());
  return { bytes: found, next: Number(response.headers.get('x-kiln-next-offset') ?? 0) };
}

async function send(path: string, { method = 'GET', json, etag, signal }: Request): Promise<Response> {
  const url = new URL(path, location.origin);
  // A next page comes as a whole address: the token goes to the own origin and nowhere else.
  if (url.origin !== location.origin) throw unreachable(`${url.origin} is not where this page is from.`);
  if (!url.searchParams.has('api-version')) url.searchParams.set('api-version', API_VERSION);
  const headers = new Headers({ accept: 'application/json' });
  headers.set('authorization', `Bearer ${await token().catch(endSession)}`);
  if (etag !== undefined) headers.set('if-none-match', etag);
  if (json !== undefined) headers.set('content-type', 'application/json');
  const init = { method, headers, cache: 'no-store' as const, ...(signal && { signal }) };
  try {
    return await fetch(url, { ...init, ...(json !== undefined && { body: JSON.stringify(json) }) });
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error;
    throw unreachable('Kiln does not answer. It is asked again by itself.');
  }
}

function endSession(): never {
  expired('The session has ended.');
  throw new Refusal(401, { code: 'Unauthenticated', message: 'The session has ended.', details: [] });
}

function refusalOf(response: Response, body: unknown): Refusal {
  const given = object(body)['error'];
  const known = isObject(given) ? parseFailure(given) : undefined;
  const message = `Kiln answered ${response.status} ${response.statusText}.`;
  // Not in Kiln's words: of the host, or of something before it.
  const remedy = 'Look at `/health` of this address, which names what is missing, and at the log of the app.';
  const failure = known ?? { code: `Http${response.status}`, message, remedy, details: [] };
  if (response.status === 401) expired(`Kiln does not accept the session any more. ${failure.message}`);
  return new Refusal(response.status, failure);
}

function unreachable(message: string): Refusal {
  const remedy =
    'Look whether this machine is online, and whether Kiln runs; what is shown below may be old.';
  return new Refusal(0, { code: 'Unreachable', message, remedy, details: [] });
}

function parseBody(content: string): unknown {
  try {
    return parseClean(content);
  } catch {
    return undefined;
  }
}
