import { type ErrorRow, row } from './row.ts';
import { PROOF_ERRORS } from './proof-codes.ts';
import { REQUEST_ERRORS } from './request-codes.ts';

/** Codes are stable: tools key on them. Add, never rename. */
export const ERRORS = {
  ...REQUEST_ERRORS,
  ...PROOF_ERRORS,
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
  TermsNotAccepted: row(
    403,
    false,
    'Nobody in the subscription has accepted the terms of the Marketplace image.',
    'Read and accept them with the command that the message names.',
  ),
  SourceNotUsable: row(
    400,
    false,
    'The source image cannot be built from.',
    'Use a generalized image in the build region.',
  ),
  IdentityNotUsable: row(
    400,
    false,
    'The identity of the template does not exist, or Kiln may not read it.',
    'Correct the id, or give the identity of Kiln the role Kiln Identity Assigner at it.',
  ),
  TargetNotFound: row(
    404,
    false,
    'A distribution target does not exist.',
    'Create the gallery image definition or resource group first.',
  ),
  VersionExists: row(
    409,
    false,
    'The gallery has the version already that a target names exactly.',
    'Write a number that is not taken, or let Kiln count: `{"scheme": "Latest"}`.',
  ),
  RegionNotFound: row(
    400,
    false,
    'The subscription has no region of that name.',
    'Write the region that the message names, or one of `az account list-locations`.',
  ),
  SubnetNotUsable: row(
    400,
    false,
    'The subnet of the build does not exist, or is in another region or subscription.',
    'Name a subnet in the region and the subscription of the template.',
  ),
  TargetNotCompatible: row(
    400,
    false,
    'The source and a distribution target do not fit together.',
    'Match generation, OS type, architecture and security type.',
  ),
  StepNotCompatible: row(
    400,
    false,
    'A step is for another operating system than that of the source.',
    'Use Shell and LinuxRestart for Linux; PowerShell, WindowsRestart and WindowsUpdate for Windows.',
  ),
  SecretNotReadable: row(
    403,
    false,
    'A Key Vault secret that a step names could not be read.',
    'Grant the identity of Kiln the role Key Vault Secrets User, and check the id.',
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
  InstallFailed: row(
    400,
    false,
    'The system of an ISO could not be installed by the helper VM.',
    'Read the last lines in the message; `kiln logs RUN` has all of the steps `00-fetch-medium` and `00-install-system`.',
  ),
  // Azure
  AzureThrottled: row(
    429,
    true,
    'Azure asked to slow down.',
    'Kiln waits as long as Azure asks. If a run still ends with this, start it again later and let fewer builds run at once (`KILN_MAX_BUILDS`).',
  ),
  AzureUnavailable: row(
    503,
    true,
    'Azure failed or did not answer.',
    'Kiln repeats the call. If a run still ends with this, Kiln has given up: read the cause in the message, look at the status page of Azure, and start the run again.',
  ),
  AzureConflict: row(
    409,
    true,
    'Azure is busy with the same resource.',
    'Kiln repeats the call. If a run still ends with this, end the other operation on the resource that the message names, and start the run again.',
  ),
  AzureInterrupted: row(
    503,
    false,
    'An operation of Azure was accepted and ended by a failure that passes by itself; so did the second attempt.',
    'Start the build again.',
  ),
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
    'Kiln tries the next size. If a run ends with this, name more sizes in `vmProfile` or build in another region.',
  ),
  ProvisioningFailed: row(
    409,
    false,
    'The build VM did not become ready.',
    'Read the end of the serial console in the message; `kiln logs RUN` has all of it. What keeps a machine from coming up is often the subnet (no way out) or the source image.',
  ),
  WorkerLost: row(
    500,
    false,
    "The process that runs Kiln's functions died again and again over the same work.",
    'Look for out-of-memory kills in the log of the app, give its instances more memory, and start another run.',
  ),
  // The build itself
  CustomizerFailed: row(
    400,
    false,
    'A customizer ended with an exit code that is not allowed.',
    'Read the last lines in the message; `kiln logs RUN --step NAME` has all that the step has said.',
  ),
  CustomizerTimedOut: row(
    400,
    false,
    'A customizer did not end in time.',
    'Make it quicker or give the step a longer timeout.',
  ),
  MachineRestarted: row(
    400,
    false,
    'The machine restarted while a script ran in it; the rest of the script was lost.',
    'Take the restart out of the script and put a `LinuxRestart` or `WindowsRestart` step after it.',
  ),
  MachineStopped: row(
    409,
    false,
    'The machine was stopped, deallocated, evicted or deleted while a step ran in it or was to run.',
    'Ask who did it (activity log of the staging group) and start the build again; a script must not switch its machine off.',
  ),
  AgentLost: row(
    409,
    false,
    'The VM agent stopped answering while a script ran, so that nothing can tell how it ends.',
    'Look in the step for what stops, removes or starves the agent or its network, or restarts the machine, which may need longer than Kiln waits.',
  ),
  AgentFailed: row(
    409,
    false,
    'The VM agent, or Azure, could not start a script or keep its output.',
    'Read its words in the message: often a firewall of the storage account, or no way out of the subnet.',
  ),
  ValidationStepFailed: row(
    400,
    false,
    'A validator ended with an exit code that is not allowed.',
    'Read the last lines in the message; `kiln logs RUN --step NAME` has all that the step has said.',
  ),
  GeneralizeFailed: row(
    400,
    false,
    'Deprovisioning failed, did nothing, or did not end: the machine is not generalized.',
    'Read `kiln logs RUN --step deprovision`; check what steps make of /tmp/DeprovisioningScript.sh or C:\\DeprovisioningScript.ps1. For an image as it is, use a definition with osState Specialized.',
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
  RegionTimedOut: row(
    409,
    false,
    'A region did not have the image at the end of `regionTimeout`.',
    'Retry the run: only that region is repeated. Raise `regionTimeout` if it is often late.',
  ),
  SmokeBootFailed: row(
    409,
    false,
    'A region of a ring has the version, but a VM made of it there did not boot or did not pass the validators.',
    'Read the reason in the message and the serial console in `kiln logs RUN`. Mend what is wrong there and retry the run: it boots the same version again.',
  ),
  RefreshLoop: row(
    400,
    false,
    'Templates that refresh themselves are built from each other in a circle.',
    'Take one of them out of the circle, or set its `refresh.onSourceUpdate` to false.',
  ),
  QueueTimedOut: row(
    503,
    false,
    'The run waited a week for other builds to end.',
    'Raise `KILN_MAX_BUILDS`, or look for builds that never end; start the run again.',
  ),
  BuildTimedOut: row(
    400,
    false,
    'The build took longer than `buildTimeoutInMinutes`.',
    'Make the step that the message names quicker, or raise `buildTimeoutInMinutes`.',
  ),
  RunCanceled: row(409, false, 'The run was canceled.', 'Start another run.'),
  CleanupDeferred: row(
    409,
    true,
    'Azure refused to delete the staging group now.',
    'The janitor tries again by itself; remove resource locks if it persists.',
  ),
  NotOurs: row(
    409,
    false,
    'A resource with the expected name lacks the tag of this run.',
    'Rename or remove that resource; Kiln never touches what it did not create.',
  ),
} as const satisfies Record<string, ErrorRow>;

export type ErrorCode = keyof typeof ERRORS;
