import { createInterface } from 'node:readline/promises';
import { harmless } from './style.ts';

/** Asks on the terminal; only `y` and `yes` are one. Where nobody sits the command itself is the wish: true. */
export async function confirm(question: string): Promise<boolean> {
  if (!process.stdin.isTTY || !process.stderr.isTTY) return true;
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  // Without an answer (Ctrl-C, Ctrl-D) the question would stay open for ever, and Node end as if all were well.
  const left = new Promise<string>((resolve) => lines.once('close', () => resolve('')));
  try {
    const answer = await Promise.race([lines.question(`${harmless(question)} [y/N] `), left]);
    return /^y(es)?$/i.test(answer.trim());
  } finally {
    lines.close();
  }
}
