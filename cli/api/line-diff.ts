/** A line of two texts beside one another. */
export type DiffLine = { readonly is: 'same' | 'removed' | 'added'; readonly text: string };

/** Cells of the table below: a template has some hundred lines, and nobody waits for more. */
const MOST = 4_000_000;

/** The lines of both texts in order, as few of them removed or added as there can be; of very long ones more. */
export function lineDiff(before: readonly string[], after: readonly string[]): DiffLine[] {
  const head = common(before, after);
  const tail = common(before.slice(head).toReversed(), after.slice(head).toReversed());
  const same = (lines: readonly string[]): DiffLine[] => lines.map((text) => ({ is: 'same', text }));
  const [from, to] = [before.slice(head, before.length - tail), after.slice(head, after.length - tail)];
  return [...same(before.slice(0, head)), ...middle(from, to), ...same(before.slice(before.length - tail))];
}

function common(one: readonly string[], other: readonly string[]): number {
  const most = Math.min(one.length, other.length);
  let count = 0;
  while (count < most && one[count] === other[count]) count += 1;
  return count;
}

/** By the longest common subsequence. */
function middle(from: readonly string[], to: readonly string[]): DiffLine[] {
  const width = to.length + 1;
  const isTooLarge = (from.length + 1) * width > MOST;
  const lengths = new Uint32Array(isTooLarge ? 0 : (from.length + 1) * width);
  const at = (row: number, column: number): number => lengths[row * width + column] ?? 0;
  if (!isTooLarge)
    for (let row = from.length - 1; row >= 0; row -= 1)
      for (let column = to.length - 1; column >= 0; column -= 1)
        lengths[row * width + column] =
          from[row] === to[column]
            ? at(row + 1, column + 1) + 1
            : Math.max(at(row + 1, column), at(row, column + 1));
  const lines: DiffLine[] = [];
  let [row, column] = [0, 0];
  while (row < from.length || column < to.length) {
    const [old, young] = [from[row], to[column]];
    if (old !== undefined && old === young && !isTooLarge) {
      lines.push({ is: 'same', text: old });
      row += 1;
      column += 1;
    } else if (old !== undefined && (young === undefined || at(row + 1, column) >= at(row, column + 1))) {
      lines.push({ is: 'removed', text: old });
      row += 1;
    } else {
      lines.push({ is: 'added', text: young ?? '' });
      column += 1;
    }
  }
  return lines;
}
