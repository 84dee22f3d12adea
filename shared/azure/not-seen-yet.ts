import type { Failure } from '../errors/failure.ts';

/** Between two looks at what was there a moment ago; with the attempts of a call about a minute. */
const PAUSE_MS = 8_000;

/**
 * ARM answers from several copies of what it knows: for some moments after its creation a thing may be "not found", its
 * group too. Of what this run has made that is a reason to ask again, and no proof that somebody has deleted it.
 * https://learn.microsoft.com/azure/azure-resource-manager/troubleshooting/error-not-found
 */
export function notSeenYet(failure: Failure, stagingGroup: string | undefined): Failure {
  if (failure.code !== 'AzureNotFound' || stagingGroup === undefined) return failure;
  const group = /\/resourceGroups\/(?<group>[^/]+)/i.exec(failure.target ?? '')?.groups?.['group'];
  if (group?.toLowerCase() !== stagingGroup.toLowerCase()) return failure;
  return { ...failure, passing: true };
}

/** The same for a look at one thing that this run has made, or at an operation that it has started. */
export function lookAgain(failure: Failure): Failure {
  return failure.code === 'AzureNotFound' ? { ...failure, passing: true, retryAfterMs: PAUSE_MS } : failure;
}
