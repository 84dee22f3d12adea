import type { Activity } from './activity.ts';
import type { ActivityName } from '../contract.ts';
import { abandonVersion } from './distribute/abandon-version.ts';
import { announceGate } from './distribute/announce-gate.ts';
import { checkAgent } from './machine/check-agent.ts';
import { checkGroupGone } from './staging/check-group-gone.ts';
import { checkInstance } from './machine/check-instance.ts';
import { checkOperation } from './check-operation.ts';
import { checkPowerOff } from './machine/check-power-off.ts';
import { checkRegion } from './distribute/check-region.ts';
import { checkRunEnded } from './record/check-run-ended.ts';
import { checkCommand } from './machine/check-command.ts';
import { checkSlot } from './record/check-slot.ts';
import { checkVhdCopy } from './distribute/check-vhd-copy.ts';
import { createStagingGroup } from './staging/create-staging-group.ts';
import { describeCaptured } from './distribute/describe-captured.ts';
import { discardVhdCopy } from './distribute/discard-vhd-copy.ts';
import { discardBuildMachine } from './machine/discard-build-machine.ts';
import { finishCommand } from './machine/finish-command.ts';
import { finishSubmission } from './template/finish-submission.ts';
import { generalizeMachine } from './machine/generalize-machine.ts';
import { lookAtVersion } from './distribute/look-at-version.ts';
import { judgeProofs } from './machine/judge-proofs.ts';
import { judgeVulnerabilities } from './machine/judge-vulnerabilities.ts';
import { keepInventory } from './machine/keep-inventory.ts';
import { keepMachines } from './machine/keep-machines.ts';
import { pickVersion } from './distribute/pick-version.ts';
import { planRedistribution } from './distribute/plan-redistribution.ts';
import { saveDistribution } from './distribute/save-distribution.ts';
import { startSnapshot } from './distribute/start-snapshot.ts';
import { startCopiedImage } from './distribute/start-copied-image.ts';
import { startSnapshotCopy } from './distribute/start-snapshot-copy.ts';
import { startSourceDisk } from './machine/start-source-disk.ts';
import { checkSnapshotCopy } from './distribute/check-snapshot-copy.ts';
import { pinScriptsOnce } from './template/pin-scripts.ts';
import { recordCleanup } from './record/record-cleanup.ts';
import { recordOutcome } from './record/record-outcome.ts';
import { recordOutput } from './record/record-output.ts';
import { recordProgress } from './record/record-progress.ts';
import { removeTemplate } from './template/remove-template.ts';
import { requestCancel } from './record/request-cancel.ts';
import { resolvePlan } from './template/resolve-plan.ts';
import { resolveSubmission } from './template/resolve-submission.ts';
import { revokeDiskAccess } from './distribute/revoke-disk-access.ts';
import { salvageVersion } from './distribute/salvage-version.ts';
import { saveSerialLog } from './machine/save-serial-log.ts';
import { keepCheckpoint } from './machine/keep-checkpoint.ts';
import { startCheckpoint } from './machine/start-checkpoint.ts';
import { startCheckpointDisk } from './machine/start-checkpoint-disk.ts';
import { startBuildMachine } from './machine/start-build-machine.ts';
import { startCleanup } from './staging/start-cleanup.ts';
import { startDeallocate } from './machine/start-deallocate.ts';
import { startDeprovision } from './machine/start-deprovision.ts';
import { startDiskAccess } from './distribute/start-disk-access.ts';
import { startKeptSource } from './distribute/start-kept-source.ts';
import { startKeptSourceRemoval } from './distribute/start-kept-source-removal.ts';
import { startManagedImage } from './distribute/start-managed-image.ts';
import { startManagedImageRemoval } from './distribute/start-managed-image-removal.ts';
import { startNetwork } from './staging/start-network.ts';
import { startRestart } from './machine/start-restart.ts';
import { startSecurityGroup } from './staging/start-security-group.ts';
import { startCommand } from './machine/start-command.ts';
import { startSystemDisk } from './machine/start-system-disk.ts';
import { startSystemImage } from './machine/start-system-image.ts';
import { startTemporaryImage } from './distribute/start-temporary-image.ts';
import { startVersionRemoval } from './distribute/start-version-removal.ts';
import { startVhdCopy } from './distribute/start-vhd-copy.ts';
import { writeVersion } from './distribute/write-version.ts';

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
  'start-checkpoint-disk': startCheckpointDisk,
  'start-checkpoint': startCheckpoint,
  'keep-checkpoint': keepCheckpoint,
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
  'keep-inventory': keepInventory,
  'judge-vulnerabilities': judgeVulnerabilities,
  'judge-proofs': judgeProofs,
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
