/** A stretch of a disk, in bytes: multiples of 512. `zero`: it reads as zeros, and nothing of it need be read. */
export type Stretch = { readonly offset: number; readonly length: number; readonly zero: boolean };

/**
 * What a disk holds, told by what differs from the file that it was made from: a machine changes a few per cent of its
 * image, and whoever has a copy of the image needs only those.
 */
export type DiskContent = {
  /** Bytes of the disk in a VHD: what a guest sees, rounded up to whole MiB. */
  readonly size: number;
  /** Names the content for as long as its file stays as it is; undefined for a disk that can still change. */
  readonly key: string | undefined;
  /** The read-only file at the bottom of the disk's layers. Without one the disk stands alone, on zeros. */
  readonly base: { readonly key: string; readonly open: () => Promise<DiskContent> } | undefined;
  /** Everything that differs from the base, in order and without overlap. */
  readonly changes: readonly Stretch[];
  /** Reads the disk, whichever layer the bytes are in. Past the end of the guest's disk there are zeros. */
  read(offset: number, length: number): Promise<Buffer>;
  /** Frees the files. The content must not be read afterwards. */
  close(): Promise<void>;
};

const MIB = 1024 * 1024;

/** Azure takes only disks whose virtual size is a whole number of MiB. */
export function roundUpToMiB(bytes: number): number {
  return Math.ceil(bytes / MIB) * MIB;
}

export type SpanLimits = {
  /** Changes that are not farther apart are sent as one: a request costs more than the bytes between. */
  readonly gap: number;
  /** Longest span with data. Zeros need no bytes and may be longer. */
  readonly longest: number;
};

/** Joins neighbouring changes into requests; in order, without overlap, covering every change. */
export function spansOf(changes: readonly Stretch[], { gap, longest }: SpanLimits): Stretch[] {
  const spans: Stretch[] = [];
  for (const piece of changes.flatMap((change) => (change.zero ? [change] : cut(change, longest)))) {
    const last = spans.at(-1);
    const end = piece.offset + piece.length;
    const joined = last !== undefined && joins(last, piece, { gap, longest });
    if (joined) spans[spans.length - 1] = { ...last, length: end - last.offset };
    else spans.push(piece);
  }
  return spans;
}

function joins(last: Stretch, next: Stretch, { gap, longest }: SpanLimits): boolean {
  const end = last.offset + last.length;
  if (last.zero || next.zero) return last.zero && next.zero && end === next.offset;
  return next.offset - end <= gap && next.offset + next.length - last.offset <= longest;
}

function cut({ offset, length, zero }: Stretch, longest: number): Stretch[] {
  const count = Math.ceil(length / longest);
  return Array.from({ length: count }, (_, index) => {
    const start = offset + index * longest;
    return { offset: start, length: Math.min(longest, offset + length - start), zero };
  });
}
