/**
 * The internal model of an image template: what every api-version is parsed into and the only shape the rest of the
 * product knows. Defaults are filled in, legacy spellings are gone. Facts: Azure VM Image Builder template reference,
 * https://learn.microsoft.com/azure/virtual-machines/linux/image-builder-json
 */

import type { Check, VulnerabilityGate } from './proof-wishes.ts';

declare const brand: unique symbol;
type Brand<T, Name extends string> = T & { readonly [brand]: Name };

/** Full ARM id, as given. Compare with `sameResource`, never with `===`: ARM ids ignore case. */
export type ResourceId = Brand<string, 'ResourceId'>;
/** Azure region in its canonical form: lower case, no spaces. */
export type Region = Brand<string, 'Region'>;
/** 64 lower-case hexadecimal digits. */
export type Sha256 = Brand<string, 'Sha256'>;
/** Three dot-separated non-negative 32-bit integers. */
export type ImageVersion = Brand<string, 'ImageVersion'>;
/** One execution of a template: a lower-case GUID; also the id of its orchestration instance. */
export type RunId = Brand<string, 'RunId'>;

/** Where a template lives. Each part keeps the caller's spelling; keys are made by `templateKey`. */
export type TemplateRef = {
  readonly subscriptionId: string;
  readonly resourceGroup: string;
  readonly name: string;
};

export type PurchasePlan = {
  readonly planName: string;
  readonly planProduct: string;
  readonly planPublisher: string;
};

export type Source =
  | {
      readonly type: 'PlatformImage';
      readonly publisher: string;
      readonly offer: string;
      readonly sku: string;
      /** `latest` or an exact version. */
      readonly version: string;
      readonly plan?: PurchasePlan;
    }
  | { readonly type: 'ManagedImage'; readonly imageId: ResourceId }
  | { readonly type: 'SharedImageVersion'; readonly imageVersionId: ResourceId }
  | { readonly type: 'ISO'; readonly sourceUri: string; readonly sha256: Sha256 };

/** A text or file as the template names it. After submission `sha256` is always known and the copy is pinned by it. */
export type ScriptSource =
  | { readonly kind: 'inline'; readonly lines: readonly string[] }
  | { readonly kind: 'uri'; readonly uri: string; readonly sha256?: Sha256 };

/** The machine as it is after a customizer may be kept, for later builds to begin with. */
export type CheckpointWish = {
  readonly days: number;
  /** Also where steps before have had secrets, which may be on the disk. */
  readonly afterSecrets?: true;
};
/** Absent: nothing is kept. */
export type Checkpointed = { readonly checkpoint?: CheckpointWish };

/** What api-version 2026-11-01 adds to a step. Absent: as Azure VM Image Builder does it. */
export type StepOptions = {
  /** Absent: what is left of the build. */
  readonly timeoutSeconds?: number;
  readonly retry?: { readonly attempts: number; readonly pauseSeconds: number };
  /** Command of the machine's shell; the step is skipped unless it ends with 0. */
  readonly runIf?: string;
} & Checkpointed;

export type ScriptOptions = StepOptions & {
  readonly arguments?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  /** Ids of Key Vault secrets by the variable that gets their value. */
  readonly secrets?: Readonly<Record<string, string>>;
};

export type Customizer =
  | (ScriptOptions & {
      readonly type: 'Shell';
      readonly name: string;
      readonly script: ScriptSource;
      /** Account that it runs as. Absent: root. */
      readonly runAs?: string;
    })
  | (ScriptOptions & {
      readonly type: 'PowerShell';
      readonly name: string;
      readonly script: ScriptSource;
      readonly runElevated: boolean;
      readonly runAsSystem: boolean;
      readonly validExitCodes: readonly number[];
    })
  | (StepOptions & {
      readonly type: 'File';
      readonly name: string;
      readonly sourceUri: string;
      readonly sha256?: Sha256;
      readonly destination: string;
      /** Octal, for example `0755`. Absent: 0644. Linux only. */
      readonly mode?: string;
    })
  | {
      readonly type: 'WindowsRestart';
      readonly name: string;
      readonly restartCommand: string;
      readonly restartCheckCommand: string;
      /** Seconds. */
      readonly restartTimeout: number;
    }
  | {
      readonly type: 'WindowsUpdate';
      readonly name: string;
      readonly searchCriteria: string;
      readonly filters: readonly string[];
      readonly updateLimit: number;
    }
  | (Checkpointed & {
      readonly type: 'LinuxRestart';
      readonly name: string;
      /** Seconds. */
      readonly restartTimeout: number;
    });

/** A step that runs on the finished image; nothing it does becomes part of the image. */
export type Validator = Extract<Customizer, { type: 'Shell' | 'PowerShell' | 'File' }>;

export type Validation = {
  /** Absent: nothing is looked up. */
  readonly vulnerabilities?: VulnerabilityGate;
  /** Absent: none. */
  readonly checks?: readonly Check[];
  /** Absent: as `hygieneByDefault` of the template. */
  readonly hygiene?: 'off' | 'warn' | 'fail';
  /** Distribute even when a validator fails; the run is failed all the same. */
  readonly continueDistributeOnFailure: boolean;
  /** Validate the source as it is and build nothing. */
  readonly sourceValidationOnly: boolean;
  readonly validators: readonly Validator[];
};

