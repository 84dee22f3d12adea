import type { MachineImage } from './image-types.ts';
import type { Phase } from './phase.ts';
import type { Timestamp } from './timestamp.ts';
import type {
  Promotion,
  PurchasePlan,
  Region,
  ResourceId,
  Ring,
  RunId,
  Sha256,
  TargetRegion,
  TemplateRef,
  Versioning,
} from './template.ts';

/** Names one run of one revision; every activity of a build carries it. */
export type RunContext = { readonly ref: TemplateRef; readonly runId: RunId; readonly revision: number };

/** The source as Azure confirmed it: exact, with what the build VM and the targets must agree on. */
export type ResolvedSource = {
  readonly image:
    | MachineImage
    /** Becomes an image of the staging group before the build VM is made. */
    | { readonly kind: 'iso'; readonly sha256: Sha256 };
  readonly generation: 'V1' | 'V2';
  readonly osType: 'Linux' | 'Windows';
  readonly architecture: 'x64' | 'Arm64';
  readonly plan?: PurchasePlan;
  /** Of the gallery definition that a source version belongs to; absent for Standard and for other sources. */
  readonly securityType?: string;
  /** LUNs that the image's own data disks take. Absent: it has none. */
  readonly dataDiskLuns?: readonly number[];
  /** GB of its system disk. Absent: the image does not say. */
  readonly osDiskGB?: number;
  /** What people should know although the build goes on: the image is about to be deprecated. */
  readonly warning?: string;
  /** What the build VM is licensed as: https://learn.microsoft.com/azure/virtual-machines/workloads/redhat/byos */
  readonly licenseType?: 'RHEL_BYOS';
  /** For people and provenance: `Debian:debian-12:12-gen2:12.20261123.0`. */
  readonly description: string;
};

/** Boots a gallery version in a region of a ring: `smoke-<target>-<region>`, in a later attempt with its number behind. */
export type SmokeMachine = `smoke-${string}`;
/** The VMs of a run, by their Azure name: one installs an ISO, one is built on, one proves the image, and some a version. */
export type MachineName = 'install' | 'build' | 'validate' | SmokeMachine;

/** How the system of an ISO gets onto a disk: by a helper VM. */
export type InstallPlan = {
  readonly image: MachineImage;
  readonly plan?: PurchasePlan;
  readonly vmSizes: readonly string[];
  readonly systemDiskGB: number;
  readonly mediumDiskGB: number;
};

/** One customizer or validator as the orchestrator sees it: no script text, so that history stays small. */
export type StepPlan = {
  /** From 0, over customizers, then validators. */
  readonly index: number;
  readonly name: string;
  readonly kind: 'command' | 'restart' | 'windows-update';
  /** `distribute`: a validator in a smoke boot. */
  readonly phase: Extract<Phase, 'customize' | 'validate' | 'distribute'>;
  readonly machine: MachineName;
  /** Blob name of the log without its `.out`/`.err` ending, for example `03-install-nginx`. */
  readonly log: string;
  readonly timeoutSeconds: number;
  /** Restarted by a command of the template's instead of Azure. */
  readonly ownCommand?: boolean;
  /** After a restart, a command of the template's says when the machine is ready. */
  readonly ownCheck?: boolean;
  /** Exit codes that count as success. Absent: 0 alone. */
  readonly validExitCodes?: readonly number[];
  /** Times that a failing step is started, with the pause in between. Absent: once. */
  readonly retry?: { readonly attempts: number; readonly pauseSeconds: number };
};

/**
 * Consecutive steps that one run command carries out, each with its own log, exit code and lines in the timeline (ADR 55).
 * All of them are on one machine, in one phase.
 */
export type StepBatch = {
  /** Index of the first step. */
  readonly first: number;
  readonly count: number;
  /** What is in the machine is listed after the last of them, in the same command. */
  readonly listing?: true;
};

/** One managed run command: a step, or something that Kiln itself wants to know of the machine. */
export type CommandPlan = {
  readonly machine: MachineName;
  /** Name of the run command; another attempt has another name, so that it never adopts an old result. */
  readonly name: string;
  readonly log: string;
  /** For messages: `Customizer "nginx"`. Absent: its log names it. */
  readonly label?: string;
  readonly timeoutSeconds: number;
  readonly script:
    | { readonly kind: 'step'; readonly index: number }
    | ({
        readonly kind: 'batch';
        readonly index: number;
        /** When it was asked for: none of its steps ended before. */
        readonly startedAt: Timestamp;
      } & Omit<StepBatch, 'first'>)
    | { readonly kind: 'restart-command'; readonly index: number }
    | { readonly kind: 'restart-check'; readonly index: number }
    | { readonly kind: 'fetch-medium' }
    | { readonly kind: 'install-system' }
    | { readonly kind: 'boot-mark' }
    | { readonly kind: 'inventory' }
    | { readonly kind: 'checks' }
    | { readonly kind: 'settle' }
    | { readonly kind: 'hygiene' }
    | { readonly kind: 'diagnose' };
};

/**
 * Where validators run: in a new VM made from the captured image, as Azure VM Image Builder does; in one made from the
 * `source` when nothing is built; in the `build` VM when no VM can be made of what is captured (specialized images).
 */
