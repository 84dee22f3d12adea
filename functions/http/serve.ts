import type { ErrorCode } from '../../shared/errors/codes.ts';
import type { HttpRequest } from '@azure/functions';
import type { CommandContext } from '../../shared/commands/context.ts';
import { assertMay } from '../../shared/access/linked.ts';
import { type AccessPolicy, mayWithin } from '../../shared/access/policy.ts';
import type { Principal } from '../../shared/model/principal.ts';
import { KilnError } from '../../shared/errors/failure.ts';
import type { DeployedRights } from '../../shared/model/rights.ts';
import type { AdvisoryIndex } from '../../shared/ports/advisory-index.ts';
import type { Azure } from '../../shared/ports/azure.ts';
import type { DeadLetters } from '../../shared/ports/dead-letters.ts';
import type { ReadThrough } from '../../shared/azure/read-through.ts';
import type { VhdBlobs } from '../../shared/ports/vhd-blobs.ts';
import { findVersion, NEWEST, versionsSince } from '../../shared/template/versions/all.ts';
import type { ApiVersion } from '../../shared/template/versions/version.ts';
import type { Settings } from '../settings.ts';
import type { Views } from '../../shared/views/views.ts';
import { type Access, challenge, roleOf } from './access.ts';
import { type Exchange, type Route, type Reply, scopeOf, actionOf } from './exchange.ts';
import { pathOf } from './path.ts';
import { parameter } from './query.ts';
import { failure } from './reply.ts';
import { findRoute } from './routes.ts';

/** What the pipeline needs for one request. */
export type Services = {
  readonly commands: CommandContext;
  readonly vhds: VhdBlobs;
  readonly advisories: AdvisoryIndex;
  readonly views: Views;
  readonly deadLetters: DeadLetters;
  readonly appName: string;
  readonly azure: (subscriptionId: string) => Azure;
  readonly access: Access;
  readonly readArm: ReadThrough;
  readonly strictCreate: boolean;
  readonly rights?: DeployedRights;
  readonly auth: Settings['auth'];
  /** For what the caller must not see. */
  readonly logError: (message: string) => void;
};

/**
 * Answers one request: token, route, api-version, handler, and one error envelope for whatever went wrong. Services are
 * asked for inside, so that wrong settings are an answer too.
 */
export async function serve(request: HttpRequest, services: () => Services): Promise<Reply> {
  const requestId = crypto.randomUUID();
  try {
    const found = services();
    return withIds(await answer(request, found), request, requestId);
  } catch (error) {
    return withIds(failure(toFailure(error, requestId), {}, errorShape(request)), request, requestId);
  }
}

async function answer(request: HttpRequest, services: Services): Promise<Reply> {
  const { access, auth, logError } = services;
  try {
    const found = findRoute(request.method.toUpperCase(), pathOf(request));
    // Who may not read learns nothing, not even which paths there are.
    const caller = await access(request.headers.get('authorization'), found.route?.role ?? 'Reader');
    if (found.route === undefined) throw noRoute(request);
    const { route, params } = found;
    assertRoute(services.commands.gate.policy, caller, { route, params });
    const version = route.anyVersion === true ? NEWEST : versionOf(request, route);
    return await handle(route, {
      ...services,
      commands: { ...services.commands, actor: caller },
      request,
      params,
      version,
      caller,
      roleOfCaller: () => roleOf(access, request.headers.get('authorization')),
      ...modeOf(request, services),
    });
  } catch (error) {
    if (!(error instanceof KilnError)) {
      logError(error instanceof Error ? (error.stack ?? error.message) : String(error));
      throw error;
    }
    const hasToken = request.headers.has('authorization');
    const { code, message } = error.failure;
    if (DENIALS.includes(code))
      services.commands.log(`denied ${JSON.stringify({ ...placeOf(request), code, message })}`);
    const headers = {
      ...(code === 'Unauthenticated' && { 'www-authenticate': challenge(auth, hasToken) }),
      ...(code === 'MethodNotAllowed' && { allow: methodsOf(request).join(', ') }),
    };
    return failure(error.failure, headers, errorShape(request));
  }
}

