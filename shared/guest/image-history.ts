import { NOTE_MARK } from './proof.ts';

/** Bytes of a history of the source that is taken over into that of the image. */
const MOST_BEFORE = 256 * 1024;

/** What an image will say of itself. */
export type HistoryText = {
  /** The run that writes it: what it has written already stays. */
  readonly run: string;
  /** JSON of an object. */
  readonly json: string;
};

/** The object without its end: what the source said of itself comes into it as \`before\`, in the machine. */
function opened(json: string): string {
  return asPlainText(json.trimEnd().replace(/\}$/, '').trimEnd());
}

/** Agents read scripts in code pages of their own. */
function asPlainText(json: string): string {
  return json.replaceAll(/[^\n\x20-\x7e]/g, (found) => {
    const code = found.codePointAt(0) ?? 0;
    return String.raw`\u${code.toString(16).padStart(4, '0')}`;
  });
}

const LINUX_FILE = '/usr/share/kiln/image.json';

/**
 * Writes the history in a Linux machine; one whose /usr cannot be written to tells it by a note and goes on. No line of JSON
 * can be the mark that ends it. \`root\`: for tests.
 */
export function linuxHistory({ run, json }: HistoryText, root = ''): string {
  return `history='${root}${LINUX_FILE}'
write_history() {
  if ! mkdir -p "\${history%/*}"; then return 1; fi
  chmod 755 "\${history%/*}"
  before=''
  if [ -f "$history" ]; then
    if grep -qF '"run": "${run}"' "$history"; then return 0; fi
    if [ "$(wc -c < "$history")" -le ${MOST_BEFORE} ]; then before=$(cat "$history"); fi
  fi
  {
    cat <<'KILN-HISTORY'
${opened(json)}
KILN-HISTORY
    if [ -n "$before" ]; then printf ',\\n"before": %s\\n' "$before"; fi
    echo '}'
  } > "$history.new" && chmod 644 "$history.new" && mv -f "$history.new" "$history"
}
if ! write_history 2>/dev/null; then
  echo "${NOTE_MARK}${LINUX_FILE} could not be written; the image does not say what it was made of."
fi`;
}

/** The same for Windows: \`\$kiln.history\` is what \`windowsHistoryValue\` gives. Sysprep leaves ProgramData alone. */
export const WRITE_WINDOWS_HISTORY = `if ($kiln.history) {
  try {
    $place = Join-Path $env:ProgramData 'Kiln'
    New-Item -ItemType Directory -Force -Path $place | Out-Null
    $file = Join-Path $place 'image.json'
    $before = ''
    if (Test-Path -LiteralPath $file) { $before = [string](Get-Content -LiteralPath $file -Raw) }
    if (-not $before.Contains('"run": "' + $kiln.history.run + '"')) {
      $text = $kiln.history.opened
      if ($before -and $before.Length -le ${MOST_BEFORE}) { $text += ",\`n""before"": " + $before.Trim() }
      Set-Content -LiteralPath $file -Value ($text + "\`n}\`n") -Encoding Ascii -NoNewline
    }
  } catch {
    Write-Output "${NOTE_MARK}ProgramData\\Kiln\\image.json could not be written; the image does not say what it was made of. $_"
  }
}`;

export function windowsHistoryValue({ run, json }: HistoryText): object {
  return { history: { run, opened: opened(json) } };
}
