import { refuseAfterCancel } from '../../../functions/activities/record/until-canceled.ts';
import type { Input, OperationHandle, Output, Probe } from '../../../functions/contract.ts';
import { gatekeepersOf } from '../../../shared/distribution/approval.ts';
import { canceledOutcome } from '../../../shared/planning/outcome.ts';
import { KilnError } from '../../../shared/errors/failure.ts';
import type { BuildPlan, Captured } from '../../../shared/model/plan.ts';
import { resourceId } from '../../../shared/model/convert.ts';
import type { Store } from '../../../shared/ports/store.ts';
import type { RunOutput, TimelineEntry } from '../../../shared/model/documents/documents.ts';
import type { Activities, Call, Control } from './types.ts';
import { RUN, VERSION } from './plans.ts';

/** Everything that may stand in for an activity, none missing. */
export type AllActivities = Required<Activities>;

export const CAPTURED: Captured = {
  machineId: resourceId('/machines/build'),
  osDiskId: resourceId('/disks/build'),
  imageId: resourceId('/images/build-image'),
};

/**
 * An Azure and a store in which all goes well, as far as orchestrators can see: each operation and each probe takes one look
 * more than none, what a run makes is there until it is taken away, and a cancel is what the real activities make of it.
 */
export class World {
  readonly plan: BuildPlan;
  /** What is there of the run: `machine build`, `command step-000-0 of build`, `access`, `version 1.0.0`, `slot` … */
  readonly there = new Set<string>(['slot']);
  readonly outcomes: Input<'record-outcome'>[] = [];
  readonly cleanups: Input<'record-cleanup'>[] = [];
  readonly outputs: RunOutput[] = [];
  readonly timeline: TimelineEntry[] = [];
  canceled = false;
  /** How often a machine was restarted. */
  boots = 0;
  readonly #looks = new Map<string, number>();
  #operations = 0;
  #instead: Activities = {};

  constructor(plan: BuildPlan) {
    this.plan = plan;
  }

  /** As `cancelRun` does: the mark first, then the events to those who may wait long. */
  cancel(control: Control, instance: string): void {
    this.canceled = true;
    for (const one of [instance, ...gatekeepersOf(instance, this.plan)]) control.raise('cancel', null, one);
  }

  /** What remains although it belongs to the run alone. */
  get left(): string[] {
    return [...this.there].filter(
      (name) => !/^(image|blob|version|source|checkpoint) .*complete$/.test(name),
    );
  }

  /** Goes with the staging group. */
  isInGroup(name: string): boolean {
    return /^(group|network|machine|command|disk|snapshot|temporary)/.test(name);
  }

