import type { OrchestrationContext, Task } from 'durable-functions';
import type { Recording } from '../../../local/durable/export.ts';
import type {
  ActivityName,
  Input,
  OrchestrationName,
  Orchestrations,
  Output,
} from '../../../functions/contract.ts';

export type Orchestrator = (context: OrchestrationContext) => Generator<Task, unknown, unknown>;

/** One call of an activity or of a sub-orchestration that is stood in for. */
export type Call = {
  readonly name: string;
  readonly instance: string;
  readonly input: any;
  /** From 0, among the calls of the same name. */
  readonly nth: number;
  /** Milliseconds since the start. */
  readonly at: number;
};

/** What a stand-in, or a hook, may do to the engine while an orchestration is under way. */
export type Control = {
  /** Milliseconds since the start. */
  now(): number;
  /** To the orchestration that was started, unless another instance is named. */
  raise(name: string, data?: unknown, instance?: string): void;
  /** As the HTTP API of the extension does it: the orchestrator does not notice. */
  terminate(reason: string, instance?: string): void;
  /** The calls so far. */
  readonly calls: readonly Call[];
};

/** Answers as the activity itself does: the value, or a KilnError, which arrives as a Result. Any other error is a crash. */
export type Activities = {
  readonly [Name in ActivityName]?: (
    input: Input<Name>,
    call: Call,
    control: Control,
  ) => Output<Name> | Promise<Output<Name>>;
};

export type SubOrchestrators = {
  readonly [Name in OrchestrationName]?: (
    input: Orchestrations[Name][0],
    call: Call,
    control: Control,
  ) => Orchestrations[Name][1] | Promise<Orchestrations[Name][1]>;
};

export type Scene = {
  readonly input?: unknown;
  readonly instanceId?: string;
  /** An activity that is called and stands not here fails the test with its name. */
  readonly activities: Activities;
  /** Raised at a time, in milliseconds since the start. */
  readonly events?: readonly {
    readonly at: number;
    readonly name: string;
    readonly data?: unknown;
    readonly instance?: string;
  }[];
  /** Stand-ins; those that stand not here are the real ones and run in the same engine. */
  readonly subOrchestrators?: SubOrchestrators;
  /** Orchestrators beside those of the app, by name. */
  readonly more?: Readonly<Record<string, Orchestrator>>;
  /** Before each call of a stand-in; what it throws is what the activity throws. */
  readonly beforeCall?: (call: Call, control: Control) => void | Promise<void>;
  /** Also what goes on after the orchestration has ended. */
  readonly toTheEnd?: boolean;
  /** Also the recordings of its children. */
  readonly withChildren?: true;
  /** Whenever everybody waits for time to pass or for an event; `wait` counts from 0. */
  readonly onWait?: (wait: number, control: Control) => void;
};

export type Played = {
  readonly status: string;
  /** What the orchestrator returned; the reason when it failed. */
  readonly output: any;
  readonly calls: readonly Call[];
  /** Milliseconds of virtual time until it ended. */
  readonly elapsed: number;
  /** How often everybody waited before it ended. */
  readonly waits: number;
  /** Instances that go on after the end. */
  readonly stillRunning: readonly string[];
  /** Of the orchestration, as local mode exports it: its last execution after a continue-as-new. */
  readonly recording: Recording;
  /** Of all that it started, when the scene asks for them. */
  readonly children: readonly Recording[];
};
