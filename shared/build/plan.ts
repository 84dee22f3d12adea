import type { Phase, Timestamp } from '../store/documents.ts';
import type {
  PurchasePlan,
  Region,
  ResourceId,
  RunId,
  TargetRegion,
  TemplateRef,
  Versioning,
} from '../template/model.ts';

/** Names one run of one revision; every activity of a build carries it. */
export type RunContext = { readonly ref: TemplateRef; readonly runId: RunId; readonly revision: number };

/** The source as Azure confirmed it: exact, with what the build VM and the targets must agree on. */
export type ResolvedSource = {
  readonly image:
    | {
        readonly kind: 'marketplace';
        readonly publisher: string;
        readonly offer: string;
        readonly sku: string;
        readonly version: string;
      }
    | { readonly kind: 'resource'; readonly id: ResourceId };
  readonly generation: 'V1' | 'V2';
  readonly osType: 'Linux' | 'Windows';
  readonly architecture: 'x64' | 'Arm64';
  readonly plan?: PurchasePlan;
  /** What people should know although the build goes on: the image is about to be deprecated. */
  readonly warning?: string;
  /** For people and provenance: `Debian:debian-12:12-gen2:12.20261123.0`. */
  readonly description: string;
};

/** One customizer or validator as the orchestrator sees it: no script text, so that history stays small. */
export type StepPlan = {
  /** From 0, over customizers, then validators. */
  readonly index: number;
  readonly name: string;
  readonly kind: 'command' | 'restart';
  readonly phase: Extract<Phase, 'customize' | 'validate'>;
  /** Blob name of the log without its `.out`/`.err` ending, for example `03-install-nginx`. */
  readonly log: string;
  readonly timeoutSeconds: number;
};

type TargetBase = { readonly index: number; readonly runOutputName: string };

export type TargetPlan =
  | (TargetBase & { readonly type: 'ManagedImage'; readonly imageId: ResourceId; readonly location: Region })
  | (TargetBase & {
      readonly type: 'SharedImage';
      readonly galleryImageId: ResourceId;
      readonly regions: readonly TargetRegion[];
      readonly excludeFromLatest: boolean;
      readonly versioning: Versioning;
      /** What a version may be made from; decided by the definition's security type. */
      readonly versionSource: 'machine' | 'image';
    })
  | (TargetBase & { readonly type: 'VHD'; readonly uri: string });

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
  readonly source: ResolvedSource;
  /** In order of preference; the next one is tried when Azure has no capacity. */
  readonly vmSizes: readonly string[];
  readonly osDiskSizeGB: number;
  readonly steps: readonly StepPlan[];
  readonly targets: readonly TargetPlan[];
  /** End of buildTimeoutInMinutes; distribution has its own deadline. */
  readonly deadline: Timestamp;
};

/** What `capture` hands to `distribute`. */
export type Captured = {
  readonly machineId: ResourceId;
  readonly osDiskId: ResourceId;
  /** Temporary managed image in the staging group, when a target cannot take the machine. */
  readonly imageId?: ResourceId;
};
