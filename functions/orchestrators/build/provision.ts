import type { ErrorCode } from '../../../shared/errors/codes.ts';
import type { MachineName } from '../../../shared/model/plan.ts';
import { type Failure, KilnError } from '../../../shared/errors/failure.ts';
import type { Phase } from '../../../shared/model/documents/documents.ts';
import type { ResourceId } from '../../../shared/model/template.ts';
import { type Planned, record, stepEntry, within } from './build.ts';
import { asResult, call, type Piece } from '../durable.convert.ts';
import { doneOrCancel, endOrCancel, untilOrCancel } from '../waits.ts';
import { LIMITS } from '../limits.ts';

/** What another size may have and this one has not: an everyday event in Azure, not a failed build. */
const NEXT_SIZE: readonly ErrorCode[] = ['AllocationFailed', 'SizeNotAvailable', 'QuotaExceeded'];

/** A failed machine blocks its name, so that it is not started again but made anew. */
const ONCE_MORE: readonly ErrorCode[] = ['ProvisioningFailed', 'AzureInterrupted'];

type Wanted = {
  readonly machine: MachineName;
  /** Image to boot instead of the source. */
  readonly imageId?: ResourceId;
  /** Made of the checkpoint that the plan begins with. */
  readonly checkpoint?: true;
};
type Attempt = Wanted & { readonly vmSize: string; readonly attempt: number };

/**
 * Makes a VM of the run and waits for its agent. Walks the list of sizes; a machine whose system or agent did not come
 * up is made once more, because that often passes, and its serial log is kept.
 */
export function* provisionMachine(build: Planned, wanted: Wanted): Piece<void> {
  const { plan } = build;
  let sizes = wanted.machine === 'install' ? (plan.install?.vmSizes ?? []) : plan.vmSizes;
  // One that a checkpoint makes is made of the source instead.
  let mayRebuild = wanted.checkpoint !== true;
  for (let attempt = 0; ; attempt++) {
    const now: Attempt = { ...wanted, vmSize: sizes[0] ?? '', attempt };
    const result = yield* asResult(provisionOnce(build, now));
    if (result.ok) return;
    const failure = yield* withSerialLog(build, now, result.error);
    const rebuild = ONCE_MORE.includes(failure.code) && mayRebuild;
    const nextSize = NEXT_SIZE.includes(failure.code) && sizes.length > 1;
    if (!rebuild && !nextSize) throw new KilnError(failure);
    if (rebuild) mayRebuild = false;
    else sizes = sizes.slice(1);
    yield* discard(build, now, failure);
  }
}

function* provisionOnce(build: Planned, { attempt, ...wanted }: Attempt): Piece<void> {
  const { df, plan } = build;
  const { machine } = wanted;
  const name = nameOf(wanted);
  if (wanted.checkpoint)
    // The disk of an attempt before went with its machine.
    yield* doneOrCancel(build, `checkpoint-disk-${attempt}`, LIMITS.checkpoint, () =>
      call(df, 'start-checkpoint-disk', { plan }),
    );
  const started = yield* call(df, 'start-build-machine', { plan, ...wanted });
  yield* endOrCancel(build, `${name}-machine-${attempt}`, LIMITS.machine, started);
  const limit = within(
    build,
    wanted.checkpoint ? LIMITS.resumedAgent : LIMITS.agent,
    'ProvisioningFailed',
    `${name}-agent-${attempt}`,
  );
  yield* untilOrCancel(build, 'check-agent', { plan, machine }, limit);
}

/** A machine that did not come up tells why on its serial console only. */
function* withSerialLog(build: Planned, wanted: Attempt, failure: Failure): Piece<Failure> {
  const { machine, attempt } = wanted;
  if (failure.code !== 'ProvisioningFailed') return failure;
  const log = `serial-${nameOf(wanted)}-${attempt + 1}`;
  const saved = yield* asResult(call(build.df, 'save-serial-log', { plan: build.plan, machine, log }));
  if (!saved.ok || saved.value.tail === '') return failure;
  const lines = saved.value.tail.split('\n').slice(-5).join('\n');
  return {
    ...failure,
    message: `${failure.message} The serial console (log ${log}.out) ends with:\n${lines}`,
  };
}

function phaseOf(machine: MachineName): Phase {
  if (machine === 'build') return 'provision';
  return machine === 'install' || machine === 'validate' ? machine : 'distribute';
}

/** A VM that failed stays behind in state Failed and blocks its name. */
function* discard(build: Planned, wanted: Attempt, failure: Failure): Piece<void> {
  const { machine, vmSize, attempt } = wanted;
  const phase = phaseOf(machine);
  const size = attempt === 0 ? vmSize : `${vmSize} (attempt ${attempt + 1})`;
  const name = phase === 'distribute' || wanted.checkpoint ? `${nameOf(wanted)} ${size}` : size;
  yield* record(build, [stepEntry(build.df, phase, name, { event: 'failed', message: failure.message })]);
  yield* removed(build, machine, `${nameOf(wanted)}-discard-${attempt}`);
}

/** Whatever takes the name next must find it free, and never adopt what is there. */
export function* removed(build: Planned, machine: MachineName, id: string): Piece<void> {
  const remove = () => call(build.df, 'discard-build-machine', { plan: build.plan, machine });
  yield* doneOrCancel(build, id, LIMITS.machineRemoval, remove);
}

/** In instances, logs and lines: a machine may be made of a checkpoint first, and then of the source. */
function nameOf({ machine, checkpoint }: Wanted): string {
  return checkpoint ? `${machine}-resumed` : machine;
}
