import type { ErrorCode } from '../errors/codes.ts';
import { type AzureError, withDetails } from './error-body.ts';

type Rule = readonly [code: RegExp, kiln: ErrorCode, message?: RegExp];

/**
 * Azure's codes that say more than their HTTP status. The first rule that fits wins; the cause may sit in `details`.
 * https://learn.microsoft.com/azure/azure-resource-manager/troubleshooting/common-deployment-errors
 */
const RULES: readonly Rule[] = [
  [/^(Zonal)?AllocationFailed$|^Overconstrained(Zonal)?AllocationRequest$/i, 'AllocationFailed'],
  [/^AzureSpot|^SpotPriceGreaterThan/i, 'AllocationFailed'],
  [/^SkuNotAvailable$|^VMSizeNotAvailable$/i, 'SizeNotAvailable'],
  // A size that the region or the subscription does not know at all is refused as a plain invalid parameter.
  [/^InvalidParameter$/i, 'SizeNotAvailable', /VM size|vmSize/i],
  [/QuotaExceeded$/i, 'QuotaExceeded'],
  [/^OperationNotAllowed$/i, 'QuotaExceeded', /quota/i],
  [/^OSProvisioning|^VMAgentStatusCommunicationError$|^VMStartTimedOut$/i, 'ProvisioningFailed'],
  [/^(Linked)?AuthorizationFailed$|^(Invalid|Expired)AuthenticationToken/i, 'AzureDenied'],
  // 409 and 403, yet nothing that passes by itself: somebody has to remove the lock or change the policy.
  [/^ScopeLocked$|^RequestDisallowedByPolicy$/i, 'AzureRefused'],
  [/Throttled$|^TooManyRequests$/i, 'AzureThrottled'],
  [/^AnotherOperationInProgress$|^RetryableErrorDueToAnotherOperation$|^Conflict$/i, 'AzureConflict'],
  [/^OperationPreempted$|^ResourceGroupBeingDeleted$/i, 'AzureConflict'],
  // Kiln takes its SAS back before it deletes, and the revocation takes a moment to arrive.
  [/^OperationNotAllowed$/i, 'AzureConflict', /active shared access signature/i],
  // One disk is copied to one region at a time; the others wait their turn.
  [/^OperationNotAllowed$/i, 'AzureConflict', /one incremental snapshot/i],
  [/^Internal(Execution|Server|Operation)Error$|^NetworkingInternalOperationError$/i, 'AzureUnavailable'],
  [/^RetryableError$|^ServiceUnavailable$|^ServerTimeout$|^GatewayTimeout$/i, 'AzureUnavailable'],
];

const BUSY = /in progress|another operation|being (created|updated|deleted)|currently updating|try again/i;

/** Kiln's code for an error of Azure's; `status` is absent when an operation failed after its request was accepted. */
export function classify(error: AzureError, status: number | undefined): ErrorCode {
  // Azure uses OperationNotAllowed both for exhausted quota and for too many requests; the status tells them apart.
  if (status === 429) return 'AzureThrottled';
  for (const one of withDetails(error)) {
    const rule = RULES.find(
      ([code, , message]) => code.test(one.code) && (message === undefined || message.test(one.message)),
    );
    if (rule !== undefined) return rule[1];
  }
  return byStatus(status, error.message);
}

function byStatus(status: number | undefined, message: string): ErrorCode {
  if (status === undefined) return 'AzureRefused';
  if (status === 401 || status === 403) return 'AzureDenied';
  if (status === 404) return 'AzureNotFound';
  if (status === 408 || status >= 500) return 'AzureUnavailable';
  if (status === 409) return BUSY.test(message) ? 'AzureConflict' : 'AzureRefused';
  return status === 412 ? 'PreconditionFailed' : 'AzureRefused';
}
