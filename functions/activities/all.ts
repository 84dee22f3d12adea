import type { Activity } from './activity.ts';
import type { ActivityName } from './contract.ts';
import { abandonVersion } from './abandon-version.ts';
import { announceGate } from './announce-gate.ts';
import { checkAgent } from './check-agent.ts';
import { checkGroupGone } from './check-group-gone.ts';
import { checkInstance } from './check-instance.ts';
import { checkOperation } from './check-operation.ts';
import { checkPowerOff } from './check-power-off.ts';
import { checkRegion } from './check-region.ts';
import { checkRunEnded } from './check-run-ended.ts';
import { checkCommand } from './check-command.ts';
import { checkSlot } from './check-slot.ts';
import { checkVhdCopy } from './check-vhd-copy.ts';
import { createStagingGroup } from './create-staging-group.ts';
import { describeCaptured } from './describe-captured.ts';
import { discardVhdCopy } from './discard-vhd-copy.ts';
import { discardBuildMachine } from './discard-build-machine.ts';
import { finishCommand } from './finish-command.ts';
import { finishSubmission } from './finish-submission.ts';
import { generalizeMachine } from './generalize-machine.ts';
import { lookAtVersion } from './look-at-version.ts';
import { keepMachines } from './keep-machines.ts';
import { pickVersion } from './pick-version.ts';
import { planRedistribution } from './plan-redistribution.ts';
import { saveDistribution } from './save-distribution.ts';
import { startSnapshot } from './start-snapshot.ts';
import { startCopiedImage } from './start-copied-image.ts';
import { startSnapshotCopy } from './start-snapshot-copy.ts';
import { startSourceDisk } from './start-source-disk.ts';
import { checkSnapshotCopy } from './check-snapshot-copy.ts';
import { pinScriptsOnce } from './pin-scripts.ts';
import { recordCleanup } from './record-cleanup.ts';
import { recordOutcome } from './record-outcome.ts';
import { recordOutput } from './record-output.ts';
import { recordProgress } from './record-progress.ts';
import { removeTemplate } from './remove-template.ts';
import { requestCancel } from './request-cancel.ts';
import { resolvePlan } from './resolve-plan.ts';
import { resolveSubmission } from './resolve-submission.ts';
import { revokeDiskAccess } from './revoke-disk-access.ts';
import { salvageVersion } from './salvage-version.ts';
import { saveSerialLog } from './save-serial-log.ts';
import { startBuildMachine } from './start-build-machine.ts';
import { startCleanup } from './start-cleanup.ts';
import { startDeallocate } from './start-deallocate.ts';
import { startDeprovision } from './start-deprovision.ts';
import { startDiskAccess } from './start-disk-access.ts';
import { startKeptSource } from './start-kept-source.ts';
import { startKeptSourceRemoval } from './start-kept-source-removal.ts';
import { startManagedImage } from './start-managed-image.ts';
import { startManagedImageRemoval } from './start-managed-image-removal.ts';
import { startNetwork } from './start-network.ts';
import { startRestart } from './start-restart.ts';
import { startSecurityGroup } from './start-security-group.ts';
import { startCommand } from './start-command.ts';
import { startSystemDisk } from './start-system-disk.ts';
import { startSystemImage } from './start-system-image.ts';
import { startTemporaryImage } from './start-temporary-image.ts';
import { startVersionRemoval } from './start-version-removal.ts';
import { startVhdCopy } from './start-vhd-copy.ts';
import { writeVersion } from './write-version.ts';

/** Every activity of the contract. A name without its work, or work without a name, does not compile. */
export const ACTIVITIES: { readonly [Name in ActivityName]: Activity<Name> } = {
  'pin-scripts': pinScriptsOnce,
  'resolve-submission': resolveSubmission,
  'finish-submission': finishSubmission,
  'request-cancel': requestCancel,
  'remove-template': removeTemplate,
  'check-run-ended': checkRunEnded,
  'check-instance': checkInstance,
  'resolve-plan': resolvePlan,
  'record-progress': recordProgress,
  'announce-gate': announceGate,
  'create-staging-group': createStagingGroup,
  'start-security-group': startSecurityGroup,
  'start-network': startNetwork,
  'start-build-machine': startBuildMachine,
  'start-system-disk': startSystemDisk,
  'start-system-image': startSystemImage,
  'discard-build-machine': discardBuildMachine,
  'check-slot': checkSlot,
  'check-operation': checkOperation,
  'check-agent': checkAgent,
  'save-serial-log': saveSerialLog,
  'start-command': startCommand,
  'check-command': checkCommand,
  'finish-command': finishCommand,
  'start-restart': startRestart,
  'start-deprovision': startDeprovision,
  'check-power-off': checkPowerOff,
  'start-deallocate': startDeallocate,
  'generalize-machine': generalizeMachine,
  'start-temporary-image': startTemporaryImage,
  'describe-captured': describeCaptured,
  'start-managed-image-removal': startManagedImageRemoval,
  'start-managed-image': startManagedImage,
  'start-kept-source': startKeptSource,
  'start-kept-source-removal': startKeptSourceRemoval,
  'pick-version': pickVersion,
  'save-distribution': saveDistribution,
  'plan-redistribution': planRedistribution,
  'start-source-disk': startSourceDisk,
  'start-snapshot': startSnapshot,
  'start-snapshot-copy': startSnapshotCopy,
  'start-copied-image': startCopiedImage,
  'check-snapshot-copy': checkSnapshotCopy,
  'write-version': writeVersion,
  'salvage-version': salvageVersion,
  'start-version-removal': startVersionRemoval,
  'look-at-version': lookAtVersion,
  'abandon-version': abandonVersion,
  'check-region': checkRegion,
  'start-disk-access': startDiskAccess,
  'start-vhd-copy': startVhdCopy,
  'check-vhd-copy': checkVhdCopy,
  'discard-vhd-copy': discardVhdCopy,
  'revoke-disk-access': revokeDiskAccess,
  'record-output': recordOutput,
  'record-outcome': recordOutcome,
  'keep-machines': keepMachines,
  'start-cleanup': startCleanup,
  'check-group-gone': checkGroupGone,
  'record-cleanup': recordCleanup,
};