export type ValidationPlan = {
  readonly on: 'image' | 'source' | 'build';
  readonly continueOnFailure: boolean;
  /** Before the validators. Absent: none, as in builds of before there were checks. */
  readonly checks?: true;
  /** First of all, in a machine that nothing has touched yet; only where one boots the image. */
  readonly hygiene?: 'warn' | 'fail';
};

/** What of the build machine is kept for later builds, and what it begins with. Only in plans of templates that mark steps. */
export type CheckpointPlan = {
  /** Group of this run alone, in which its checkpoints stay until `expires`. */
  readonly group: string;
  /** Those that a machine has from `from` are made only when none comes of it. */
  readonly keep: readonly { /** Index of the customizer. */ readonly after: number; readonly key: string }[];
  readonly expires: Timestamp;
  /** Absent: the machine is made of the source. */
  readonly from?: {
    readonly after: number;
    readonly key: string;
    readonly snapshotId: ResourceId;
    readonly runId: RunId;
    readonly savedAt: Timestamp;
    /** That its steps took. */
    readonly seconds: number;
  };
};

/** A VM outside of the build: it has a network of its own unless the plan names a subnet. */
export type SmokePlan = {
  readonly machine: SmokeMachine;
  /** Nothing goes out of the network: the team's own, with its rules, is in another region. */
  readonly isolated: boolean;
};

/** After which failures the VMs stay, and for how long. */
export type KeepPlan = {
  readonly customize: boolean;
  readonly validate: boolean;
  readonly leaseMinutes: number;
};

type TargetBase = {
  readonly index: number;
  readonly runOutputName: string;
  readonly artifactTags: Readonly<Record<string, string>>;
};

export type TargetPlan =
  | (TargetBase & {
      readonly type: 'ManagedImage';
      readonly imageId: ResourceId;
      readonly location: Region;
      readonly replace?: true;
    })
  | (TargetBase & {
      readonly type: 'SharedImage';
      readonly galleryImageId: ResourceId;
      readonly regions: readonly TargetRegion[];
      readonly excludeFromLatest: boolean;
      readonly versioning: Versioning;
      /** Where the version is made of a copy of the disk. Absent: in the region of the build. */
      readonly home?: Region;
      /** What a version may be made from; decided by the definition's security type. */
      readonly versionSource: 'machine' | 'image';
      readonly replicationMode: 'Full' | 'Shallow';
      readonly rings: readonly Ring[];
      readonly promotion: Promotion;
      /** Seconds. */
      readonly regionTimeout: number;
      readonly endOfLife?: Timestamp;
    })
  | (TargetBase & { readonly type: 'VHD'; readonly uri: string; readonly copies: readonly string[] });

/**
 * Everything the phases after `resolve` need, as plain data. It is made once per run and never changes, so that a
 * replay and a retry see the same plan.
 */
export type BuildPlan = {
  readonly run: RunContext;
  readonly subscriptionId: string;
  readonly location: Region;
  readonly stagingGroup: string;
  /** True when the template names a group of the user's: it is emptied of our resources and kept. */
  readonly keepStagingGroup: boolean;
  readonly subnetId?: ResourceId;
  /** Only in the plan of a smoke boot; see `smokePlan`. */
  readonly smoke?: SmokePlan;
  readonly source: ResolvedSource;
  /** For ISO sources only. */
  readonly install?: InstallPlan;
  /** In order of preference; the next one is tried when Azure has no capacity. */
  readonly vmSizes: readonly string[];
  readonly osDiskSizeGB: number;
  /** Empty disks of the build VM beside those of the source; they become part of the image. Absent: none. */
  readonly dataDisks?: readonly { readonly lun: number; readonly sizeGB: number }[];
  /** What the build machine is, decided by the targets. */
  readonly security: 'Standard' | 'TrustedLaunch';
  readonly steps: readonly StepPlan[];
  /** Steps that share a command. Absent: none do, as in builds of before there were batches. */
  readonly batches?: readonly StepBatch[];
  /** Absent: nothing is kept, as in builds of before there were checkpoints. */
  readonly checkpoints?: CheckpointPlan;
  /** The image keeps its accounts and keys, because the gallery definition says so. Absent: it is generalized. */
  readonly specialized?: true;
  /** What is in the machine is listed before it is generalized. Absent: it is not, as in builds of before there was one. */
  readonly inventory?: true;
  /** What is known against the packages may stop the build. Absent: nobody asks. */
  readonly gate?: true;
  /** Watchers of regions are told which version they watch, no more. Absent: they have this plan, as in builds of before. */
  readonly brief?: true;
  /** Absent: nothing is validated. */
  readonly validation?: ValidationPlan;
  /** A machine boots the image beside its distribution, for hygiene alone. Absent: none, as in builds of before. */
  readonly look?: true;
  /** What smoke boots also look for, and what a finding does. Absent: nothing, as in builds of before. */
  readonly smokeHygiene?: 'warn' | 'fail';
  /** Absent: everything is removed whatever happens. */
  readonly keep?: KeepPlan;
  readonly targets: readonly TargetPlan[];
  /** End of buildTimeoutInMinutes; distribution has its own deadline. */
  readonly deadline: Timestamp;
};

/** What `capture` hands to `distribute`. */
export type Captured = {
  /** The generalized build VM; absent when only a gallery version of it is left. */
  readonly machineId?: ResourceId;
  readonly osDiskId?: ResourceId;
  /** Temporary managed image in the staging group, when a target cannot take the machine; or a gallery version. */
  readonly imageId?: ResourceId;
};
