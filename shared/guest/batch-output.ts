import { Buffer } from 'node:buffer';
import { begunMark, type BatchMark, type BatchMember, marksIn } from '../model/batch-mark.ts';

/** How far the output of a batch has been handed to the logs of its members. */
export type Place = {
  /** Bytes of the whole. */
  readonly read: number;
  /** The member that is under way, from 0. */
  readonly member: number;
  /** Bytes in its log. */
  readonly written: number;
};
export const BEGINNING: Place = { read: 0, member: 0, written: 0 };

export type Part = { readonly member: BatchMember; readonly at: number; readonly bytes: Uint8Array };
export type Batch = { readonly key: string; readonly members: readonly BatchMember[] };

/**
 * Takes the next bytes of a stream apart. What may be the beginning of a mark waits for the rest of it unless the stream has ended;
 * what comes after the last member's mark is nobody's.
 */
export function takeApart(
  batch: Batch,
  place: Place,
  { bytes, isEnd }: { readonly bytes: Uint8Array; readonly isEnd: boolean },
): { readonly parts: readonly Part[]; readonly marks: readonly BatchMark[]; readonly place: Place } {
  // One character a byte, so that places in the text are places in the stream.
  const text = Buffer.from(bytes).toString('latin1');
  const parts: Part[] = [];
  const marks: BatchMark[] = [];
  let { member, written } = place;
  let from = 0;
  const hand = (to: number) => {
    const owner = batch.members[member];
    if (owner !== undefined && to > from)
      parts.push({ member: owner, at: written, bytes: bytes.subarray(from, to) });
    written += to - from;
  };
  for (const mark of marksIn(text, batch.key)) {
    if (mark.member !== batch.members[member]) continue;
    hand(mark.start);
    marks.push(mark);
    from = mark.end;
    member += 1;
    written = 0;
  }
  const end = isEnd ? text.length : from + begunMark(text.slice(from));
  hand(end);
  return { parts, marks, place: { read: place.read + end, member, written } };
}
