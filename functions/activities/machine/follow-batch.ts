import { Buffer } from 'node:buffer';
import { type BatchMark, batchKey, type BatchMember, marksIn } from '../../../shared/model/batch-mark.ts';
import { MARK_BYTES, shownLength } from '../../../shared/model/exit-mark.ts';
import { batchLines } from '../../../shared/planning/batch-lines.ts';
import { INVENTORY } from '../../../shared/planning/names.ts';
import { stepLabel } from '../../../shared/planning/step-label.ts';
import { BEGINNING, type Place, takeApart } from '../../../shared/guest/batch-output.ts';
import type { BuildPlan, CommandPlan } from '../../../shared/model/plan.ts';
import { timestamp } from '../../../shared/model/time.ts';
import type { CommandView } from '../../../shared/ports/azure.ts';
import type { Timestamp } from '../../../shared/model/documents/documents.ts';
import type { App } from '../../app.ts';
import type { BatchEnd, BatchSeen, StepMoment } from '../../contract.ts';
import { hasEnded } from './judge-command.ts';

type OnBatch = { readonly plan: BuildPlan; readonly command: CommandPlan };
type Look = {
  readonly seen?: BatchSeen | undefined;
  /** Absent: the command is gone. */
  readonly view?: CommandView | undefined;
  /** Nothing more will come. */
  readonly isOver?: boolean;
};

/** The agent shows the last 4 KiB of each stream: what is clearly less is all of it. */
const SURELY_WHOLE = 3000;
const NOTHING: BatchSeen = { output: BEGINNING, error: BEGINNING, ended: [] };

/**
 * Hands what a batch has printed to the logs of its steps, and tells in the timeline which of them have ended. Told twice it is once:
 * bytes have their place in a log, and lines their id. Undefined for any other command.
 */
export async function followBatch(app: App, on: OnBatch, look: Look): Promise<BatchSeen | undefined> {
  const { plan, command } = on;
  if (command.script.kind !== 'batch') return undefined;
  const { seen = NOTHING, view } = look;
  const isOver = look.isOver === true || (view !== undefined && hasEnded(view));
  const key = keyOf(on);
  const output = await handOut(app, on, { ...look, isOver, stream: 'output', place: seen.output });
  const error = await handOut(app, on, { ...look, isOver, stream: 'error', place: seen.error });
  const shown = marksIn(view?.output ?? '', key);
  const members = membersOf(command);
  const isLate = isOver && shown.some(({ member }) => members.indexOf(member) >= output.place.member);
  const now = { ...seen, output: output.place, error: error.place, ...(isLate && { late: isLate }) };
  const moment = clockOf(app, command.script.startedAt, view);
  const all = withEnded(now, { marks: [...output.marks, ...shown], members, moment });
  const isNews = all.ended.length > seen.ended.length && !isOver;
  if (isNews) {
    const { index: first, count, startedAt } = command.script;
    const entries = batchLines(plan, { first, count }, { ended: all.ended, startedAt });
    await app.store.timeline.append(plan.run.ref, plan.run.runId, entries);
  }
  return all;
}

export function endOf({ ended, listed, late }: BatchSeen): BatchEnd {
  return { ended, ...(listed && { listed }), ...(late && { late }) };
}

/** The command in the words of the step that is under way; any other command as it is. */
export function underWay(
  { steps }: BuildPlan,
  command: CommandPlan,
  batch: Pick<BatchSeen, 'ended'> | undefined,
): CommandPlan {
  if (batch === undefined || command.script.kind !== 'batch') return command;
  const index = membersOf(command)[batch.ended.length];
  const step = steps.find((candidate) => candidate.index === index);
  if (step !== undefined) return { ...command, label: stepLabel(step), log: step.log };
  return index === 'inventory' ? { ...command, label: 'the listing of the image', log: INVENTORY } : command;
}

/**
 * Who may have stopped the agent: what its last view says was under way, or what the log says by now. The log goes on without the agent,
 * and so do the steps.
 */
