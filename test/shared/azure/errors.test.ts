import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isRetryable } from '../../../shared/errors/failure.ts';
import { error, failureOf, GROUP, standIn, SUBSCRIPTION } from './stand-in.ts';

const CLIENT = `The client '0f0f' with object id '9a9a9a9a-1111-2222-3333-444444444444'`;
const SUBNET = `${GROUP}/providers/Microsoft.Network/virtualNetworks/hub/subnets/build`;

/** [what it is, HTTP status, code, message, Kiln's code, whether the same call may succeed later] */
const ROWS: readonly (readonly [string, number, string, string, string, boolean])[] = [
  [
    'too many requests',
    429,
    'OperationNotAllowed',
    'The server rejected the request because too many requests have been received for this subscription.',
    'AzureThrottled',
    true,
  ],
  [
    'a throttled listing',
    429,
    'ResourceCollectionRequestsThrottled',
    "Operation 'GET' failed as server encountered too many requests. Please try after '120' seconds.",
    'AzureThrottled',
    true,
  ],
  ['a time-out', 408, 'RequestTimeout', 'The request timed out.', 'AzureUnavailable', true],
  [
    'an internal error',
    500,
    'InternalServerError',
    'Encountered internal server error. Diagnostic information: timestamp …',
    'AzureUnavailable',
    true,
  ],
  ['a gateway without a body', 502, '', '', 'AzureUnavailable', true],
  [
    'a busy service',
    503,
    'ServiceUnavailable',
    'The service is currently unavailable.',
    'AzureUnavailable',
    true,
  ],
  [
    'a retryable network error',
    400,
    'RetryableError',
    'A retryable error occurred.',
    'AzureUnavailable',
    true,
  ],
  [
    'a busy machine',
    409,
    'Conflict',
    'The request failed due to conflict with a concurrent request.',
    'AzureConflict',
    true,
  ],
  [
    'another operation',
    409,
    'AnotherOperationInProgress',
    'Another operation on this or dependent resource is in progress.',
    'AzureConflict',
    true,
  ],
  [
    'a preempted operation',
    409,
    'OperationPreempted',
    'Operation execution has been preempted by a more recent operation.',
    'AzureConflict',
    true,
  ],
  [
    'a group that is going',
    409,
    'ResourceGroupBeingDeleted',
    "The resource group 'staging' is in deprovisioning state and cannot perform this operation.",
    'AzureConflict',
    true,
  ],
  [
    'a busy version in words only',
    409,
    'UpdateNotAllowed',
    'The image version is currently updating, please try again later.',
    'AzureConflict',
    true,
  ],
  [
    'a disk with a SAS',
    409,
    'OperationNotAllowed',
    "There is an active shared access signature outstanding for disk 'build-os'. Call EndGetAccess before deleting.",
    'AzureConflict',
    true,
  ],
  [
    'no capacity',
    409,
    'AllocationFailed',
    'Allocation failed. We do not have sufficient capacity for the requested VM size in this region.',
    'AllocationFailed',
    false,
  ],
  [
    'no capacity in a zone',
    409,
    'OverconstrainedZonalAllocationRequest',
    'Allocation failed. VM(s) with the following constraints cannot be allocated.',
    'AllocationFailed',
    false,
  ],
  [
    'a size that cannot be had',
    409,
    'SkuNotAvailable',
    "The requested VM size for resource 'build' is currently not available in location 'westeurope'.",
    'SizeNotAvailable',
    false,
  ],
  [
    'a size that does not exist',
    400,
    'InvalidParameter',
    'The value Standard_X9 provided for the VM size is not valid. The valid sizes in the current region are: …',
    'SizeNotAvailable',
    false,
  ],
  [
    'another invalid parameter',
    400,
    'InvalidParameter',
    'The value of parameter imageReference is invalid.',
    'AzureRefused',
    false,
  ],
  [
    'an exhausted quota',
    409,
    'OperationNotAllowed',
    'Operation could not be completed as it results in exceeding approved standardDSv5Family Cores quota.',
    'QuotaExceeded',
    false,
  ],
  [
    'a quota by its own code',
    400,
    'QuotaExceeded',
    'Operation results in exceeding quota limits of Core.',
    'QuotaExceeded',
    false,
  ],
  [
    'a missing role',
    403,
    'AuthorizationFailed',
    `${CLIENT} does not have authorization to perform action 'Microsoft.Compute/virtualMachines/write' over scope '${GROUP}' or the scope is invalid.`,
    'AzureDenied',
    false,
  ],
  [
    'a link that is not allowed',
    403,
    'LinkedAuthorizationFailed',
    `${CLIENT} has permission to perform action 'Microsoft.Compute/virtualMachines/write' on scope '${GROUP}'; however, it does not have permission to perform action(s) 'Microsoft.Network/virtualNetworks/subnets/join/action' on the linked scope(s) '${SUBNET}' (respectively) or the linked scope(s) are invalid.`,
    'AzureDenied',
    false,
  ],
  [
    'a bad token',
    401,
    'InvalidAuthenticationTokenAudience',
    'The access token has been obtained for wrong audience or resource.',
    'AzureDenied',
    false,
  ],
  [
    'a policy',
    403,
    'RequestDisallowedByPolicy',
    "Resource 'build' was disallowed by policy.",
    'AzureRefused',
    false,
  ],
  [
    'a lock',
    409,
    'ScopeLocked',
    `The scope '${GROUP}' cannot perform delete operation because following scope(s) are locked.`,
    'AzureRefused',
    false,
  ],
  [
    'something that is not there',
    404,
    'ResourceGroupNotFound',
    "Resource group 'staging' could not be found.",
    'AzureNotFound',
    false,
  ],
  [
    'a machine that never came up',
    409,
    'OSProvisioningTimedOut',
    "OS Provisioning for VM 'build' did not finish in the allotted time.",
    'ProvisioningFailed',
    false,
  ],
  [
    'an agent that never came up',
    409,
    'VMAgentStatusCommunicationError',
    "VM 'build' has not reported status for VM agent or extensions.",
    'ProvisioningFailed',
    false,
  ],
  [
    'terms that nobody accepted',
    400,
    'MarketplacePurchaseEligibilityFailed',
    'Marketplace purchase eligibility check returned errors.',
    'AzureRefused',
    false,
  ],
  [
    'a wrong state',
    409,
    'OperationNotAllowed',
    "Operation 'generalize' is not allowed on VM 'build' since the VM is running.",
    'AzureRefused',
    false,
  ],
  [
    'a condition',
    412,
    'ConditionNotMet',
    'The condition specified using HTTP conditional header(s) is not met.',
    'PreconditionFailed',
    false,
  ],
];

