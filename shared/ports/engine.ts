import type { RunId, TemplateRef } from '../model/template.ts';

/** Orchestrations that requests start, with their input. Names and inputs are durable: other versions may be running. */
export type Launch =
  | {
      readonly name: 'submit-template';
      readonly input: { readonly ref: TemplateRef; readonly revision: number; readonly operationId: string };
    }
  | {
      readonly name: 'delete-template';
      readonly input: { readonly ref: TemplateRef; readonly operationId: string };
    }
  | {
      readonly name: 'build-image';
      readonly input: { readonly ref: TemplateRef; readonly runId: RunId; readonly revision: number };
    }
  | {
      readonly name: 'redistribute';
      readonly input: {
        readonly ref: TemplateRef;
        readonly runId: RunId;
        readonly revision: number;
        readonly attempt: number;
        readonly operationId: string;
      };
    };

/** `ended`: completed or terminated. `failed`: the engine lost it, for no orchestration of ours throws. */
export type InstanceState = 'absent' | 'live' | 'failed' | 'ended';

/** The durable engine, as commands see it. */
export interface DurableEngine {
  /** Starting an instance that is there already changes nothing. */
  start(instanceId: string, launch: Launch): Promise<void>;
  /** An instance that is over or absent is no error. */
  raise(instanceId: string, event: string, data?: unknown): Promise<void>;
  state(instanceId: string): Promise<InstanceState>;
  /** Lets a failed instance go on from before its failure; one that has not failed stays as it is. */
  rewind(instanceId: string): Promise<void>;
  /** What an instance that has ended left; not to be asked of one whose orchestrator returns nothing. */
  output(instanceId: string): Promise<unknown>;
  /** Ids of instances that failed and were started after that time. */
  failedSince(time: Date): Promise<string[]>;
  /** Forgets what was started in that time and is over. Answers how many instances that were. */
  purge(from: Date, to: Date): Promise<number>;
  /** A line of the app's log. */
  log?(line: string): void;
}