export type Optimization = {
  readonly vmBoot: boolean;
  readonly workload?: ScriptSource;
};

export type TargetRegion = {
  readonly name: Region;
  readonly replicaCount: number;
  readonly storageAccountType: 'Standard_LRS' | 'Standard_ZRS' | 'Premium_LRS';
};

export type Versioning =
  | { readonly scheme: 'Latest'; /** -1: any major. */ readonly major: number }
  | { readonly scheme: 'Source' }
  | { readonly scheme: 'Timestamp' }
  | { readonly scheme: 'Exact'; readonly version: ImageVersion };

/** Regions that get the image together, and what has to be right before the next ring begins. */
export type Ring = {
  readonly regions: readonly Region[];
  /** Boot a VM from the version in each of the regions, and run the validators in it. */
  readonly smokeBoot: boolean;
  /** Wait until somebody approves. */
  readonly approval: boolean;
};

/** When `latest` may resolve to a new version. Rings are counted from 1. `AtOnce`: in each region as soon as it is there. */
export type Promotion =
  | { readonly rule: 'AtOnce' }
  | { readonly rule: 'AllRegions' }
  | { readonly rule: 'Quorum'; readonly regions: number }
  | { readonly rule: 'Ring'; readonly ring: number };

type TargetBase = { readonly runOutputName: string; readonly artifactTags: Readonly<Record<string, string>> };

export type Distributor =
  | (TargetBase & {
      readonly type: 'ManagedImage';
      readonly imageId: ResourceId;
      readonly location: Region;
      /** Replace an image of that name whoever made it. Absent: only what this template made. */
      readonly replace?: true;
    })
  | (TargetBase & {
      readonly type: 'SharedImage';
      /** Id of the gallery image definition, without a version. */
      readonly galleryImageId: ResourceId;
      readonly targetRegions: readonly TargetRegion[];
      readonly excludeFromLatest: boolean;
      readonly versioning: Versioning;
      readonly replicationMode: 'Full' | 'Shallow';
      /** In order; every target region is in one of them. One ring with all regions unless the template says more. */
      readonly rings: readonly Ring[];
      readonly promotion: Promotion;
      /** Seconds that a region may take, counted from the start of the distribution. */
      readonly regionTimeout: number;
      /** ISO 8601 in UTC, or days from the build. */
      readonly endOfLife?: string | number;
    })
  | (TargetBase & {
      readonly type: 'VHD';
      /** Empty: the storage account of Kiln. */
      readonly uri: string;
      /** More blobs that get the same bytes, in other accounts or regions. */
      readonly copies: readonly string[];
    });

export type VmProfile = {
  /** Empty: the default of the image's generation. */
  readonly vmSize: string;
  /** 0: the size of the source. */
  readonly osDiskSizeGB: number;
  readonly userAssignedIdentities: readonly ResourceId[];
  readonly subnetId?: ResourceId;
};

export type ErrorHandling = {
  readonly onCustomizerError: 'cleanup' | 'abort';
  readonly onValidationError: 'cleanup' | 'abort';
  /** Minutes that a kept VM may stay. */
  readonly leaseMinutes: number;
};

/** When a template is built again by itself. */
export type RefreshPolicy = {
  /** When it is looked at; absent: every hour. */
  readonly schedule?: { readonly cron: string; /** IANA name. */ readonly timeZone: string };
  readonly onSourceUpdate: boolean;
  readonly onScriptChange: boolean;
  /** Built again at this age though nothing has changed. */
  readonly maximumAgeInDays?: number;
  readonly disableAfterFailures: number;
};

export type TemplateProperties = {
  readonly source: Source;
  readonly customize: readonly Customizer[];
  /** Absent: nothing is validated. */
  readonly validate?: Validation;
  /** Absent: nothing is optimized. */
  readonly optimize?: Optimization;
  readonly distribute: readonly Distributor[];
  /** Minutes; never 0 here: the default of 240 is filled in. */
  readonly buildTimeoutInMinutes: number;
  readonly vmProfile: VmProfile;
  readonly errorHandling: ErrorHandling;
  readonly stagingResourceGroup?: ResourceId;
  readonly managedResourceTags: Readonly<Record<string, string>>;
  /** False: what is in the image is not listed. Absent: it is. */
  readonly inventory?: false;
  /** By the api-version that wrote it. Absent in templates of before: `warn`, where a machine boots the image anyway. */
  readonly hygieneByDefault?: 'warn' | 'fail';
  /** False: the image does not say in itself what it was made of. Absent: it does. */
  readonly history?: false;
  /** Absent: never. */
  readonly refresh?: RefreshPolicy;
  /** Messages in the queue may ask for runs. Absent: only where a rule of the access policy says so. */
  readonly buildRequests?: {
    /** Names that a request may give values to. */ readonly parameters: readonly string[];
  };
  /** Start a run when the template was submitted. Absent: no. */
  readonly autoRun?: boolean;
  /** Sizes in GB of empty data disks that become part of the image. Absent: none. */
  readonly additionalDataDisks?: readonly number[];
};

/** One immutable revision of a template. */
export type ImageTemplate = {
  readonly ref: TemplateRef;
  readonly location: Region;
  readonly tags: Readonly<Record<string, string>>;
  readonly identities: readonly ResourceId[];
  readonly properties: TemplateProperties;
};