for (const [what, status, code, message, kiln, retryable] of ROWS)
  test(`${what} (${status} ${code}) becomes ${kiln}`, async () => {
    const arm = await standIn(() => ({
      status,
      headers: { 'x-ms-correlation-request-id': 'c-7', 'retry-after': '3' },
      body: code === '' ? '<html>Bad Gateway</html>' : error(code, message),
    }));
    const failure = await failureOf(arm.azure.machines.startRestart('staging', 'build'));
    assert.equal(failure.code, kiln);
    assert.equal(isRetryable(failure), retryable);
    assert.equal(failure.retryAfterMs, retryable ? 3000 : undefined);
    assert.equal(failure.azure?.code, code === '' ? 'Http502' : code);
    assert.equal(failure.azure?.correlationId, 'c-7');
    if (code !== '') assert.equal(failure.azure?.message, message);
    assert.match(failure.message, /virtualMachines|build/);
  });

test('a denial names the action and the scope to grant, of a link the missing half', async () => {
  const messages = ROWS.filter(([, , code]) => code.endsWith('AuthorizationFailed')).map((row) => row[3]);
  const texts = [];
  for (const message of messages) {
    const arm = await standIn(() => ({ status: 403, body: error('AuthorizationFailed', message) }));
    texts.push((await failureOf(arm.azure.machines.startRestart('staging', 'build'))).message);
  }
  assert.match(
    texts[0] ?? '',
    /object id 9a9a9a9a-.* the action Microsoft\.Compute\/virtualMachines\/write at \/subscriptions\/.*staging\.$/,
  );
  assert.match(
    texts[1] ?? '',
    /the action Microsoft\.Network\/virtualNetworks\/subnets\/join\/action at .*\/subnets\/build\.$/,
  );
});

test('the cause is found inside details, and inside JSON that is the message of another error', async () => {
  const cause = { code: 'QuotaExceeded', message: 'No cores.' };
  for (const body of [
    error('DeploymentFailed', 'At least one operation failed.', {
      details: [{ code: 'Wrapped', message: '-', details: [cause] }],
    }),
    error('ResourceDeploymentFailure', JSON.stringify({ error: cause })),
  ]) {
    const arm = await standIn(() => ({ status: 400, body }));
    assert.equal((await failureOf(arm.azure.machines.startRestart('s', 'b'))).code, 'QuotaExceeded');
  }
});

test('the signature of a SAS does not leave through a message of Azure', async () => {
  const uri = `https://logs.blob.core.windows.net/c/a.out?sv=2024&sig=abc%2Fdef%3D&se=2026`;
  const arm = await standIn(() => ({
    status: 400,
    body: error('InvalidParameter', `The blob '${uri}' cannot be written.`, {
      details: [{ code: 'Inner', message: `GET ${uri} failed` }],
    }),
  }));
  const failure = await failureOf(arm.azure.machines.startRestart('staging', 'build'));
  assert.doesNotMatch(JSON.stringify(failure), /abc%2Fdef/);
  assert.match(failure.message, /sig=…&se=2026/);
});

test('the target of a failure is the resource that the request was about', async () => {
  const arm = await standIn(() => ({ status: 400, body: error('Bad', 'no') }));
  const failure = await failureOf(arm.azure.groups.startRemoval('staging'));
  assert.equal(failure.target?.toLowerCase(), `/subscriptions/${SUBSCRIPTION}/resourcegroups/staging`);
});
