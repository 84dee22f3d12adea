import type { PurchasePlan, ResourceId, TargetRegion } from '../model/template.ts';
import type { Catalogue } from './catalogue.ts';
import type { Permission } from '../model/rights.ts';
import type { Identities } from './identities.ts';
import type { Definition, MachineImage, MarketplaceImage, SourceImage } from '../model/image-types.ts';

export type { Definition, MarketplaceImage, SourceImage } from '../model/image-types.ts';

/**
 * What Kiln asks of Azure, in its own words. Activities speak to these ports; the adapters beside this file are the
 * only code that sees an SDK type. Every method may throw KilnError with one of the Azure codes; methods that start
 * something answer with an operation to look at later and never wait themselves.
 */

/** A started long-running operation. Holds no secret. */
export type StartedOperation =
  | { readonly done: true }
  | {
      readonly done: false;
      readonly pollUrl: string;
      readonly retryAfterMs?: number;
      /** The wish was in milliseconds: that is when to look, and not merely the earliest moment. */
      readonly isExact?: true;
    };

export type Look = { readonly done: false; readonly retryAfterMs?: number } | { readonly done: true };
export type Tags = Readonly<Record<string, string>>;
export type Tag = { readonly name: string; readonly value: string };
export type Tagged = { readonly id: ResourceId; readonly tags: Tags };
export type TaggedGroup = {
  readonly name: string;
  readonly tags: Tags;
  /** `Deleting` while its deletion is under way. */
  readonly provisioningState: string;
};

export type GalleryVersion = {
  readonly name: string;
  readonly source?: string;
  readonly provisioningState: string;
  readonly tags: Tags;
  readonly excludeFromLatest: boolean;
  /** Regions that it was last asked for. */
  readonly targets: readonly string[];
  readonly regions: readonly {
    readonly region: string;
    readonly state: string;
    readonly details: string;
    /** Percent. */
    readonly progress?: number;
  }[];
};

export type MachineRequest = {
  readonly location: string;
  readonly tags: Tags;
  readonly vmSize: string;
  readonly osType: 'Linux' | 'Windows';
  readonly image: MachineImage;
  readonly plan?: PurchasePlan;
  readonly licenseType?: string;
  /** Attached when it comes up. Empty ones go with the machine, existing ones stay. */
  readonly dataDisks?: readonly (
    | { readonly lun: number; readonly sizeGB: number }
    | { readonly lun: number; readonly diskId: ResourceId }
  )[];
  /** 0: as large as the source. */
  readonly osDiskSizeGB: number;
  readonly subnetId: ResourceId;
  readonly identities: readonly ResourceId[];
  /** Absent: Standard. */
  readonly security?: 'Standard' | 'TrustedLaunch';
  /** A disk with a system that is there: it is the machine's own from then on, and `image` is not looked at. */
  readonly osDiskId?: ResourceId;
  /** The image keeps its accounts and name: Azure refuses to be told others. */
  readonly specialized?: true;
};

export type MachineView = {
  readonly provisioningState: string;
  readonly tags: Tags;
  readonly osDiskId?: ResourceId;
  readonly osDiskName?: string;
  /** `running`, `stopped`, `deallocated`, … without the `PowerState/` prefix. */
  readonly power?: string;
  readonly agent?: { readonly ready: boolean; readonly version: string; readonly reportedAt?: string };
  readonly retryAfterMs?: number;
};

export type CommandRequest = {
  readonly location: string;
  readonly tags: Tags;
  /** Inline up to 64 KiB; longer ones as a blob with its SAS (a secret), which the VM agent downloads. */
  readonly source: { readonly script: string } | { readonly scriptUri: string };
  /** Become environment variables; named only, because unnamed ones are spliced unquoted by the agent. */
  readonly parameters: Readonly<Record<string, string>>;
  readonly protectedParameters: Readonly<Record<string, string>>;
  readonly timeoutSeconds: number;
  readonly logs?: { readonly outputUrl: string; readonly errorUrl: string };
};

