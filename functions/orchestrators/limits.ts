import type { Duration } from '../../shared/model/time.ts';

/**
 * How long an orchestrator waits for what, at most; within a build also no longer than the build may take. One table, so
 * that docs/ARCHITECTURE.md, "One build", can be held to it. Times that a template sets are not here.
 */
export const LIMITS = {
  /** In line for the limits of the deployment: long enough for any queue that still moves. */
  turn: { days: 7 },
  securityGroup: { minutes: 10 },
  network: { minutes: 10 },
  /** A submission's wait before a template is removed, its runs being canceled. */
  templateRemoval: { hours: 2 },
  /** Of an ISO: its download and check, and its installation. */
  fetchMedium: { hours: 3 },
  installSystem: { hours: 2 },
  systemDisk: { minutes: 10 },
  systemImage: { minutes: 30 },
  machine: { minutes: 20 },
  agent: { minutes: 20 },
  /** Of a machine made of a checkpoint: there is another way to make it. */
  resumedAgent: { minutes: 10 },
  machineRemoval: { minutes: 20 },
  /** The agent enforces a command's own time; this much more covers an agent that forgets to report. */
  reportOfCommand: { minutes: 5 },
  /** The same for one that takes seconds. */
  reportOfSmallCommand: { minutes: 1 },
  /** Of what is in the image: a real machine needs three seconds, an emulated or busy one several times as many. */
  listing: { minutes: 2 },
  /** For the removal of a command whose script runs still. */
  commandRemoval: { minutes: 3 },
  /** From the start of the deprovisioning script to the power-off. */
  powerOff: { minutes: 30 },
  /** For what a machine that did not power off can still say, and for its report. */
  diagnosis: { minutes: 1 },
  /** A machine writes down what it has in memory. */
  settling: { minutes: 2 },
  deallocate: { minutes: 30 },
  /** Snapshot, and disk, of a checkpoint. */
  checkpoint: { minutes: 10 },
  temporaryImage: { minutes: 30 },
  /** A whole look at the image beside its distribution, which may take longer. */
  look: { hours: 2 },
  /** Source of a redistribution, of a copy to another region, and managed images. */
  image: { hours: 1 },
  /** Also of the image that it refers to. */
  versionRemoval: { hours: 1 },
  snapshotCopy: { hours: 12 },
  vhdCopy: { hours: 24 },
  /** A ring over a long weekend. */
  approval: { hours: 96 },
  /** Time to see what went wrong and to retry. A deallocated machine costs its disk. */
  retryLease: { hours: 24 },
  /** Of the source while a retry uses it, so that the janitor does not take it. */
  retrying: { hours: 48 },
  cleanUp: { hours: 1 },
} as const satisfies Readonly<Record<string, Duration>>;
