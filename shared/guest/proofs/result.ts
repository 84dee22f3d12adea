/** One thing that the machine was asked about. */
export type ProofResult = {
  /** Number of a declared check, or name of a hygiene rule. */
  readonly id: string;
  /** `skipped`: there was nothing to look at. */
  readonly result: 'passed' | 'failed' | 'skipped';
  /** What was found, cut. */
  readonly found: string;
};

const MARK = 'kiln-proof';

/** A comment that says what will be answered: a simulated machine reads it and answers that it cannot know. */
export const asked = (ids: readonly string[]): string => `# kiln-proofs: ${ids.join(' ')}`;

/** Prints a result; what is found becomes one short line, whatever it is. */
export const LINUX_REPORT = String.raw`report() {
  printf '${MARK}\t%s\t%s\t%s\n' "$1" "$2" "$(printf '%s' "$3" | tr '\t\n\r' '   ' | cut -c1-300)"
}
pass() { report "$1" passed "$2"; }
fail() { report "$1" failed "$2"; }
skip() { report "$1" skipped "$2"; }`;

export const WINDOWS_REPORT = String.raw`function Report([string]$id, [string]$result, [string]$found) {
  $line = $found -replace '\s+', ' '
  if ($line.Length -gt 300) { $line = $line.Substring(0, 300) }
  Write-Output "${MARK}${'`t'}$id${'`t'}$result${'`t'}$line"
}
function Judge([string]$id, [bool]$good, [string]$found) {
  if ($good) { Report $id 'passed' $found } else { Report $id 'failed' $found }
}`;

/** What a machine has said, each thing once; lines of others in between are passed over. */
export function resultsIn(output: string): ProofResult[] {
  const results = output.split(/\r?\n/).flatMap((line): ProofResult[] => {
    const [mark, id = '', result, found = ''] = line.split('\t');
    if (mark !== MARK || (result !== 'passed' && result !== 'failed' && result !== 'skipped')) return [];
    return [{ id, result, found }];
  });
  return [...new Map(results.map((one) => [one.id, one])).values()];
}
