import type { IncomingHttpHeaders } from 'node:http';
import { overLimit, withBudget } from './budget.ts';
import { checkTags } from '../arm/tags.ts';
import type { Cloud } from '../cloud.ts';
import { authorize } from '../identity/authorize.ts';
import { sameText, type Json, type JsonObject } from '../json.ts';
import { ArmError, badRequest, notFound, toArmError } from './errors.ts';
import type { ArmRequest, Method } from './request.ts';
import type { Answer } from './route.ts';
import type { Match, Router } from './router.ts';

export type Incoming = {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: JsonObject | undefined;
  readonly base: string;
};

export type Outcome = { readonly operation: string; readonly answer: Answer };

/** What becomes of a request between the socket and its handler, in ARM's order. */
export class Pipeline {
  readonly #router: Router;
  readonly #cloud: Cloud;
  readonly #unknown = new Set<string>();

  constructor(router: Router, cloud: Cloud) {
    this.#router = router;
    this.#cloud = cloud;
  }

  async run(incoming: Incoming): Promise<Outcome> {
    const match = isMethod(incoming.method) ? this.#find(incoming.method, incoming.path) : undefined;
    const operation = match?.route.operation ?? 'Unknown';
    try {
      return { operation, answer: await this.#answer(incoming, match) };
    } catch (error) {
      const failure = toArmError(error);
      if (failure.status === 500 && error instanceof Error)
        this.#cloud.log(`${incoming.method} ${incoming.path}: ${error.stack ?? error.message}`);
      const { status, headers } = failure;
      return {
        operation,
        answer: { status, headers, body: failure.toBody(...detailsOf(incoming.path, headers)) },
      };
    }
  }

  /** ARM answers HEAD on every resource that has a GET. */
  #find(method: Method, path: string): Match | undefined {
    return (
      this.#router.match(method, path) ?? (method === 'HEAD' ? this.#router.match('GET', path) : undefined)
    );
  }

  async #answer(incoming: Incoming, match: Match | undefined): Promise<Answer> {
    const { headers, base, query, path, body } = incoming;
    const caller =
      match?.route.open === true ? undefined : await authorize(this.#cloud.identity, headers, base);
    if (match === undefined || !isMethod(incoming.method)) throw this.#notSupported(incoming);
    const apiVersion = query.get('api-version') ?? '';
    const { route, params, id } = match;
    if (route.open !== true) this.#checkArm(apiVersion, params);
    if (body === undefined)
      throw badRequest('InvalidRequestContent', 'The request content is not valid JSON.');
    if (caller !== undefined) this.#cloud.authorizer.check({ caller, match, body });
    if (incoming.method === 'PUT' || incoming.method === 'PATCH') checkTags(body);
    const call = { operation: route.operation, method: incoming.method, path };
    const wait = route.open === true ? undefined : this.#cloud.faults.throttled(call, Date.now());
    if (wait !== undefined) throw tooMany(route.operation, wait);
    const budget = route.open === true ? undefined : this.#cloud.buckets.take(call, Date.now());
    if (budget !== undefined && 'empty' in budget) throw overLimit(budget);
    const fault = route.open === true ? undefined : this.#cloud.faults.next(call);
    if (fault?.answer !== undefined) throw refusal(fault.answer);
    const request: ArmRequest = {
      ...call,
      method: incoming.method,
      id,
      params,
      query,
      apiVersion,
      headers,
      body,
      base,
      ...(fault === undefined ? {} : { fault }),
      ...(caller === undefined ? {} : { caller }),
    };
    const answer = withBudget(await route.handle(request, this.#cloud), budget);
    return incoming.method === 'HEAD' && answer.status === 200 ? { status: 204 } : answer;
  }

  #checkArm(apiVersion: string, params: Readonly<Record<string, string>>): void {
    if (apiVersion === '')
      throw badRequest(
        'MissingApiVersionParameter',
        'The api-version query parameter (?api-version=) is required for all requests.',
      );
    if (!/^\d{4}-\d{2}-\d{2}(-preview)?$/.test(apiVersion))
      throw badRequest('InvalidApiVersionParameter', `The api-version '${apiVersion}' is invalid.`);
    const subscription = params['subscriptionId'];
    const { subscriptionId, profile } = this.#cloud;
    const known = [subscriptionId, ...profile.subscriptions];
    if (subscription !== undefined && !known.some((id) => sameText(id, subscription)))
      throw notFound('SubscriptionNotFound', `The subscription '${subscription}' could not be found.`);
  }

  /** Says so and remembers it, instead of pretending: a 404 would look like a missing resource. */
  #notSupported({ method, path }: Incoming): ArmError {
    const call = `${method} ${path}`;
    if (!this.#unknown.has(call) && this.#unknown.size < 1000) {
      this.#unknown.add(call);
      this.#cloud.log(`not supported: ${call}`);
    }
    return new ArmError(
      501,
      'NotSupportedByLocalCloud',
      `The local cloud does not know ${call}. local/COVERAGE.md lists what it knows.`,
    );
  }

  /** Calls that were answered 501 since the start. */
  get unknown(): readonly string[] {
    return [...this.#unknown];
  }
}

/** Microsoft.Network's own refusals have a list of details, empty or not; ARM's in front of it do not. */
function detailsOf(path: string, headers: Readonly<Record<string, string>>): [] | [Json[]] {
  const own = headers['x-ms-failure-cause'] === undefined;
  return own && /\/providers\/Microsoft\.Network\//i.test(path) ? [[]] : [];
}

/** https://learn.microsoft.com/azure/azure-resource-manager/management/request-limits-and-throttling#error-code */
function tooMany(operation: string, milliseconds: number): ArmError {
  const seconds = Math.max(1, Math.ceil(milliseconds / 1000));
  const headers = { 'Retry-After': String(seconds), 'retry-after-ms': String(Math.ceil(milliseconds)) };
  const message = `The requests of kind ${operation} are throttled. Please try again after '${seconds}' seconds.`;
  return new ArmError(429, 'TooManyRequests', message, { headers });
}

type Refusal = { status: number; code: string; message: string; headers?: Readonly<Record<string, string>> };

function refusal({ status, code, message, headers = {} }: Refusal): ArmError {
  return new ArmError(status, code, message, { headers });
}

function isMethod(method: string): method is Method {
  return ['GET', 'PUT', 'POST', 'PATCH', 'DELETE', 'HEAD'].includes(method);
}
