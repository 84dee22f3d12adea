import { type Answer, answerOf, at, isExact, parseUrl, retryAfterMs, textAt } from './answer.ts';
import type { Connection } from './clients.ts';
import { isNotFound, operationFailure } from './errors.ts';
import { assertOrigin } from './policies.ts';
import type { Look, StartedOperation } from '../ports/azure.ts';

/**
 * Long-running operations, one request at a time: an activity starts one or looks once, and durable timers do the
 * waiting. https://learn.microsoft.com/azure/azure-resource-manager/management/async-operations
 *
 * How to read a poll URL is kept in its fragment, which is never sent: `as=removal` (absent is success),
 * `as=resource` (the resource itself, by its provisioningState), `result=` (where the result is when it is over), `why=` (the
 * operation of a resource, read when that has failed). Azure's addresses are 3 KB each, and a handle is in the history of
 * every wait: the second one is kept only where it is read.
 */

type Reading = 'operation' | 'removal' | 'resource';

/**
 * The part of the SDK's poller that is safe to touch. The poller is a thenable: awaiting it, or returning it from an
 * async function, polls in this process until the operation has ended.
 */
type Poller = { submitted(): Promise<void> };

type Begin = (options: { onResponse: (response: Parameters<typeof answerOf>[0]) => void }) => Poller;

/** Sends the request that starts an operation, and nothing more. `check` may refuse what was accepted. */
export async function start(
  connection: Connection,
  begin: Begin,
  check: (answer: Answer) => void = () => undefined,
): Promise<StartedOperation> {
  const answer = await firstAnswer(begin);
  check(answer);
  return started(connection, answer, 'operation');
}

/**
 * As `start`, for the creation of a resource in seconds. With an operation Azure asks for ten seconds of patience, of the resource it
 * says nothing (recorded), and both end at the same time: so the resource is looked at, and the operation tells why one has failed.
 */
export async function startResource(connection: Connection, begin: Begin): Promise<StartedOperation> {
  const answer = await firstAnswer(begin);
  const operation = started(connection, answer, 'operation');
  if (operation.done || operation.isExact === true || answer.status === 202) return operation;
  const pollUrl = withFragment(answer.url, { as: 'resource', why: bare(operation.pollUrl) });
  assertOrigin(pollUrl, connection.origin);
  return { done: false, pollUrl };
}

/** As `start`, for an operation whose `result` is read when it has ended. */
export async function startWithResult(connection: Connection, begin: Begin): Promise<StartedOperation> {
  return started(connection, await firstAnswer(begin), 'operation', true);
}

/** Starts a deletion; what is absent already counts as deleted. */
export async function startRemoval(connection: Connection, begin: Begin): Promise<StartedOperation> {
  try {
    return started(connection, await firstAnswer(begin), 'removal');
  } catch (error) {
    if (isNotFound(error)) return { done: true };
    throw error;
  }
}

/** Watches a resource that somebody else's request, or an earlier one of ours, is changing. */
export function watch(connection: Connection, path: string, apiVersion: string): StartedOperation {
  const separator = path.includes('?') ? '&' : '?';
  const url = `${connection.origin}${path}${separator}api-version=${apiVersion}`;
  return { done: false, pollUrl: withFragment(url, { as: 'resource' }) };
}

/** One GET. Throws KilnError when the operation has failed, or the URL is not one of the endpoint's. */
export async function look(connection: Connection, pollUrl: string): Promise<Look> {
  const fragment = fragmentOf(pollUrl);
  const reading = fragment.get('as') ?? 'operation';
  const answer = await fetchPoll(connection, pollUrl, reading);
  if (answer === undefined) return { done: true };
  const why = fragment.get('why');
  if (why !== null && stateOf(answer) === 'failed') await look(connection, why);
  return judge(answer, reading);
}

