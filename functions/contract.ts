import type { Due } from '../shared/model/pace.ts';
import type {
  BuildPlan,
  Captured,
  CommandPlan,
  MachineName,
  RunContext,
  StepBatch,
  StepPlan,
  TargetPlan,
} from '../shared/model/plan.ts';
import type { ErrorCode } from '../shared/errors/codes.ts';
import type { Failure, Result } from '../shared/errors/failure.ts';
import type {
  AssignedIdentity,
  CoresWish,
  RegionResult,
  RunOutput,
  RunState,
  RunSubState,
  TimelineEntry,
  Timestamp,
  VersionMove,
} from '../shared/model/documents/documents.ts';
import type { ProofKind, SmokeProof } from '../shared/model/documents/proofs.ts';
import type { BatchEnd, CommandOutcome, Seen } from './command-contract.ts';
import type { Resume } from '../shared/distribution/resume.ts';
import type { Pins } from '../shared/template/pins.ts';
import type { ImageVersion, Region, ResourceId, TemplateRef } from '../shared/model/template.ts';

export type { BatchEnd, BatchSeen, CommandOutcome, Seen, StepMoment } from './command-contract.ts';

/** A long-running operation of Azure between two looks at it: no secret, about 650 bytes. */
export type OperationHandle =
  | { readonly done: true }
  | {
      readonly done: false;
      readonly pollUrl: string;
      /** What is waited for, for messages: `create virtual machine`. */
      readonly what: string;
      readonly retryAfterMs?: number;
      /** Absent: looked at whenever Azure wishes. */
      readonly due?: Due;
    };

/** One look at something that takes long. `retryAfterMs` is the other side's wish, when it has one. */
export type Probe<T> =
  | { readonly done: false; readonly retryAfterMs?: number; readonly seen?: Seen }
  | { readonly done: true; readonly value: T };

export type Submission = {
  readonly ref: TemplateRef;
  readonly revision: number;
  readonly operationId: string;
};
/** What a submission found out about the world. */
export type Resolved = {
  readonly exactVersion?: string;
  readonly identities?: readonly AssignedIdentity[];
  readonly notCarriedOut?: readonly string[];
  /** Absent in answers of older releases. */
  readonly warnings?: readonly string[];
  readonly pins?: Pins;
};
export type Deletion = { readonly ref: TemplateRef; readonly operationId: string };

type OnPlan = { readonly plan: BuildPlan };
type OnMachine = OnPlan & { readonly machine: MachineName };
type OnCommand = OnPlan & { readonly command: CommandPlan };
type OnTarget<Type extends TargetPlan['type'] = TargetPlan['type']> = OnPlan & {
  readonly target: Extract<TargetPlan, { type: Type }>;
};
type OnVersion = OnTarget<'SharedImage'> & { readonly version: ImageVersion };
/** What the watcher of a region is told: the names alone when the plan is `brief`, because it is copied seven times a region. */
type Watched = { run: RunContext; target: Pick<TargetPlan, 'index' | 'runOutputName'> } | OnVersion;
/** 0 for the build itself, then one more for each retry of the run. */
type Attempt = { readonly attempt: number };
type OnReplication = OnVersion &
  Attempt & {
    /** The instance that the watchers of the regions belong to. */
    readonly publisher: string;
    readonly regions: readonly string[];
    readonly startedAt: Timestamp;
    readonly deadline: Timestamp;
  };
/** `copy`: 0 for the target's own blob, then its further ones. */
type VhdCopy = OnTarget<'VHD'> & {
  readonly captured: Captured;
  readonly handle: OperationHandle;
  readonly copy: number;
};
type WriteVersion = OnVersion & {
  readonly captured: Captured;
  /** All regions that it shall have. */
  readonly regions: readonly string[];
  readonly excludeFromLatest: boolean | 'as it is';
  /** Let this request take regions away that have the version already. */
  readonly allowRemoval?: boolean;
  /** For messages. */
  readonly what: 'create' | 'extend' | 'change' | 'promote';
};

/** How a step ended that did not fail. */
export type StepEnd = { readonly skipped: boolean };

/** Activities that look once at something that takes long. Each may be called any number of times. */
export type Probes = {
  /** `cores`: the run has found them in use by others, and waits for them in the wait of that name. */
  'check-slot': [{ run: RunContext; cores?: CoresWish; wait?: string }, null];
  'check-operation': [{ run: RunContext; handle: OperationHandle; endsAtCancel?: true }, null];
  'check-agent': [OnMachine & { after?: Timestamp }, null];
  'check-command': [OnCommand & { handle?: OperationHandle; seen?: Seen }, CommandOutcome];
  /** `due`: of the command that ends with the power-off. */
  'check-power-off': [OnPlan & { due?: Due }, null];
  'check-region': [Watched & Attempt & { region: string }, { timedOut: boolean; error?: Failure }];
  'check-snapshot-copy': [OnPlan & { region: string }, { snapshotId: ResourceId }];
  'check-vhd-copy': [OnTarget<'VHD'> & { copy: number }, { uri: string }];
  'check-group-gone': [OnPlan, null];
  'check-run-ended': [{ ref: TemplateRef }, null];
  /** Takes a child up again that the engine lost, and answers how it ended. */
  'check-instance': [{ instance: string }, Result<unknown>];
};

