/** A row of the error catalogue; docs/errors.md is generated from this table and a test compares the two. */
type ErrorRow = {
  /** HTTP status when the error answers a request. */
  readonly status: number;
  readonly retryable: boolean;
  readonly cause: string;
  readonly remedy: string;
};

const row = (status: number, retryable: boolean, cause: string, remedy: string): ErrorRow => ({
  status,
  retryable,
  cause,
  remedy,
});

/** Codes are stable: tools key on them. Add, never rename. */
export const ERRORS = {
  // Requests
  ValidationFailed: row(
    400,
    false,
    'The request has one or more problems; `details` lists each with a JSON pointer.',
    'Correct every field named in `details` and send the request again.',
  ),
  MissingField: row(400, false, 'A required field is absent.', 'Add the field that `target` points to.'),
  UnknownField: row(
    400,
    false,
    'The field does not exist in this api-version.',
    'Correct its spelling, remove it, or use the api-version that has it.',
  ),
  InvalidValue: row(
    400,
    false,
    'The value of a field is not one that the field takes.',
    'Write what the message asks for.',
  ),
  InvalidResourceId: row(
    400,
    false,
    'The text is not the id of a resource of the right type.',
    'Write the whole id as the message shows it.',
  ),
  ConflictingFields: row(
    400,
    false,
    'Fields that exclude or need each other do not go together.',
    'Keep the fields that the message names.',
  ),
  DuplicateValue: row(
    400,
    false,
    'Two items of a list have the same value where it must be unique.',
    'Rename one of them.',
  ),
  UnfilledToken: row(
    400,
    false,
    'A placeholder such as `<subscriptionId>` was not replaced.',
    'Replace the placeholder with your own value.',
  ),
  InvalidJson: row(
    400,
    false,
    'The body is not JSON.',
    'Send a JSON object; comments and trailing commas are not allowed.',
  ),
  InvalidApiVersion: row(
    400,
    false,
    'The query has no `api-version`, or one that Kiln does not serve.',
    'Use one of the versions that the message lists.',
  ),
  Unauthenticated: row(
    401,
    false,
    'The request has no valid bearer token.',
    'Get a token for the audience that the `WWW-Authenticate` header names.',
  ),
  Forbidden: row(
    403,
    false,
    'The caller has no app role that allows the operation.',
    'Ask an administrator for the role that the message names.',
  ),
  ResourceNotFound: row(
    404,
    false,
    'There is no such resource.',
    'Check the name, the resource group and the subscription.',
  ),
  MethodNotAllowed: row(
    405,
    false,
    'The path exists, the method does not.',
    'See docs/api.md for the methods of the resource.',
  ),
  OperationNotAllowed: row(
    409,
    false,
    'The resource is in a state that does not allow the operation.',
    'Wait until the running operation ends, or cancel it.',
  ),
  Conflict: row(
    409,
    false,
    'Another request changed the resource at the same time.',
    'Read the resource again and repeat the change.',
  ),
  PreconditionFailed: row(
    412,
    false,
    'The `If-Match` or `If-None-Match` condition does not hold.',
    'Read the resource again and use its current ETag.',
  ),
  PayloadTooLarge: row(
    413,
    false,
    'The body is larger than the limit.',
    'Send less, or refer to large files by URI.',
  ),
  NotConfigured: row(
    503,
    false,
    'A setting of the app is missing or wrong.',
    'Correct the settings that the message names and restart the app.',
  ),
  InternalError: row(
    500,
    true,
    'A defect of Kiln.',
    'Repeat the request; report the correlation id if it stays.',
  ),
  // Downloads of scripts and files
  UrlNotAllowed: row(
    400,
    false,
    'The URL is not https, or points to a private, link-local or metadata address.',
    'Use a public https URL, an uploaded artifact, or add the host to the allow-list.',
  ),
  DownloadFailed: row(
    400,
    true,
    'A script or file could not be fetched.',
    'Check that the URL answers without credentials.',
  ),
  DownloadTooLarge: row(
    400,
    false,
    'A script or file exceeds the size limit.',
    'Make it smaller, or download it from within a script.',
  ),
  ChecksumMismatch: row(
    400,
    false,
    'The content does not have the SHA-256 checksum of the template.',
    'Correct the checksum or the file.',
  ),
  // Plan and source
  SourceNotFound: row(
    404,
    false,
    'The source image does not exist or may not be read.',
    'Check the id or URN; grant the identity read access.',
  ),
  SourceDeprecated: row(
    400,
    false,
    'The publisher has deprecated the source image.',
    'Use the alternative that the message names.',
  ),
  SourceNotUsable: row(
    400,
    false,
    'The source image cannot be built from.',
    'Use a generalized image in the build region.',
  ),
  TargetNotFound: row(
    404,
    false,
    'A distribution target does not exist.',
    'Create the gallery image definition or resource group first.',
  ),
  TargetNotCompatible: row(
    400,
    false,
    'The source and a distribution target do not fit together.',
    'Match generation, OS type, architecture and security type.',
  ),
  SizeNotAvailable: row(
    409,
    false,
    'None of the VM sizes can be had in the region.',
    'Set `vmProfile.vmSize` to a size with capacity, or ask for quota.',
  ),
  QuotaExceeded: row(
    409,
    false,
    'The subscription has no quota left for the VM size.',
    'Ask for quota or choose another size family.',
  ),
  // Azure
  AzureThrottled: row(429, true, 'Azure asked to slow down.', 'Nothing: Kiln waits as long as Azure asks.'),
  AzureUnavailable: row(503, true, 'Azure failed or did not answer.', 'Nothing: Kiln repeats the call.'),
  AzureConflict: row(409, true, 'Azure is busy with the same resource.', 'Nothing: Kiln repeats the call.'),
  AzureNotFound: row(
    404,
    false,
    'A resource that the build needs is gone.',
    'Check who deleted it; start the build again.',
  ),
  AzureDenied: row(
    403,
    false,
    'The identity of Kiln lacks a permission.',
    'Grant the action that the message names at the scope it names.',
  ),
  AzureRefused: row(
    400,
    false,
    'Azure refused the request.',
    "Read Azure's words in the message; correct the template or the subscription.",
  ),
  AllocationFailed: row(
    409,
    false,
    'Azure has no capacity for the VM size now.',
    'Nothing at first: Kiln tries the next size.',
  ),
  ProvisioningFailed: row(
    409,
    false,
    'The build VM did not become ready.',
    'Read the serial log in the run folder.',
  ),
  // The build itself
  CustomizerFailed: row(
    400,
    false,
    'A customizer ended with an exit code that is not allowed.',
    'Read the last lines in the message and the log of the step.',
  ),
  CustomizerTimedOut: row(
    400,
    false,
    'A customizer did not end in time.',
    'Make it quicker or give the step a longer timeout.',
  ),
  ValidationStepFailed: row(
    400,
    false,
    'A validator ended with an exit code that is not allowed.',
    'Read the last lines in the message and the log of the step.',
  ),
  GeneralizeFailed: row(
    400,
    false,
    'The machine did not power off after deprovisioning.',
    'Read the deprovision log; check /tmp/DeprovisioningScript.sh.',
  ),
  CaptureFailed: row(
    409,
    false,
    'The disk could not be captured as an image.',
    "Read Azure's words in the message.",
  ),
  DistributionFailed: row(
    409,
    false,
    'No distribution target received the image.',
    'Read `details` for each target, correct it and run again.',
  ),
  RegionFailed: row(
    409,
    false,
    'The image was not replicated to a region.',
    'Retry the run: only the failed region is repeated.',
  ),
  BuildTimedOut: row(
    400,
    false,
    'The build took longer than `buildTimeoutInMinutes`.',
    'Raise `buildTimeoutInMinutes`.',
  ),
  RunCanceled: row(409, false, 'The run was canceled.', 'Start another run.'),
  CleanupDeferred: row(
    409,
    true,
    'Azure refused to delete the staging group now.',
    'Nothing: the janitor tries again; remove resource locks if it persists.',
  ),
  NotOurs: row(
    409,
    false,
    'A resource with the expected name lacks the tag of this run.',
    'Rename or remove that resource; Kiln never touches what it did not create.',
  ),
} as const satisfies Record<string, ErrorRow>;

export type ErrorCode = keyof typeof ERRORS;
