// The blocks of commands on the pages that people follow.
import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { ROOT } from '../support/local-kiln.ts';

export type Block = {
  /** Relative to the checkout. */
  readonly page: string;
  /** Of the fence, from 1. */
  readonly line: number;
  readonly text: string;
  /** Why no test runs it, from a comment above the fence that a reader does not see: `<!-- not run: needs Azure -->`. */
  readonly notRun?: string;
};

export const PAGES = globSync(['*.md', 'docs/**/*.md', 'examples/**/*.md', 'local/*.md'], { cwd: ROOT })
  .map((page) => page.replaceAll('\\', '/'))
  .toSorted();

export const read = (page: string): string => readFileSync(path.join(ROOT, page), 'utf8');

const SHELLS = new Set(['sh', 'bash', 'shell', 'console', 'zsh', 'powershell', 'pwsh']);
const OTHERS = new Set(['', 'json', 'jsonc', 'js', 'ts', 'text', 'yaml', 'mermaid']);
/** What makes commands of a block without a language: a prompt, or the name of a program that the guides use. */
const COMMAND = /^(\$ |(sudo |\w+=\S* )*(kiln|npm|npx|node|az|azd|git|curl|docker|apt-get|export|cd) )/;
const REASON = /^\s*<!-- not run: (.+) -->$/;

/** Every fenced block of commands of a page, in its order. Throws for a fence that nothing closes, and for one of a kind that is not known. */
export function shellBlocks(page: string, markdown: string): Block[] {
  const lines = markdown.split('\n');
  const blocks: Block[] = [];
  for (let at = 0; at < lines.length; at += 1) {
    const [fence, indent = '', marks, language = ''] = /^( *)(```|~~~)\s*(\S*)/.exec(lines[at] ?? '') ?? [];
    if (fence === undefined) continue;
    if (marks !== '```' || !(SHELLS.has(language) || OTHERS.has(language)))
      throw new Error(`${page}:${at + 1}: is ${fence.trim()} a block of commands? Teach blocks.ts`);
    const end = lines.findIndex((line, index) => index > at && line === `${indent}\`\`\``);
    if (end === -1) throw new Error(`${page}:${at + 1}: nothing closes this block`);
    const body = lines.slice(at + 1, end).map((line) => line.slice(indent.length));
    if (SHELLS.has(language) || (['', 'text'].includes(language) && COMMAND.test(body[0] ?? '')))
      blocks.push({ page, line: at + 1, text: body.join('\n'), ...reasonAbove(lines, at) });
    at = end;
  }
  return blocks;
}

function reasonAbove(lines: readonly string[], fence: number): Pick<Block, 'notRun'> {
  const above = lines.slice(0, fence).findLast((line) => line.trim() !== '') ?? '';
  const reason = REASON.exec(above)?.[1];
  return reason === undefined ? {} : { notRun: reason };
}

export const allBlocks = (): Block[] => PAGES.flatMap((page) => shellBlocks(page, read(page)));
