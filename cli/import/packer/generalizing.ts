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

export function generalizes(text: string): boolean {
  return GENERALIZES.test(text);
}

/**
 * Lines of a step up to where they generalize the machine. The commands before it on the same line stay: people write
 * `apt-get clean && waagent -deprovision+user && sync` on one.
 */
export function beforeGeneralizing(lines: readonly string[]): Kept {
  const at = lines.findIndex(generalizes);
  if (at === -1) return { lines, without: [], lost: [] };
  const line = lines[at] ?? '';
  const commands = line.split(/\s*(?:&&|;)\s*/);
  const first = commands.findIndex(generalizes);
  const before = commands.slice(0, first).filter((command) => command !== 'sudo');
  const rest = [...commands.slice(first + 1), ...lines.slice(at + 1)];
  return {
    lines: [...lines.slice(0, at), ...(before.length === 0 ? [] : [before.join(' && ')])],
    without: [commands[first] ?? line, ...rest.filter((part) => BELONGS_TO_IT.test(part))],
    lost: rest.filter((part) => !BELONGS_TO_IT.test(part)),
  };
}