export type CommandView = {
  readonly provisioningState: string;
  readonly executionState: string;
  readonly exitCode?: number;
  readonly output: string;
  readonly error: string;
  readonly executionMessage: string;
  readonly startedAt?: Date;
  readonly endedAt?: Date;
  readonly retryAfterMs?: number;
};

export type VersionRequest = {
  readonly location: string;
  readonly tags: Tags;
  /** `imageId`: of a managed image or another version; the snapshot is of the system disk. Absent: the version is there. */
  readonly source?:
    | Record<'machineId', ResourceId>
    | Record<'imageId', ResourceId>
    | Record<'snapshotId', ResourceId>;
  readonly regions: readonly TargetRegion[];
  readonly excludeFromLatest: boolean;
  readonly replicationMode: 'Full' | 'Shallow';
  readonly endOfLife?: string;
  /** Let this request take regions away that have the version already. */
  readonly allowRemoval?: boolean;
};

export type ImageRequest = {
  readonly location: string;
  readonly tags: Tags;
  readonly generation: 'V1' | 'V2';
  readonly osType: 'Linux' | 'Windows';
  /** A generalized machine; or a disk or snapshot of one, in the region of the image. */
  readonly source:
    | { readonly machineId: ResourceId }
    | { readonly diskId: ResourceId }
    | { readonly snapshotId: ResourceId };
};