/**
 * Every activity by name: [input, output]. Each may run twice (the engine delivers at least once): names of what it
 * creates derive from the run, it adopts what carries this run's tag and refuses what carries another's.
 */
export type Activities = {
  // A template is submitted or deleted
  'pin-scripts': [Submission, null];
  'resolve-submission': [Submission, Resolved];
  'finish-submission': [Submission & Resolved & { failure?: Failure }, null];
  'request-cancel': [{ ref: TemplateRef }, null];
  'remove-template': [Deletion, null];
  // A run
  /** Or the cores that other runs of Kiln have, and that it has to wait for. */
  'resolve-plan': [RunContext & { startedAt: Timestamp }, BuildPlan | { readonly inUse: CoresWish }];
  'record-progress': [{ run: RunContext; entries: readonly TimelineEntry[]; subState?: RunSubState }, null];
  /** The line that tells of the wait. */
  'announce-gate': [{ run: RunContext; entry: TimelineEntry }, null];
  'create-staging-group': [OnPlan, null];
  'start-security-group': [OnPlan, OperationHandle];
  'start-network': [OnPlan, OperationHandle];
  /** From the source, or from an image of the build's own. */
  /** `checkpoint`: from the disk that was made of one. */
  'start-build-machine': [
    OnMachine & { vmSize: string; imageId?: ResourceId; checkpoint?: true },
    OperationHandle,
  ];
  'start-checkpoint-disk': [OnPlan, OperationHandle];
  /** Of the machine as it is after the customizer of that index. */
  'start-checkpoint': [OnPlan & { after: number }, OperationHandle];
  /** From then on later builds may begin with it. `seconds`: that all steps up to it have taken. */
  'keep-checkpoint': [OnPlan & { after: number; seconds: number }, null];
  'start-system-disk': [OnPlan, OperationHandle];
  'start-system-image': [OnPlan, OperationHandle];
  'discard-build-machine': [OnMachine, OperationHandle];
  /** Answers with the last lines; empty when Azure has no log. */
  'save-serial-log': [OnMachine & { log: string }, { tail: string }];
  /** Null: it was there already. */
  'start-command': [OnCommand, OperationHandle | null];
  'finish-command': [
    /** `late`: of a batch, whose log is to be handed out once more. */
    OnCommand & { pulse?: string; unfinished?: true; late?: true },
    /** `underWay`: of a batch, the step that had not ended. */
    { tail: string; removal: OperationHandle; underWay?: Pick<CommandPlan, 'label' | 'log'> },
  ];
  'start-restart': [OnMachine, OperationHandle];
  /** Null: it was there already. */
  'start-deprovision': [OnPlan, OperationHandle | null];
  'start-deallocate': [OnPlan, OperationHandle];
  'generalize-machine': [OnPlan, null];
  'start-temporary-image': [OnPlan, OperationHandle];
  'describe-captured': [OnPlan, Captured];
  /** `said`: what the listing holds, or why there is none. */
  'keep-inventory': [OnPlan, { taken: boolean; said: string }];
  /** Fails when the template's gate does not let the image pass. */
  'judge-vulnerabilities': [OnPlan, { said: string }];
  /** Reads what the machine has said to the declared checks, or to hygiene, and writes its lines. */
  /** `smoke`: of a boot in a ring. */
  'judge-proofs': [OnPlan & { what: ProofKind; smoke?: SmokeProof }, { said: string; failed: number }];
  // Distribution
  /** `replaces`: from here on the new image must come, because the former one goes. */
  'start-managed-image-removal': [OnTarget<'ManagedImage'>, OperationHandle & { replaces?: boolean }];
  'start-snapshot': [OnPlan & { captured: Captured }, OperationHandle];
  'start-snapshot-copy': [OnPlan & { region: string }, OperationHandle];
  'start-copied-image': [OnPlan & { region: string }, OperationHandle];
  'start-managed-image': [
    OnTarget<'ManagedImage'> & { captured: Captured; snapshotId?: ResourceId; replaces?: boolean },
    OperationHandle,
  ];
  'save-distribution': [OnPlan & { captured: Captured }, null];
  'plan-redistribution': [
    { run: RunContext; operationId: string },
    {
      plan: BuildPlan;
      captured: Captured;
      resume: Readonly<Record<string, Resume>>;
      done: readonly RunOutput[];
    },
  ];
  'start-source-disk': [
    OnPlan & { versionId: ResourceId },
    { osDiskId: ResourceId; handle: OperationHandle },
  ];
  'start-kept-source': [OnTarget<'SharedImage'> & { captured: Captured }, OperationHandle];
  'start-kept-source-removal': [OnTarget<'SharedImage'>, OperationHandle];
  /** `refused`: numbers whose versions carry tags of the run and are not of its making. */
  'pick-version': [
    OnTarget<'SharedImage'> & { claim: string; refused?: readonly ImageVersion[] },
    ImageVersion,
  ];
  'write-version': [WriteVersion, OperationHandle];
  'salvage-version': [OnVersion, { usable: boolean }];
  'start-version-removal': [OnVersion, OperationHandle];
  'look-at-version': [OnReplication & { look: string }, VersionMove];
  'abandon-version': [OnReplication & { failure: Failure }, null];
  'start-disk-access': [OnTarget<'VHD'> & { captured: Captured }, OperationHandle];
  'start-vhd-copy': [VhdCopy, null];
  'discard-vhd-copy': [OnTarget<'VHD'> & { copy: number }, null];
  'revoke-disk-access': [OnPlan & { target?: Extract<TargetPlan, { type: 'VHD' }> }, null];
  'record-output': [{ run: RunContext; output: RunOutput }, null];
  // The end
  'record-outcome': [
    { run: RunContext; state: RunState; message: string; failure?: Failure; endedAt: Timestamp },
    /** How it is told to have ended: a cancel may have come before. Null in older histories. */
    { canceled: boolean } | null,
  ];
  'keep-machines': [OnPlan & { until: Timestamp }, null];
  'start-cleanup': [OnPlan, OperationHandle];
  'record-cleanup': [
    {
      run: RunContext;
      cleanup: 'done' | 'deferred' | 'kept';
      failure?: Failure;
      keptUntil?: Timestamp;
      retryUntil?: Timestamp;
    },
    null,
  ];
} & { [Name in keyof Probes]: [Probes[Name][0], Probe<Probes[Name][1]>] };

