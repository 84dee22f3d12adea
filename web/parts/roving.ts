const STEPS: Readonly<Record<string, readonly [row: number, column: number]>> = {
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
};

/**
 * Arrow keys in a table whose cells can have the focus: one of them is in the order of the page, so that a large table is one stop.
 * https://www.w3.org/WAI/ARIA/apg/practices/keyboard-interface/#kbd_roving_tabindex
 */
export function moveInTable(event: KeyboardEvent): void {
  const [rows, columns] = STEPS[event.key] ?? [0, 0];
  const cell = event.target instanceof Element ? event.target.closest('td') : null;
  const row = cell?.parentElement;
  const body = row?.parentElement;
  if (cell === null || (rows === 0 && columns === 0) || !row || !body) return;
  const at = [...row.children].indexOf(cell) + columns;
  const line = body.children[[...body.children].indexOf(row) + rows];
  const next = line?.children[at];
  if (!(next instanceof HTMLTableCellElement) || next.tagName !== 'TD') return;
  event.preventDefault();
  cell.tabIndex = -1;
  const inner = next.querySelector('a');
  if (inner === null) next.tabIndex = 0;
  (inner ?? next).focus();
}
