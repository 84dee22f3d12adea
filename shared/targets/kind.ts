import type { Failure } from '../errors/failure.ts';
import type { Fit } from './fit.ts';
import type { MachineSecurity } from './security.ts';
import type { ResolvedSource, TargetPlan } from '../model/plan.ts';
import type { Problem } from '../model/problem.ts';
import type { Seen } from '../model/seen.ts';
import type { Distributor, Region, ResourceId, RunId, TemplateRef } from '../model/template.ts';
import type { Definition, Tags } from '../ports/azure.ts';

export type TargetType = Distributor['type'];
export type TargetOf<T extends TargetType> = Extract<Distributor, { type: T }>;
export type PlanOf<T extends TargetType> = Extract<TargetPlan, { type: T }>;

/** What every target has, filled in for all kinds alike. */
export type Common = Pick<Distributor, 'runOutputName' | 'artifactTags'>;
export type CommonPlan = Pick<TargetPlan, 'index' | 'runOutputName' | 'artifactTags'>;

/** Why, and what to do. */
export type Reason = readonly [why: string, remedy: string];

/** A region that a target names, and the field below it that does. */
export type Place = { readonly name: Region; readonly field: string };

/** What Kiln changes with its own rights: an ARM id, or the URL of a blob. */
export type Change = { readonly field: string; readonly id: string };

/** What has to be looked at in Azure before it can be said whether a target can be written. */
export type Reads = {
  readonly definition?: ResourceId;
  /** A managed image, and the group that it is in. */
  readonly image?: ResourceId;
  /** A version that must not be there yet. */
  readonly version?: string;
};

type ByKey<T> = ReadonlyMap<string, T>;

/** What a plan is made from. */
export type PlanWorld = Pick<Fit, 'definitions' | 'now' | 'template'>;

/** What was read: each by its id in lower case. */
export type Around = {
  readonly ref: TemplateRef;
  /** Absent at a submission. */
  readonly runId?: RunId;
  readonly groups: ByKey<Seen<true>>;
  readonly images: ByKey<Seen<{ readonly tags: Tags }>>;
  readonly versions: ByKey<Seen<{ readonly tags: Tags }>>;
  readonly definitions: ByKey<Definition>;
  readonly refusals: readonly Failure[];
};

/** What the build machine is, which all targets of a template have decided together. */
export type Built = { readonly security: MachineSecurity; readonly specialized: boolean };

/** Whether the image is specialized, and what is to be said of the target beside one that is. */
export type OsState = { readonly specialized: boolean; readonly clash: string };

/** The author's own words for a target, for pointers into them; empty when they are not at hand. */
export type Authored = Readonly<Record<string, unknown>>;

/**
 * One kind of target, in one file or folder: its schema is beside it, and all.ts registers both. Pure: what it says is said at
 * the submission, before a run and before a later distribution alike. What carries it out is an orchestrator of its own.
 */
export type TargetKind<Wire, Target, Plan> = {
  /** The valid wire form with every default filled in. `location`: of the template. */
  readonly toTarget: (wire: Wire, common: Common, location: Region) => Target;
  /** With everything decided that its distribution needs. */
  readonly plan: (target: Target, common: CommonPlan, world: PlanWorld) => Plan;
  /** Id of what it is written to; empty where Azure Resource Manager knows none. */
  readonly idOf: (target: Target) => string;
  readonly changes: (target: Target | Plan) => readonly Change[];
  /** Regions that it names. `location`, that of the template, is checked by itself. */
  readonly places: (target: Target, location: Region, authored: Authored) => readonly Place[];
  /** Tags that Kiln sets on the artifact; undefined where an artifact has none. */
  readonly ownTags: (source: ResolvedSource | undefined) => readonly string[] | undefined;
  readonly reads: (target: Target) => Reads;
  /** What stands in the way in Azure, apart from what the source has to do with it. `pointer`: of the target. */
  readonly obstacles: (
    target: Target,
    around: Around,
    at: { readonly pointer: string; readonly authored: Authored },
  ) => readonly Problem[];
  /** Why it cannot hold what is built. */
  readonly misfits: (target: Target, fit: Fit, built: Built) => readonly Reason[];
  /** What the build machine has to be, and who wants it so. Undefined: either will do. */
  readonly security: (target: Target, definitions: Fit['definitions']) => MachineSecurity | undefined;
  /** What messages call whoever takes the machine. */
  readonly taker: string;
  /** Undefined: either will do. */
  readonly osState: (target: Target, definitions: Fit['definitions']) => OsState | undefined;
  /** Where it is made, if that can be another region than the build's, and what messages call it there. */
  readonly home: (plan: Plan) => { readonly region: Region; readonly what: string } | undefined;
};