export type ActivityName = keyof Activities;
export type ProbeName = keyof Probes;
export type Input<Name extends ActivityName> = Activities[Name][0];
export type Output<Name extends ActivityName> = Activities[Name][1];

/** Sub-orchestrations by name: [input, output]. None throws: each hands back a Result. */
export type Orchestrations = {
  'wait-until': [Wait, Result<Probes[ProbeName][1]>];
  'install-system': [OnPlan, Result<null>];
  'run-step': [OnPlan & { step: StepPlan }, Result<StepEnd>];
  'save-checkpoint': [OnPlan & { after: number; seconds: number }, Result<null>];
  'run-batch': [OnPlan & { batch: StepBatch; startedAt: Timestamp }, Result<BatchEnd>];
  distribute: [
    OnPlan & Attempt & { captured: Captured; resume?: Readonly<Record<string, Resume>> },
    Result<readonly RunOutput[]>,
  ];
  'publish-managed-image': [
    OnTarget<'ManagedImage'> & { captured: Captured; sourceFirst?: boolean },
    Result<RunOutput>,
  ];
  'publish-gallery-version': [
    OnTarget<'SharedImage'> & Attempt & { captured: Captured; resume?: Resume },
    Result<RunOutput>,
  ];
  'tend-version': [OnReplication & { captured: Captured; ring: number; looks: number }, Result<null>];
  'copy-vhd': [VhdCopy & { deadline: Timestamp }, Result<{ uri: string }>];
  'publish-vhd': [OnTarget<'VHD'> & { captured: Captured }, Result<RunOutput>];
  'look-at-image': [OnPlan & { captured: Captured }, Result<null>];
  'smoke-boot': [OnVersion & Attempt & { region: Region }, Result<{ seconds: number }>];
  'watch-region': [
    Watched & Attempt & { region: string; deadline: Timestamp; startedAt: Timestamp },
    Result<RegionResult>,
  ];
};

/** Input of `wait-until`: which probe to repeat, and until when. */
export type Wait = {
  [Name in ProbeName]: {
    readonly probe: Name;
    readonly input: Input<Name>;
    readonly deadline: Timestamp;
    /** The code of the failure when the deadline passes. */
    readonly onTimeout: ErrorCode;
    /** An event that ends a pause between two looks. */
    readonly wakeOn?: string;
    /** Looks taken before the instance continued as new, and what the last one found. */
    readonly looks?: number;
    readonly seen?: Seen;
  };
}[ProbeName];

export type OrchestrationName = keyof Orchestrations;
