/**
 * The words in which the machine's own runner tells how generalization went: on standard output of its command, and on
 * Linux on the serial console as well, which is read from outside when the agent is gone.
 */

/** Followed by the exit code, or by what was not done. */
export const DEPROVISIONING_FAILED = 'kiln: deprovisioning failed';

/** Said after the runner has looked at the result, and before it switches the machine off. */
export const DEPROVISIONED = 'kiln: deprovisioned';

/** Starts a line that people shall find in the timeline. */
export const NOTE_MARK = 'kiln: note: ';

/** What people shall find in the timeline, each once. */
export function notesIn(output: string): string[] {
  const lines = output.split(/\r?\n/).filter((line) => line.startsWith(NOTE_MARK));
  return [...new Set(lines.map((line) => line.slice(NOTE_MARK.length).trim()))];
}

export function isProved(output: string): boolean {
  return output.split(/\r?\n/).some((line) => line.startsWith(DEPROVISIONED));
}

/** What a runner said about its failure, from its last word of it on. */
export function failureIn(output: string): string | undefined {
  const at = output.lastIndexOf(DEPROVISIONING_FAILED);
  return at < 0
    ? undefined
    : output
        .slice(at, at + 2000)
        .replaceAll('\r', '')
        .trimEnd();
}