/** What a finished operation answers with: its own body, and where the result is when that is elsewhere. */
export async function result(connection: Connection, pollUrl: string): Promise<unknown> {
  const answer = await connection.get(bare(pollUrl));
  const elsewhere = fragmentOf(pollUrl).get('result');
  const output = at(answer.body, 'properties', 'output');
  if (output !== undefined || elsewhere === null) return output ?? answer.body;
  return (await connection.get(elsewhere)).body;
}

async function firstAnswer(begin: Begin): Promise<Answer> {
  let first: Answer | undefined;
  await begin({
    onResponse: (response) => {
      first ??= answerOf(response);
    },
  }).submitted();
  if (first === undefined)
    throw new Error('The SDK submitted an operation without handing over the response.');
  return first;
}

function started(
  connection: Connection,
  answer: Answer,
  reading: Reading,
  keepsResult = false,
): StartedOperation {
  const state = stateOf(answer);
  if (state === 'failed') throw operationFailure(answer, state);
  const status = answer.header('azure-asyncoperation') ?? answer.header('operation-location');
  // With 201 the Location is the created resource, not something to poll.
  const location = answer.status === 202 ? answer.header('location') : undefined;
  const wait = retryAfterMs(answer.header);
  const wish =
    wait === undefined
      ? {}
      : { retryAfterMs: wait, ...(isExact(answer.header) && { isExact: true as const }) };
  const running = (pollUrl: string): StartedOperation => {
    assertOrigin(pollUrl, connection.origin);
    return { done: false, pollUrl, ...wish };
  };
  const result = keepsResult ? location : undefined;
  if (status !== undefined) return running(withFragment(status, { as: reading, result }));
  if (location !== undefined) return running(withFragment(location, { as: reading }));
  return state === 'running' ? running(withFragment(answer.url, { as: 'resource' })) : { done: true };
}

async function fetchPoll(
  connection: Connection,
  pollUrl: string,
  reading: string,
): Promise<Answer | undefined> {
  try {
    return await connection.get(bare(pollUrl));
  } catch (error) {
    if (reading === 'removal' && isNotFound(error)) return undefined;
    throw error;
  }
}

function judge(answer: Answer, reading: string): Look {
  const state = reading === 'resource' ? stateOf(answer) : statusOf(answer);
  if (state === 'done') return { done: true };
  if (state === 'failed') throw operationFailure(answer, outcomeOf(answer));
  const wait = retryAfterMs(answer.header);
  return wait === undefined ? { done: false } : { done: false, retryAfterMs: wait };
}

/** Azure-AsyncOperation has a `status`; Location has none, and answers 202 for as long as it runs. */
function statusOf(answer: Answer): 'running' | 'done' | 'failed' {
  const status = textAt(answer.body, 'status');
  if (status !== undefined) return stateNamed(status);
  return answer.status === 202 ? 'running' : 'done';
}

function stateOf(answer: Answer): 'running' | 'done' | 'failed' {
  return stateNamed(textAt(answer.body, 'properties', 'provisioningState') ?? 'Succeeded');
}

function stateNamed(name: string): 'running' | 'done' | 'failed' {
  if (/^succeeded$/i.test(name)) return 'done';
  return /^(failed|cancell?ed)$/i.test(name) ? 'failed' : 'running';
}

function outcomeOf(answer: Answer): string {
  return textAt(answer.body, 'status') ?? textAt(answer.body, 'properties', 'provisioningState') ?? 'Failed';
}

type Words = { readonly as: Reading; readonly result?: string | undefined; readonly why?: string };

function withFragment(url: string, words: Words): string {
  const fragment = new URLSearchParams();
  if (words.as !== 'operation') fragment.set('as', words.as);
  if (words.result !== undefined) fragment.set('result', words.result);
  if (words.why !== undefined) fragment.set('why', words.why);
  return fragment.size === 0 ? url : `${url}#${fragment.toString()}`;
}

function fragmentOf(pollUrl: string): URLSearchParams {
  return new URLSearchParams(parseUrl(pollUrl)?.hash.slice(1));
}

function bare(pollUrl: string): string {
  return pollUrl.replace(/#.*$/s, '');
}
