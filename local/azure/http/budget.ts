import type { Budget } from '../profile/buckets.ts';
import { ArmError } from './errors.ts';
import type { Answer } from './route.ts';

const PREFIX = 'x-ms-ratelimit-remaining';

/** What is left of the buckets of a call, as recorded: those of a resource provider in one header, ARM's own in one each. */
export function withBudget(answer: Answer, budget: Budget | undefined): Answer {
  if (budget === undefined || !('left' in budget)) return answer;
  const headers: Record<string, string> = { ...answer.headers };
  const ofProvider: string[] = [];
  for (const [name, calls] of budget.left)
    if (isOfProvider(name)) ofProvider.push(`${name};${calls}`);
    else headers[`${PREFIX}-${name}`] = String(calls);
  if (ofProvider.length > 0) {
    headers[`${PREFIX}-resource`] = ofProvider.join(',');
    headers['x-ms-request-charge'] = '1';
  }
  return { ...answer, headers };
}

const isOfProvider = (bucket: string): boolean => bucket.includes('/');

/**
 * The compute provider refuses by the code that it also uses for quota; the group of calls is in the details.
 * https://learn.microsoft.com/troubleshoot/azure/virtual-machines/windows/troubleshooting-throttling-errors
 */
export function overLimit({ empty, wait }: Extract<Budget, { wait: number }>): ArmError {
  const seconds = Math.max(1, Math.ceil(wait / 1000));
  const headers = { 'Retry-After': String(seconds), 'retry-after-ms': String(wait) };
  if (!isOfProvider(empty.name)) {
    const message = `Number of requests for the subscription exceeded the limit of '${empty.calls}' for time interval '${empty.seconds}' seconds. Please try again after '${seconds}' seconds.`;
    return new ArmError(429, 'SubscriptionRequestsThrottled', message, { headers });
  }
  const group = empty.name.split('/').at(-1) ?? '';
  const said = {
    operationGroup: group,
    allowedRequestCount: empty.calls,
    measuredRequestCount: empty.calls + 1,
  };
  const details = [{ code: 'TooManyRequests', target: group, message: JSON.stringify(said) }];
  const message =
    'The server rejected the request because too many requests have been received for this subscription.';
  return new ArmError(429, 'OperationNotAllowed', message, { headers, details });
}
