/**
 * What the VM agent is asked to run: a script, and values that reach it as named parameters, never as text of the
 * script. On Linux they are environment variables; on Windows they are parameters of the script, and anything but
 * letters and digits travels as Base64.
 */
export type GuestScript = {
  readonly text: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Sent as protected parameters: Azure encrypts them and shows them to nobody. Absent: none. */
  readonly secrets?: Readonly<Record<string, string>>;
  /** What people shall know of it, for the timeline. Absent: nothing. */
  readonly notes?: readonly string[];
};

/** What the first script of a build does for the machine before its own work (prepare.ts). */
export type Preparation = {
  readonly waitSeconds: number;
  /** What the source brought along is listed, for the inventory to be compared with. Linux only. */
  readonly listSource?: boolean;
  /** The machine was made of a checkpoint: it becomes one of its own first. Linux only. */
  readonly resumes?: boolean;
};

/** What a step brings along beside its script. */
export type StepValues = {
  readonly arguments: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** Variables of the request that the run answers; the template's own win. */
  readonly parameters?: Readonly<Record<string, string>>;
  /** Values by the name of their variable; never part of a text. */
  readonly secrets: Readonly<Record<string, string>>;
  /** Command that decides whether the step runs. */
  readonly runIf?: string;
  /** Account that the script runs as. Absent: root. Linux only. */
  readonly runAs?: string;
  readonly prepare?: Preparation;
};

export const NO_VALUES: StepValues = { arguments: [], environment: {}, secrets: {} };

/** How a script says that its condition did not hold: both the code and the words, so that no step says it by chance. */
export const SKIPPED_EXIT_CODE = 213;
export const SKIPPED_WORDS = 'kiln: skipped, because the condition runIf does not hold.';
