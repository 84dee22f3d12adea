import { ERRORS, type ErrorCode } from '../errors/codes.ts';
import { type Failure, KilnError } from '../errors/failure.ts';
import { type Answer, at, listAt, retryAfterMs, textAt } from './answer.ts';
import { classify } from './classify.ts';
import { type AzureError, readAzureError, withoutSecrets } from './error-body.ts';

/** The one place where refusals of Azure, failed operations and broken connections become errors of Kiln. */

/** A request that was answered with anything but success. */
export function refusal(answer: Answer): KilnError {
  const error = readAzureError(answer.body) ?? {
    code: `Http${answer.status}`,
    message: `Azure answered with status ${answer.status} and no error body.`,
    details: [],
  };
  const code = classify(error, answer.status);
  const wait = retryAfterMs(answer.header);
  return new KilnError({
    ...describe(code, error, answer),
    ...(ERRORS[code].retryable && wait !== undefined ? { retryAfterMs: wait } : {}),
  });
}

/**
 * An operation that was accepted and ended badly. Never retryable: looking again shows the same end. What would pass is
 * `AzureInterrupted`, and starting it once more is for the orchestrator, which knows what may be started twice.
 */
export function operationFailure(answer: Answer, outcome: string): KilnError {
  const error = readAzureError(at(answer.body, 'error')) ??
    readAzureError(at(answer.body, 'properties', 'error')) ??
    statusOf(answer.body) ?? { code: outcome, message: `The operation ended as ${outcome}.`, details: [] };
  const code = classify(error, undefined);
  return new KilnError(describe(ERRORS[code].retryable ? 'AzureInterrupted' : code, error, answer));
}

/** What broke before there was an answer: the connection, or the way to a token. Undefined for anything else. */
export function breakdown(error: unknown, what: { method: string; url: string }): KilnError | undefined {
  if (!(error instanceof Error) || error instanceof KilnError) return undefined;
  const said = withoutSecrets(error.message);
  if (
    /^(CredentialUnavailable|Authentication|AuthenticationRequired|AggregateAuthentication)Error$/.test(
      error.name,
    )
  ) {
    const status = Number(at(error, 'statusCode'));
    const code = status === 429 || status >= 500 ? 'AzureUnavailable' : 'AzureDenied';
    const message = `No token for Azure could be had for ${subject(what)}: ${said} Check the managed identity of the app (AZURE_CLIENT_ID).`;
    return new KilnError({ code, message }, { cause: error });
  }
  if (error.name !== 'RestError' && error.name !== 'AbortError') return undefined;
  const reason = textAt(error, 'code') ?? error.name;
  const message = `Azure did not answer ${subject(what)} (${reason}): ${said}`;
  return new KilnError(
    { code: 'AzureUnavailable', message, azure: { code: reason, message: said } },
    { cause: error },
  );
}

/** True for the one refusal that many callers take as an answer. */
export function isNotFound(error: unknown): boolean {
  return error instanceof KilnError && error.failure.code === 'AzureNotFound';
}

export function hasCode(error: unknown, ...codes: readonly ErrorCode[]): boolean {
  return error instanceof KilnError && codes.includes(error.failure.code);
}

function describe(code: ErrorCode, error: AzureError, answer: Answer): Failure {
  const correlationId = answer.header('x-ms-correlation-request-id') ?? answer.header('x-ms-request-id');
  const azure = { code: error.code, message: error.message };
  return {
    code,
    message:
      code === 'AzureDenied' ? denial(error, answer) : `${subject(answer)}: ${error.code}: ${error.message}`,
    ...targetOf(answer.url),
    azure: correlationId === undefined ? azure : { ...azure, correlationId },
    ...(error.details.length === 0 ? {} : { details: error.details.map(detail) }),
  };
}

function detail(error: AzureError): Failure {
  return {
    code: classify(error, undefined),
    message: error.message,
    ...(error.target === undefined ? {} : { target: error.target }),
    azure: { code: error.code, message: error.message },
    ...(error.details.length === 0 ? {} : { details: error.details.map(detail) }),
  };
}

/**
 * Names what to grant and where. Of a refused link (an identity or subnet in somebody else's group) Azure names two
 * actions and scopes; the last pair is the missing one.
 */
function denial(error: AzureError, answer: Answer): string {
  const action = lastMatch(error.message, /action(?:\(s\))? '([^']+)'/g);
  const scope = lastMatch(error.message, /scope(?:\(s\))? '([^']+)'/g);
  if (action === undefined || scope === undefined)
    return `${subject(answer)}: ${error.code}: ${error.message}`;
  const who = /object id '([^']+)'/.exec(error.message)?.[1];
  const identity = who === undefined ? 'the identity of Kiln' : `the identity of Kiln (object id ${who})`;
  return `Azure denied ${subject(answer)}: grant ${identity} the action ${action} at ${scope}.`;
}

function lastMatch(text: string, pattern: RegExp): string | undefined {
  return [...text.matchAll(pattern)].at(-1)?.[1];
}

/** A resource that failed says why in its instance view only. */
function statusOf(body: unknown): AzureError | undefined {
  const statuses = [...listAt(body, 'properties', 'instanceView', 'statuses'), ...listAt(body, 'statuses')];
  const failed = statuses.find((status) => textAt(status, 'code')?.startsWith('ProvisioningState/failed'));
  if (failed === undefined) return undefined;
  const code = textAt(failed, 'code')?.split('/')[2] ?? 'Failed';
  return { code, message: textAt(failed, 'message') ?? `The resource failed with ${code}.`, details: [] };
}

/** `PUT virtualMachines/build`: short enough for one line, exact enough to find it in the activity log. */
function subject({ method, url }: { method: string; url: string }): string {
  const parts = new URL(url).pathname.split('/').filter((part) => part !== '');
  return `${method} ${parts.slice(-2).join('/')}`;
}

function targetOf(url: string): { target?: string } {
  const { pathname } = new URL(url);
  return /^\/subscriptions\//i.test(pathname) ? { target: decodeURIComponent(pathname) } : {};
}
