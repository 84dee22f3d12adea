import type { GuestScript, Preparation } from '../guest/script.ts';
import type { OsType } from '../guest/os-type.ts';
import type { StepPlan } from '../model/plan.ts';
import type { Customizer } from '../model/template.ts';

export type StepType = Customizer['type'];

/** What a step needs from the store and the vault, fetched by the caller. */
export type StepContent = {
  /** The pinned copy of its script or file. Absent for inline scripts and for files that the machine fetches. */
  readonly bytes?: Uint8Array;
  /** Where the machine fetches a large file: a secret. */
  readonly url?: string;
  /** Values by variable. */
  readonly secrets: Readonly<Record<string, string>>;
  /** What the request of the run adds to the environment of scripts. */
  readonly parameters?: Readonly<Record<string, string>>;
};

export type Rendering = {
  readonly templateName: string;
  /** Set for the first script of a build: what it does for the machine first (prepare.ts), and how long it may wait. */
  readonly prepare?: Preparation;
  readonly osType: OsType;
  readonly content: StepContent;
};

/** What the orchestrator has to know of a step beside its place and name. */
export type StepShape = Omit<StepPlan, 'index' | 'name' | 'phase' | 'machine' | 'log'>;

/**
 * One kind of step, in one file: its schema is beside it, and all.ts registers both. A field or kind that official
 * api-versions do not have says `since` in its schema, and is absent from every older version then.
 */
export type StepKind<Wire, Step> = {
  /** The system that it runs on. Absent: both. */
  readonly system?: OsType;
  /** The valid wire form with every default filled in. */
  readonly toStep: (wire: Wire, name: string) => Step;
  /** A step without a time-out of its own may take what the build may take, `buildSeconds`. */
  readonly plan: (step: Step, buildSeconds: number) => StepShape;
  /** The script that is the step. Absent: it is more than one, and its orchestrator asks for each. */
  readonly render?: (step: Step, rendering: Rendering) => GuestScript;
};
