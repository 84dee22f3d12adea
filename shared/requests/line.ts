import { turnOf } from '../planning/turn-of.ts';
import type { BuildRequest, LineEntry } from '../model/documents/documents.ts';
import type { RunId } from '../model/template.ts';

/**
 * The line of requests that wait for one template. It is part of the head, so that joining it, leaving it and claiming
 * the template are each one conditional write. Pure: everything here answers with a new line.
 */
export type Line = readonly LineEntry[];

/** Longest line: the head is read often, and an entry has about 250 bytes. */
export const LONGEST_LINE = 500;

/** Adds a request; one that coalesces takes the place of those waiting that coalesce too. Twice is once. */
export function join(line: Line, request: BuildRequest): Line {
  const { id, priority, notBefore, whenBusy, acceptedAt } = request;
  const isKnown = line.some((entry) => entry.id === id || entry.replaces?.includes(id) === true);
  if (isKnown) return line;
  const entry = { id, priority, whenBusy, acceptedAt, ...(notBefore !== undefined && { notBefore }) };
  // One that waits for its time asks for a build then, not for any build before.
  const replaced = line.filter((other) => whenBusy === 'coalesce' && isLike(other, entry));
  const [first] = replaced;
  if (first === undefined) return [...line, entry];
  const standsFor: LineEntry = {
    ...entry,
    priority: Math.max(priority, ...replaced.map((other) => other.priority)),
    acceptedAt: first.acceptedAt,
    replaces: replaced.flatMap((other) => [...(other.replaces ?? []), other.id]),
  };
  return line.flatMap((other) => (other === first ? standsFor : replaced.includes(other) ? [] : other));
}

function isLike(other: LineEntry, entry: LineEntry): boolean {
  return other.whenBusy === 'coalesce' && other.notBefore === entry.notBefore;
}

/** Entries in the order in which they are built: by priority and age; those whose time has not come are last. */
export function inOrder(line: Line, now: Date): Line {
  const rank = (entry: LineEntry) => (isDue(entry, now) ? 0 : 1);
  return line.toSorted(
    (a, b) =>
      rank(a) - rank(b) ||
      (rank(a) === 1 ? (a.notBefore ?? '').localeCompare(b.notBefore ?? '') : 0) ||
      turnOf(a.priority, a.acceptedAt) - turnOf(b.priority, b.acceptedAt) ||
      a.id.localeCompare(b.id),
  );
}

/** The entry that is built next, when its time has come. */
export function next(line: Line, now: Date): LineEntry | undefined {
  const [first] = inOrder(line, now);
  return first !== undefined && isDue(first, now) ? first : undefined;
}

/** Place of a request, from 1; of one that was replaced, that of its replacement. */
export function positionOf(line: Line, id: RunId, now: Date): number | undefined {
  const index = inOrder(line, now).findIndex(
    (entry) => entry.id === id || entry.replaces?.includes(id) === true,
  );
  return index < 0 ? undefined : index + 1;
}

export function leave(line: Line, id: RunId): Line {
  return line.filter((entry) => entry.id !== id);
}

function isDue({ notBefore }: LineEntry, now: Date): boolean {
  return notBefore === undefined || Date.parse(notBefore) <= now.getTime();
}
