export type Node = { readonly id: string; readonly parents: readonly string[] };
export type Placed<T extends Node> = { readonly node: T; readonly column: number; readonly row: number };

/**
 * What is made from something stands to the right of it: the column of a node is the longest way to it. Within a column as near to the
 * middle of its parents as the order allows, which is enough for a graph that is a tree nearly always. A circle ends where it began.
 */
export function inLayers<T extends Node>(nodes: readonly T[]): Placed<T>[] {
  const known = new Map(nodes.map((node) => [node.id, node]));
  const columns = new Map<string, number>();
  const columnOf = (id: string, path: readonly string[]): number => {
    const found = columns.get(id);
    if (found !== undefined) return found;
    const parents = (known.get(id)?.parents ?? []).filter(
      (one) => known.has(one) && !path.includes(one) && one !== id,
    );
    const column = Math.max(-1, ...parents.map((one) => columnOf(one, [...path, id]))) + 1;
    if (path.length === 0) columns.set(id, column);
    return column;
  };
  const placed: Placed<T>[] = [];
  const rows = new Map<string, number>();
  const last = Math.max(0, ...nodes.map(({ id }) => columnOf(id, [])));
  for (let column = 0; column <= last; column += 1) {
    const layer = nodes.filter(({ id }) => columnOf(id, []) === column);
    const wish = ({ parents }: T): number => {
      const above = parents.flatMap((id) => rows.get(id) ?? []);
      return above.length === 0 ? 0 : above.reduce((sum, row) => sum + row, 0) / above.length;
    };
    const ordered = layer.toSorted((a, b) => wish(a) - wish(b) || a.id.localeCompare(b.id));
    for (const [row, node] of ordered.entries()) {
      rows.set(node.id, row);
      placed.push({ node, column, row });
    }
  }
  return placed;
}
