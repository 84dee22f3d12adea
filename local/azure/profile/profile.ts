import type { Architecture, LocalImage } from '../../machines/machine.ts';
import type { ScriptedOutcomes } from '../../machines/simulated/script.ts';

/** Which calls a fault meets. All given members must match; names compare without case. */
export type FaultMatch = {
  /** OpenAPI operation id, for example `VirtualMachines_CreateOrUpdate`. */
  readonly operation?: string;
  readonly method?: string;
  /** Path with `*` for any characters, for example `*` + `/virtualMachines/*`. */
  readonly path?: string;
};

export type FaultEffect = 'stuck' | 'agent-never-ready' | 'evict';

export type Fault = {
  readonly match: FaultMatch;
  /** Which of the matching calls, counted from 1; default the first. `"all"`: each of them. */
  readonly calls?: readonly number[] | 'all';
  /** The call is refused with this answer and does nothing. */
  readonly answer?: {
    readonly status: number;
    readonly code: string;
    readonly message: string;
    readonly headers?: Readonly<Record<string, string>>;
  };
  /** The call is accepted and its operation fails. */
  readonly failOperation?: { readonly code: string; readonly message: string };
  /** `stuck`: a run command or region never ends; `agent-never-ready`, `evict`: for a VM PUT. */
  readonly effect?: FaultEffect;
};

export type RegionProfile = {
  /** Azure seconds until an image version is replicated there. */
  readonly seconds?: number;
  /** How many image versions fail there before one succeeds. */
  readonly failTimes?: number;
  /** Such a failure also fails the operation of the image version, late, as the service often does. */
  readonly failsVersion?: boolean;
  /** Replication stays at Replicating for ever. */
  readonly stuck?: boolean;
};

export type Size = {
  readonly name: string;
  readonly family: string;
  readonly vCpus: number;
  readonly memoryGiB: number;
  /** As in the SKU's capability: `V1`, `V2` or `V1,V2`. */
  readonly generations: string;
  readonly architecture: Architecture;
  readonly trustedLaunchDisabled?: boolean;
  readonly diskControllers?: string;
  /** Regions where the subscription may not use it. */
  readonly restrictedIn?: readonly string[];
  /** Availability zones where it may not be used, in every region: no hindrance for a machine without a zone. */
  readonly restrictedZones?: readonly string[];
};

/** A limit of the service on calls of one kind; what is above it gets a 429 that says when to come back. */
export type Throttle = {
  readonly match: FaultMatch;
  /** So many calls in each window. */
  readonly calls: number;
  /** Azure seconds. */
  readonly seconds: number;
  /** Azure seconds that the refusal asks to wait; default: to the end of the window. */
  readonly retryAfterSeconds?: number;
};

/** A limit of Azure's own on requests; `local/PROFILE.md` tells how it refuses. */
export type Bucket = {
  /** As the header of an answer names it. */
  readonly name: string;
  /** OpenAPI ids of the requests that take from it; or, for ARM's own, their methods. */
  readonly operations?: readonly string[];
  readonly methods?: readonly string[];
  /** So many when it is full. */
  readonly calls: number;
  /** Azure seconds from empty to full. */
  readonly seconds: number;
  /** Each has one of its own. Absent: each subscription. */
  readonly per?: 'machine' | 'operation';
};

export type AllocationFailure = { readonly size: string; readonly code: string; readonly times: number };

/** What makes this cloud slow, small or broken. Documented in local/PROFILE.md. */
export type Profile = {
  /** Azure seconds are divided by it. */
  readonly timeCompression: number;
  /**
   * What the agent keeps of a stream: more than so many MiB within so many seconds, and the log of the command ends there. Real seconds.
   * `mebibytes` 0: as much as it likes.
   */
  readonly outputRate: { readonly mebibytes: number; readonly seconds: number };
  readonly retryAfter: { readonly seconds: number; readonly milliseconds: number };
  /** Azure seconds by OpenAPI operation id; `default` for the rest. */
  readonly latencySeconds: Readonly<Record<string, number>>;
  readonly replication: {
    readonly seconds: number;
    /** How far regions are apart: 0.25 lets each take 0.75 to 1.25 times `seconds`, always the same. */
    readonly spread: number;
    readonly regions: Readonly<Record<string, RegionProfile>>;
  };
  readonly throttling: readonly Throttle[];
  readonly buckets: readonly Bucket[];
  readonly allocationFailures: readonly AllocationFailure[];
  readonly faults: readonly Fault[];
  /** Further subscriptions of the tenant, by lower-case id: sources may be in another one than the build. */
  readonly subscriptions: readonly string[];
  readonly locations: readonly string[];
  readonly sizes: readonly Size[];
  readonly coreQuota: number;
  /** Other than `coreQuota`: vCPUs by the name of a region or of a family of sizes. */
  readonly coreQuotas: Readonly<Record<string, number>>;
  /** Gen2 machines that do not say their security type get trusted launch, as in a subscription with that feature. */
  readonly trustedLaunchByDefault: boolean;
  /** Upper bounds of a local machine, whatever the VM size says: the host is small. */
  readonly machines: { readonly maxCpus: number; readonly maxMemoryMiB: number };
  /** The `roles` claim of tokens. */
  readonly roles: readonly string[];
  readonly simulated: {
    /** Real seconds. */
    readonly bootSeconds: number;
    readonly scriptSeconds: number;
    readonly powerOffSeconds: number;
    /** Regular expression; a script that contains it powers its machine off after it ended. */
    readonly powerOffPattern: string;
    /** What every sysprep of a Windows machine writes to its setuperr.log before it fails. Absent: it works. */
    readonly sysprepFails?: string;
    readonly images: readonly LocalImage[];
    /** Outcomes of scripts that cannot say themselves how they go, such as those that Kiln writes. */
    readonly outcomes: readonly ScriptedOutcomes[];
  };
};