/** Azure for one subscription. */
export interface Azure {
  readonly operations: {
    /** One GET. Failure of the operation itself throws with Azure's code and message. */
    look(pollUrl: string): Promise<Look>;
  };
  readonly permissions: {
    /** What the identity of Kiln itself may do at a subscription or group; nothing where it may not ask, or where nothing is. */
    at(scope: string): Promise<readonly Permission[]>;
  };
  readonly groups: {
    get(name: string): Promise<(Omit<TaggedGroup, 'name'> & { readonly location: string }) | undefined>;
    put(name: string, location: string, tags: Tags): Promise<void>;
    startRemoval(name: string): Promise<StartedOperation>;
    /** Ids of everything in the group that carries the tag. */
    resources(name: string, tag: { readonly name: string; readonly value: string }): Promise<ResourceId[]>;
    /** Every group of the subscription that carries the tag. */
    list(tag: Tag): Promise<TaggedGroup[]>;
  };
  readonly resources: {
    /** Ids of the subscription's resources with the tag, without groups. */
    carrying(tag: Tag): Promise<ResourceId[]>;
    /** Resources of a type with their tags, of one group or of the whole subscription. */
    list(filter: { readonly type: string; readonly group?: string }): Promise<Tagged[]>;
    /** Replaces the tags of a resource of any type. Does not wait for the end of the update. */
    tag(id: ResourceId, tags: Tags): Promise<void>;
    startRemoval(id: ResourceId): Promise<StartedOperation>;
  };
  readonly network: {
    startSecurityGroup(group: string, name: string, location: string, tags: Tags): Promise<StartedOperation>;
    /** One virtual network with the subnet `build`, outbound only; isolated: not even that. */
    startNetwork(
      group: string,
      name: string,
      request: { location: string; tags: Tags; securityGroup: string; isolated: boolean },
    ): Promise<StartedOperation>;
  };
  readonly sources: {
    marketplaceVersions(location: string, publisher: string, offer: string, sku: string): Promise<string[]>;
    /** Of the publishers, of the offers of one, or of the SKUs of an offer; none where there is no such thing. */
    marketplaceNames(location: string, publisher?: string, offer?: string): Promise<string[]>;
    /** Names beside a managed image, a gallery image definition or a version, at most 500. */
    namesBeside(id: ResourceId): Promise<string[]>;
    marketplaceImage(
      location: string,
      publisher: string,
      offer: string,
      sku: string,
      version: string,
    ): Promise<MarketplaceImage | undefined>;
    managedImage(id: ResourceId): Promise<SourceImage | undefined>;
    /** `…/versions/latest` is resolved to the newest complete one in the region. */
    galleryVersion(id: ResourceId, location: string): Promise<SourceImage | undefined>;
    /** Whether somebody accepted the plan's terms in this subscription; undefined when that may not be read. */
    termsAccepted(plan: PurchasePlan): Promise<boolean | undefined>;
  };
  readonly catalogue: Catalogue;
  readonly identities: Identities;
  readonly machines: {
    get(group: string, name: string): Promise<MachineView | undefined>;
    /** Create only. When the name is taken: adopts it when its `kiln-run` tag is the same, throws NotOurs otherwise. */
    start(group: string, name: string, request: MachineRequest): Promise<StartedOperation>;
    startRemoval(group: string, name: string): Promise<StartedOperation>;
    startRestart(group: string, name: string): Promise<StartedOperation>;
    startDeallocate(group: string, name: string): Promise<StartedOperation>;
    generalize(group: string, name: string): Promise<void>;
    serialLog(group: string, name: string): Promise<string>;
  };
  readonly commands: {
    /** Undefined when there is no such command. */
    get(group: string, machine: string, name: string): Promise<CommandView | undefined>;
    start(group: string, machine: string, name: string, request: CommandRequest): Promise<StartedOperation>;
    /** Does not wait for the end of the removal. Absent is success. */
    remove(group: string, machine: string, name: string): Promise<StartedOperation>;
  };
  readonly images: {
    get(
      id: ResourceId,
    ): Promise<
      { readonly tags: Tags; readonly location: string; readonly provisioningState: string } | undefined
    >;
    start(id: ResourceId, request: ImageRequest): Promise<StartedOperation>;
    tag(id: ResourceId, tags: Tags): Promise<void>;
    startRemoval(id: ResourceId): Promise<StartedOperation>;
  };
  readonly snapshots: {
    /** An incremental one of a disk, in its region. */
    startSnapshot(
      id: ResourceId,
      request: { location: string; tags: Tags; diskId: ResourceId },
    ): Promise<StartedOperation>;
    /** Into another region. The copy goes on after the operation has ended. */
    startCopy(
      id: ResourceId,
      request: { location: string; tags: Tags; snapshotId: ResourceId },
    ): Promise<StartedOperation>;
    /** Undefined when there is no such snapshot. `reason`: the copy has failed. */
    copyProgress(id: ResourceId): Promise<{ readonly percent: number; readonly reason?: string } | undefined>;
  };
  readonly galleries: {
    definition(id: ResourceId): Promise<Definition | undefined>;
    versions(definition: ResourceId): Promise<GalleryVersion[]>;
    /** With replication status. */
    version(
      definition: ResourceId,
      name: string,
    ): Promise<(GalleryVersion & { readonly retryAfterMs?: number }) | undefined>;
    /**
     * The whole wish in one PUT. Adopts a version of the same run that is or becomes what is asked; changes one that
     * differs; throws NotOurs for another run's and AzureConflict while something else is at work on it.
     */
    startVersion(definition: ResourceId, name: string, request: VersionRequest): Promise<StartedOperation>;
    /** Deletes a version that carries the run's tag. Absent is success. */
    startVersionRemoval(definition: ResourceId, name: string, tags: Tags): Promise<StartedOperation>;
  };
  readonly disks: {
    /** An empty managed disk that is to hold a system. One that is there is adopted when it is this run's. */
    startEmpty(
      id: ResourceId,
      request: { location: string; tags: Tags; sizeGB: number; generation: 'V1' | 'V2' },
    ): Promise<StartedOperation>;
    startFromVersion(
      id: ResourceId,
      request: { location: string; tags: Tags; versionId: ResourceId },
    ): Promise<StartedOperation>;
    /** Of a system, with its own size, in the snapshot's region. */
    startFromSnapshot(
      id: ResourceId,
      request: { location: string; tags: Tags; snapshotId: ResourceId },
    ): Promise<StartedOperation>;
    startAccess(id: ResourceId, seconds: number): Promise<StartedOperation>;
    /** The SAS of a finished access operation: a secret, never leaves the activity. */
    accessUrl(id: ResourceId, operation: StartedOperation): Promise<string>;
    /** Takes every SAS back. Absent disk or no SAS is success. */
    revokeAccess(id: ResourceId): Promise<void>;
  };
}
