import { harmless } from '../output/style.ts';

/** Text of others as Markdown that shows exactly that text: no links, no HTML, no table that breaks. */
export function plainText(text: string): string {
  return harmless(text)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll(/[\\`*_{}[\]()#+!|~@$-]/g, (sign) => `\\${sign}`)
    .replaceAll('://', ':&#47;/')
    .replaceAll(/\s*\n\s*/g, '<br>');
}

/** A code span; a longer run of backticks than any in the text encloses it. */
export function code(text: string): string {
  const clean = harmless(text).replaceAll('\n', ' ').replaceAll('|', '\\|');
  const fence = '`'.repeat(longestRun(clean) + 1);
  return fence.length === 1 ? `\`${clean}\`` : `${fence} ${clean} ${fence}`;
}

export function codeBlock(lines: readonly string[]): string[] {
  const clean = lines.map(harmless);
  const fence = '`'.repeat(Math.max(3, longestRun(clean.join('\n')) + 1));
  return [`${fence}text`, ...clean, fence];
}

/** A table; cells must be Markdown already. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return rows.length === 0 ? [] : [line(header), line(header.map(() => '---')), ...rows.map(line), ''];
}

const longestRun = (text: string): number =>
  Math.max(0, ...[...text.matchAll(/`+/g)].map((match) => match[0].length));
