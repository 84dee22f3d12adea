/** Kiln generalizes after the last step by itself; a machine that has done so already cannot be reached by the next one. */
const GENERALIZES = /waagent\b.*-deprovision|sysprep(\.exe)?["']?\s+.*\/generalize/i;

/** What scripts do after it: wait for the state that it sets, flush, leave no history, end. It has no meaning without it. */
const BELONGS_TO_IT =
  /ImageState|GENERALIZE_RESEAL|^\s*(sync|exit|shutdown\b.*|export HISTSIZE=0|Start-Sleep\b.*|while\s*\(\$true\).*|[{}]|else|break|)\s*;?\s*$/i;

export type Kept = {
  readonly lines: readonly string[];
  /** What was left out because it generalizes, or waits for it; empty: nothing was. */
  readonly without: readonly string[];
  /** What came after it and is something else: it would run on a machine that is generalized already. */
  readonly lost: readonly string[];
};

/** A comment does not. */
export function generalizes(text: string): boolean {
  return text.split('\n').some((line) => !/^\s*#/.test(line) && GENERALIZES.test(line));
}

/**
 * Lines of a step up to where they generalize the machine. The commands before it on the same line stay: people write
 * `apt-get clean && waagent -deprovision+user && sync` on one.
 */
export function beforeGeneralizing(given: readonly string[]): Kept {
  if (!given.some(generalizes)) return { lines: given, without: [], lost: [] };
  const lines = given.flatMap((item) => item.split('\n'));
  const at = lines.findIndex(generalizes);
  const line = lines[at] ?? '';
  const commands = line.split(/\s*(?:&&|;)\s*/);
  const first = commands.findIndex(generalizes);
  // `sh -c "a && waagent …"`, or lines below `<<EOF`: what belongs together cannot be told from single commands.
  if (isCut(commands[first] ?? '') || isText(lines.slice(0, at)))
    return { lines: lines.slice(0, at), without: [], lost: lines.slice(at) };
  const before = commands.slice(0, first).filter((command) => command !== 'sudo');
  const rest = [...commands.slice(first + 1), ...lines.slice(at + 1)];
  return {
    lines: [...lines.slice(0, at), ...(before.length === 0 ? [] : [before.join(' && ')])],
    without: [commands[first] ?? line, ...rest.filter((part) => BELONGS_TO_IT.test(part))],
    lost: rest.filter((part) => !BELONGS_TO_IT.test(part)),
  };
}

/** Has the end of a quoted text and not its beginning, or the other way round. */
const isCut = (command: string): boolean => ['"', "'"].some((mark) => command.split(mark).length % 2 === 0);

/** The last of the lines is one of a text for another program. */
function isText(lines: readonly string[]): boolean {
  const ends = lines.map((line) => /<<-?\s*["']?(\w+)/.exec(line)?.[1]);
  return ends.some(
    (end, index) => end !== undefined && !lines.slice(index + 1).some((line) => line.trim() === end),
  );
}