/** Whoever changes something sees it at the next look. */
async function handle(route: Route, exchange: Exchange): Promise<Reply> {
  try {
    return await route.handle(exchange);
  } finally {
    if (route.method !== 'GET' && route.method !== 'HEAD') exchange.views.changed();
  }
}

/** Not a change, so that it is in no audit; who looks for attempts finds them in the log. */
const DENIALS: readonly ErrorCode[] = ['Forbidden', 'LinkedAuthorizationFailed'];

function placeOf({ method, url }: HttpRequest): { method: string; path: string } {
  return { method, path: new URL(url).pathname };
}

/**
 * Throws `Forbidden` when the policy does not allow the route's action at what the path names. A path above templates is
 * open to whoever may see something below it; its handler shows no more than that.
 */
function assertRoute(policy: AccessPolicy, caller: Principal, { route, params }: Found): void {
  const scope = scopeOf(params);
  const action = actionOf(route);
  // What concerns the whole service needs to be given for everything.
  if (scope === undefined && action === 'admin') assertMay(policy, caller, action, '/');
  if (scope === undefined) return;
  if (params['name'] === undefined && mayWithin(policy, caller, action, scope)) return;
  assertMay(policy, caller, action, scope);
}

type Found = { readonly route: Route; readonly params: Readonly<Record<string, string>> };

function modeOf(request: HttpRequest, { strictCreate }: Services): { createOnly: boolean } {
  const asked = parameter(request, 'strictCreate');
  return { createOnly: asked === undefined ? strictCreate : asked.toLowerCase() === 'true' };
}

/** Known before the version is checked: a refusal must be readable for the client that asked. */
function errorShape(request: HttpRequest): ApiVersion['errors'] {
  return findVersion(parameter(request, 'api-version') ?? '')?.errors ?? 'wrapped';
}

function versionOf(request: HttpRequest, route: Route): ApiVersion {
  const name = parameter(request, 'api-version');
  const version = name === undefined ? undefined : findVersion(name);
  const known = versionsSince(route.since).filter(({ extensions }) => extensions || route.extension !== true);
  if (version !== undefined && known.includes(version)) return version;
  const given =
    name === undefined ? 'The query has no api-version' : `api-version "${name}" is not served here`;
  const message = `${given}. Use one of ${known.map((one) => one.name).join(', ')}.`;
  throw new KilnError({ code: 'InvalidApiVersion', message, target: 'api-version' });
}

/** Sorted, for a header that reads the same each time. */
function methodsOf(request: HttpRequest): string[] {
  const found = findRoute('', pathOf(request));
  return found.route === undefined ? found.methods.toSorted() : [];
}

function noRoute(request: HttpRequest): KilnError {
  const { method, url } = request;
  const { pathname } = new URL(url);
  const methods = methodsOf(request);
  if (methods.length === 0)
    return new KilnError({ code: 'ResourceNotFound', message: `There is nothing at ${pathname}.` });
  const message = `${method} is not a method of ${pathname}. It has ${methods.join(', ')}.`;
  return new KilnError({ code: 'MethodNotAllowed', message });
}

function toFailure(error: unknown, requestId: string): KilnError['failure'] {
  if (error instanceof KilnError) return error.failure;
  const message = `Kiln met an error that it did not expect. Report it with the request id ${requestId}.`;
  return { code: 'InternalError', message };
}

function withIds(response: Reply, request: HttpRequest, requestId: string): Reply {
  const correlation = request.headers.get('x-ms-correlation-request-id') ?? requestId;
  const ids = { 'x-ms-request-id': requestId, 'x-ms-correlation-request-id': correlation };
  return { ...response, headers: { ...ids, ...response.headers } };
}
