import { createHash } from 'node:crypto';

/**
 * The line that a batch of steps prints after each of them, on both of its streams: whose output ends there, with which exit
 * code, and how long after the start of the batch. The line break before it belongs to it.
 */
export type BatchMark = {
  /** Index of a step in the plan, or the listing. */
  readonly member: BatchMember;
  readonly exitCode: number;
  /** Since the batch began. */
  readonly elapsedMs: number;
  /** Where it begins and ends in its text. */
  readonly start: number;
  readonly end: number;
};
export type BatchMember = number | 'inventory';

/** Names of the logs that batches write begin so, and no other's: those of steps begin with a number. */
export const BATCH_LOG = 'batch-';

const BEGIN = '\n##kiln-step:';
const MARK =
  /\n##kiln-step:(?<key>[0-9a-f]{12}):(?<member>\d{1,4}|inventory):(?<code>\d{1,3}):(?<time>\d{1,12})\n/g;
/** Longer ones are not printed. */
const LONGEST = 64;

/** Tells the marks of a batch from what its steps print: no step says it by chance. */
export function batchKey(runId: string, first: number): string {
  return createHash('sha256').update(`${runId}/${first}`).digest('hex').slice(0, 12);
}

/** For printf: `%s` are the member, its exit code, and hundredths of a second. */
export function batchMark(key: string): string {
  return String.raw`\n##kiln-step:${key}:%s:%s:%s\n`;
}

export function marksIn(text: string, key: string): BatchMark[] {
  return [...text.matchAll(MARK)].flatMap(({ index, 0: whole, groups = {} }) => {
    if (groups['key'] !== key) return [];
    const { member = '' } = groups;
    return [
      {
        member: member === 'inventory' ? member : Number(member),
        exitCode: Number(groups['code']),
        elapsedMs: Number(groups['time']) * 10,
        start: index,
        end: index + whole.length,
      },
    ];
  });
}

/** Where a mark may begin whose end is still to come; the length of the text when there is none. */
export function begunMark(text: string): number {
  const at = text.lastIndexOf('\n', text.length - 1);
  // The line break of a text that ends may be the mark's own first, or the one before that.
  for (const start of [at, text.lastIndexOf(BEGIN)]) {
    if (start < 0 || text.length - start > LONGEST) continue;
    const rest = text.slice(start, start + BEGIN.length);
    if (BEGIN.startsWith(rest) && !text.slice(start + 1).includes('\n')) return start;
  }
  return text.length;
}

/** Of an output its last member's part: of the one under way, or of the one that failed. */
export function lastPart(text: string): string {
  const marks = [...text.matchAll(MARK)];
  const last = marks.at(-1);
  if (last === undefined) return text;
  const end = last.index + last[0].length;
  if (last.groups?.['code'] === '0') return text.slice(end);
  const before = marks.at(-2);
  return text.slice(before === undefined ? 0 : before.index + before[0].length, last.index);
}
