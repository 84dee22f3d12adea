import { DAY, later, timestamp } from '../model/time.ts';
import type { Checkpoint, CheckpointBook } from '../model/documents/checkpoints.ts';
import type { BuildPlan, CheckpointPlan, ResolvedSource } from '../model/plan.ts';
import type { Customizer, ImageTemplate } from '../model/template.ts';
import type { Timestamp } from '../model/timestamp.ts';
import { checkpointKeys } from './checkpoint-keys.ts';

/** A customizer after which the machine is not kept although the template says so. */
export type LeftOut = { readonly step: string; readonly why: string };

/** Steps after which a machine of this plan may be kept, by their index, and why it is not after the others. */
export function markedSteps(
  { properties }: Pick<ImageTemplate, 'properties'>,
  plan: Pick<BuildPlan, 'source' | 'security' | 'specialized' | 'dataDisks' | 'keepStagingGroup'>,
): { readonly marks: readonly number[]; readonly leftOut: readonly LeftOut[] } {
  const { customize, validate } = properties;
  const ofAll = whyNone(plan);
  const marks: number[] = [];
  const leftOut: LeftOut[] = [];
  customize.forEach((step, index) => {
    if (wishOf(step) === undefined) return;
    const why = ofAll ?? whyNotAfter(customize, index);
    if (why === undefined) marks.push(index);
    else leftOut.push({ step: step.name, why });
  });
  for (const step of validate?.validators ?? [])
    if (wishOf(step) !== undefined)
      leftOut.push({ step: step.name, why: 'nothing that a validator does becomes part of an image' });
  return { marks, leftOut };
}

/** As a sentence, for warnings and timelines. */
export function sentenceOf({ step, why }: LeftOut): string {
  return `No checkpoint is made after "${step}": ${why}.`;
}

/** What no machine of the plan can be kept for. */
function whyNone({
  source,
  security,
  specialized,
  dataDisks,
  keepStagingGroup,
}: Parameters<typeof markedSteps>[1]): string | undefined {
  if (source.osType === 'Windows') return 'machines with Windows are not kept';
  if (source.image.kind === 'iso') return 'what an ISO has installed is not kept';
  if (specialized === true)
    return 'the image keeps the identity of its machine, which would be that of another build';
  if (security === 'TrustedLaunch') return 'disks of trusted launch machines are not kept';
  if (dataDisks !== undefined || source.dataDiskLuns !== undefined)
    return 'machines with data disks are not kept';
  if (keepStagingGroup) return 'builds in a staging group of your own keep nothing beside it';
  return undefined;
}

function whyNotAfter(customize: readonly Customizer[], index: number): string | undefined {
  const secret = customize
    .slice(0, index + 1)
    .find((step) => 'secrets' in step && step.secrets !== undefined);
  if (secret !== undefined && wishOf(customize[index])?.afterSecrets !== true)
    return `"${secret.name}" has secrets, which may be on the disk; say checkpoint.afterSecrets: true if they may be kept with it`;
  // Its command also makes a machine of its own out of what has the identity of another.
  if (!customize.slice(index + 1).some(({ type }) => type !== 'LinuxRestart'))
    return 'no step with a script comes after it';
  return undefined;
}

function wishOf(step: Customizer | undefined) {
  return step !== undefined && 'checkpoint' in step ? step.checkpoint : undefined;
}

export type Keeping = {
  readonly template: ImageTemplate;
  readonly source: ResolvedSource;
  readonly parameters: Readonly<Record<string, string>>;
  readonly marks: readonly number[];
  readonly book: CheckpointBook | undefined;
  /** Nothing that is there is used; what the run makes is kept all the same. */
  readonly noCache: boolean;
  readonly runId: string;
  readonly now: Date;
};

/** What a run keeps, and what it begins with: the last of the marked steps that has a checkpoint of the same key. */
export function planCheckpoints(keeping: Keeping): CheckpointPlan | undefined {
  const { template, marks, now } = keeping;
  const keys = checkpointKeys(keeping);
  const known = marks.flatMap((after) => {
    const key = keys[after];
    return key === undefined ? [] : [{ after, key }];
  });
  if (known.length === 0) return undefined;
  const from = keeping.noCache ? undefined : newest(keeping, known);
  const days = Math.max(...known.map(({ after }) => wishOf(template.properties.customize[after])?.days ?? 0));
  return {
    group: `kiln-checkpoints-${keeping.runId}`,
    keep: known,
    expires: timestamp(later(now, days * DAY)),
    ...(from && { from }),
  };
}

function newest({ book, now }: Keeping, known: CheckpointPlan['keep']): CheckpointPlan['from'] {
  for (const { after, key } of known.toReversed()) {
    const found = book?.checkpoints.find((one) => one.key === key && isThere(one, now));
    if (found === undefined) continue;
    const { snapshotId, runId, savedAt, seconds } = found;
    return { after, key, snapshotId, runId, savedAt, seconds };
  }
  return undefined;
}

/** One that goes within the hour may be gone before its disk is made. */
function isThere({ expires }: Checkpoint, now: Date): boolean {
  return Date.parse(expires) > now.getTime() + 60 * 60 * 1000;
}

/** Of one template; the oldest go first. */
const MOST = 10;

/** The book with one more checkpoint, and the runs of which none is left in it: theirs may go. */
export function withCheckpoint(
  book: CheckpointBook,
  made: Checkpoint,
  now: Date,
): { readonly book: CheckpointBook; readonly dropped: readonly string[] } {
  const others = book.checkpoints.filter(
    ({ key, expires }) => key !== made.key && Date.parse(expires) > now.getTime(),
  );
  const checkpoints = [made, ...others].slice(0, MOST);
  const dropped = book.checkpoints.filter(({ runId }) => !checkpoints.some((one) => one.runId === runId));
  return { book: { ...book, checkpoints }, dropped: [...new Set(dropped.map(({ runId }) => runId))] };
}

/** In words: `after step 4 of 6, "packages", saved 6 min`. */
export function savedInWords(
  { steps }: Pick<BuildPlan, 'steps'>,
  { after, seconds }: Pick<NonNullable<CheckpointPlan['from']>, 'after' | 'seconds'>,
): string {
  const saved = seconds < 90 ? `${Math.round(seconds)} s` : `${Math.round(seconds / 60)} min`;
  const name = steps.find(({ index }) => index === after)?.name ?? '';
  return `after step ${after + 1} of ${steps.filter(({ phase }) => phase === 'customize').length}, "${name}", saved ${saved}`;
}

/** The same for the moment that it is kept until. */
export function keptUntil(expires: Timestamp): string {
  return `${expires.slice(0, 16).replace('T', ' ')} UTC`;
}