  /** The real table of what is refused after a cancel. */
  readonly beforeCall = async ({ name, input }: Call): Promise<void> => {
    await refuseAfterCancel({ store: { runs: this.#runs } as Store }, name, input?.plan?.run ?? input?.run);
  };

  get #runs(): Store['runs'] {
    const get = async () => (this.canceled ? { cancelRequestedAt: 'now' } : {});
    return { get, glance: get } as unknown as Store['runs'];
  }

  refuseIfCanceled(): void {
    if (this.canceled) throw new KilnError({ code: 'RunCanceled', message: 'The run was canceled.' });
  }

  operation(what: string): OperationHandle {
    return { done: false, pollUrl: `operation ${++this.#operations}`, what };
  }

  /** Done at the second look. */
  look<T>(what: string, value: T): Probe<T> {
    const looks = (this.#looks.get(what) ?? 0) + 1;
    this.#looks.set(what, looks);
    return looks > 1 ? { done: true, value } : { done: false };
  }

  make(name: string): OperationHandle {
    this.there.add(name);
    return this.operation(`make ${name}`);
  }

  take(name: string): OperationHandle {
    this.there.delete(name);
    return this.operation(`remove ${name}`);
  }

  /** All but what was ever given here goes well. */
  activities(more: Activities = {}): AllActivities {
    this.#instead = { ...this.#instead, ...more };
    const well = { ...ofTemplate(this), ...ofRun(this), ...ofMachines(this), ...ofDistribution(this) };
    return { ...well, ...this.#instead } as AllActivities;
  }
}

function ofTemplate(world: World): Activities {
  return {
    'pin-scripts': () => null,
    'resolve-submission': () => ({ exactVersion: '1.0.0' }),
    'finish-submission': () => null,
    'request-cancel': () => null,
    'check-run-ended': () => world.look('run ended', null),
    'remove-template': () => null,
  };
}

function ofRun(world: World): Activities {
  return {
    'check-slot': () => {
      world.refuseIfCanceled();
      return world.look('slot', null);
    },
    'check-instance': () => ({ done: true, value: { ok: true, value: null } }),
    'check-operation': ({ handle, endsAtCancel }) => {
      if (handle.done) return { done: true, value: null };
      const look = world.look(handle.pollUrl, null);
      if (!look.done && endsAtCancel) world.refuseIfCanceled();
      return look;
    },
    'resolve-plan': () => {
      world.refuseIfCanceled();
      return world.plan;
    },
    'record-progress': ({ entries }) => (world.timeline.push(...entries), null),
    'announce-gate': ({ entry }) => {
      world.refuseIfCanceled();
      return (world.timeline.push(entry), null);
    },
    'record-output': ({ output }) => (world.outputs.push(output), null),
    'record-outcome': ({ run, endedAt, ...outcome }) => {
      world.outcomes.push({ run, endedAt, ...(world.canceled ? canceledOutcome(outcome) : outcome) });
      world.there.delete('slot');
      return { canceled: world.canceled };
    },
    'record-cleanup': (cleanup) => (world.cleanups.push(cleanup), null),
    'keep-machines': () => null,
    'start-cleanup': () => {
      // A disk that somebody may read does not go: https://learn.microsoft.com/azure/virtual-machines/disks-incremental-snapshots
      const stays = (name: string) => !world.isInGroup(name) || world.there.has('access');
      for (const name of world.there) if (!stays(name)) world.there.delete(name);
      return world.operation('delete the staging group');
    },
    'check-group-gone': () => world.look('group gone', null),
  };
}

function ofMachines(world: World): Activities {
  return {
    'create-staging-group': () => (world.make('group'), null),
    'start-security-group': () => world.make('network group'),
    'start-network': () => world.make('network'),
    'start-build-machine': ({ machine }) => world.make(`machine ${machine}`),
    'start-checkpoint-disk': () => world.make('disk of the checkpoint'),
    'start-checkpoint': ({ after }) => world.make(`checkpoint ${after}`),
    'keep-checkpoint': ({ after }) => {
      if (world.there.delete(`checkpoint ${after}`)) world.there.add(`checkpoint ${after} complete`);
      return null;
    },
    'start-system-disk': () => world.make('disk system'),
    'start-system-image': () => world.make('temporary image of the system'),
    'discard-build-machine': ({ machine }) => world.take(`machine ${machine}`),
    'save-serial-log': () => ({ tail: 'login:' }),
    'check-agent': ({ machine, after }) => world.look(`agent ${machine} ${after ?? ''}`, null),
    'start-command': ({ command }) => {
      if (command.script.kind === 'restart-command') world.boots++;
      return world.make(`command ${command.name} of ${command.machine}`);
    },
    'check-command': ({ command }) => {
      const tail = command.script.kind === 'boot-mark' ? `boot ${world.boots}` : 'all went well';
      return world.look(`command ${command.name} of ${command.machine}`, {
        exitCode: 0,
        timedOut: false,
        tail,
      });
    },
    'finish-command': ({ command }) => {
      const removal = world.take(`command ${command.name} of ${command.machine}`);
      return { tail: 'the last line', removal };
    },
    'start-restart': ({ machine }) => {
      world.boots++;
      return world.operation(`restart ${machine}`);
    },
    'start-deprovision': () => null,
    'check-power-off': () => world.look('power off', null),
    'start-deallocate': () => world.operation('deallocate'),
    'generalize-machine': () => null,
    'start-temporary-image': () => world.make('temporary image'),
    'describe-captured': () => CAPTURED,
    'keep-inventory': () => ({ taken: true, said: '12 packages' }),
    'judge-proofs': () => ({ said: '0 findings; 16 passed', failed: 0 }),
  };
}

function ofDistribution(world: World): Activities {
  return {
    'save-distribution': () => (world.there.delete('slot'), null),
    'plan-redistribution': (): Output<'plan-redistribution'> => {
      world.refuseIfCanceled();
      return { plan: world.plan, captured: CAPTURED, resume: {}, done: [] };
    },
    'start-managed-image-removal': () => ({ ...world.operation('delete the former image'), replaces: true }),
    'start-managed-image': ({ replaces, target }) => {
      if (replaces !== true) world.refuseIfCanceled();
      return world.make(`image ${target.imageId} complete`);
    },
    'start-snapshot': () => world.make('snapshot'),
    'start-snapshot-copy': ({ region }) => world.make(`snapshot in ${region}`),
    'check-snapshot-copy': ({ region }) =>
      world.look(`snapshot in ${region}`, { snapshotId: resourceId(`/snapshots/${region}`) }),
    'start-copied-image': ({ region }) => world.make(`temporary image in ${region}`),
    'start-source-disk': () => ({ osDiskId: resourceId('/disks/source'), handle: world.make('disk source') }),
    'start-kept-source': () => world.make('source of the version'),
    'start-kept-source-removal': () => world.take('source of the version'),
    'pick-version': () => VERSION,
    'write-version': ({ version, what, target }) => {
      if (what === 'create') world.there.add(`version ${version}`);
      if (what === 'promote') complete(world, version, target.replicationMode);
      return world.operation(`${what} version ${version}`);
    },
    'salvage-version': () => ({ usable: false }),
    'start-version-removal': ({ version }) => {
      if (world.there.has(`version ${version} complete`))
        throw new KilnError({ code: 'NotOurs', message: 'It is promoted already.' });
      return world.take(`version ${version}`);
    },
    'look-at-version': ({ version, regions }) => {
      const look = world.look(`version ${version} in ${regions.join()}`, null);
      return look.done ? { do: 'end' } : { do: 'wait', pauseMs: 60_000 };
    },
    'abandon-version': () => null,
    'check-region': ({ region }) => world.look(`region ${region}`, { timedOut: false }),
    'start-disk-access': () => world.make('access'),
    'start-vhd-copy': ({ copy }) => (world.make(`blob ${copy}`), null),
    'check-vhd-copy': ({ copy }) => {
      const look = world.look(`blob ${copy}`, { uri: `https://blobs/${copy}` });
      if (!look.done) world.refuseIfCanceled();
      else if (world.there.delete(`blob ${copy}`)) world.there.add(`blob ${copy} complete`);
      return look;
    },
    'discard-vhd-copy': ({ copy }) => (world.take(`blob ${copy}`), null),
    'revoke-disk-access': () => (world.there.delete('access'), null),
  };
}

function complete(world: World, version: string, mode: 'Full' | 'Shallow'): void {
  world.there.delete(`version ${version}`);
  world.there.add(`version ${version} complete`);
  if (mode === 'Shallow' && world.there.delete('source of the version'))
    world.there.add('source of the version complete');
}

/** The instance that a run is played as: its id, as in the app. */
export const RUN_INSTANCE = RUN.runId;