export function suspect(on: OnBatch, spoken: CommandPlan, view: CommandView): CommandPlan {
  const { plan, command } = on;
  if (command.script.kind !== 'batch') return spoken;
  const members = membersOf(command);
  const marks = marksIn(view.output, keyOf(on)).map(({ member }) => members.indexOf(member));
  const ended = members.slice(0, Math.max(-1, ...marks) + 1).map(() => ({ index: 0, at: '' }));
  const first = underWay(plan, command, { ended });
  if (first.log === spoken.log) return spoken;
  return { ...first, label: `${first.label} or ${spoken.label}` };
}

function keyOf({ plan, command: { script } }: OnBatch): string {
  return batchKey(plan.run.runId, 'index' in script ? script.index : 0);
}

function membersOf({ script }: CommandPlan): BatchMember[] {
  if (script.kind !== 'batch') return [];
  const steps = Array.from({ length: script.count }, (_, nth) => script.index + nth);
  return script.listing === true ? [...steps, 'inventory'] : steps;
}

type Stream = Look & { readonly stream: 'output' | 'error'; readonly place: Place };

async function handOut(
  app: App,
  on: OnBatch,
  { view, stream, isOver = false, place: before }: Stream,
): Promise<{ place: Place; marks: BatchMark[] }> {
  const { plan, command } = on;
  const { ref, runId } = plan.run;
  const batch = { key: keyOf(on), members: membersOf(command) };
  const ending = stream === 'output' ? 'out' : 'err';
  const marks: BatchMark[] = [];
  let place = before;
  for (let isEnd = false; ;) {
    const bytes =
      wholeOf(view?.[stream], place, isOver) ??
      (await app.store.logs.read(ref, runId, `${command.log}.${ending}`, place.read));
    const taken = takeApart(batch, place, { bytes, isEnd });
    for (const { member, ...part } of taken.parts)
      await app.store.logs.place(ref, runId, `${logOf(plan, member)}.${ending}`, part);
    marks.push(...taken.marks);
    const isStill = taken.place.read === place.read;
    place = taken.place;
    if (bytes.length === 0 || isEnd || (isStill && !isOver)) return { place, marks };
    // What was held back is no beginning of a mark when nothing comes after it.
    isEnd = isStill;
  }
}

/**
 * What the view has after that place, when it has everything: that saves a read of the log. One that shows nothing of a command that
 * has not ended may be that of a machine that is gone.
 */
function wholeOf(text: string | undefined, { read }: Place, isOver: boolean): Uint8Array | undefined {
  if (text === undefined || text.length > SURELY_WHOLE || text.length < read) return undefined;
  if (text === '' && !isOver) return undefined;
  // Only of plain characters a place in the text is one in the log.
  if (!/^[\t\n\r\u0020-\u007e]*$/.test(text)) return undefined;
  const bytes = Buffer.from(text.slice(read), 'latin1');
  return bytes.subarray(0, shownLength(bytes.length, bytes.subarray(-MARK_BYTES)));
}

function logOf({ steps }: BuildPlan, member: BatchMember): string {
  if (member === 'inventory') return INVENTORY;
  return steps.find(({ index }) => index === member)?.log ?? `step-${member}`;
}

type Marked = {
  readonly marks: readonly BatchMark[];
  readonly members: readonly BatchMember[];
  readonly moment: (mark: BatchMark) => Timestamp;
};

/** A mark that is there says that all before it ended well, also where their own have not arrived. */
function withEnded(seen: BatchSeen, { marks, members, moment }: Marked): BatchSeen {
  const ended: StepMoment[] = [...seen.ended];
  let listed = seen.listed === true;
  for (const mark of marks) {
    const nth = members.indexOf(mark.member);
    for (const member of members.slice(ended.length, mark.exitCode === 0 ? nth + 1 : nth))
      if (typeof member === 'number') ended.push({ index: member, at: moment(mark) });
    listed ||= mark.member === 'inventory' && mark.exitCode === 0;
  }
  return { ...seen, ended, ...(listed && { listed: true as const }) };
}

/** When a mark was printed: by the clock of the machine, which tells whole seconds, as far as it goes with ours. */
function clockOf(
  app: App,
  startedAt: Timestamp,
  view: CommandView | undefined,
): (mark: BatchMark) => Timestamp {
  const now = app.now().getTime();
  const asked = Date.parse(startedAt);
  const begun = Math.max(asked, view?.startedAt?.getTime() ?? now);
  return ({ elapsedMs }) => timestamp(new Date(Math.max(asked, Math.min(begun + elapsedMs, now))));
}
