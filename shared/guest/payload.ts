import { Buffer } from 'node:buffer';
import { REDACT_FUNCTION } from './redact.ts';
import { SKIPPED_EXIT_CODE, SKIPPED_WORDS } from './script.ts';

const PAYLOAD_MARK = '#KILN-PAYLOAD';

/** Pieces of the script around a payload. `$incoming` is the payload; the folder that it is in goes at the end. */
export const RUN_STEP = {
  condition: `condition="$KILN_RUN_IF"
unset KILN_RUN_IF
if ! /bin/sh -c "$condition" > /dev/null 2>&1; then
  echo '${SKIPPED_WORDS}'
  exit ${SKIPPED_EXIT_CODE}
fi`,
  plain: `chmod 700 "$incoming"
"$incoming" "$@"`,
  // Daemons that the step leaves behind hold the pipes open: what is still to come after five seconds is theirs.
  redacted: `chmod 700 "$incoming"
${REDACT_FUNCTION}
mkfifo "$folder/out" "$folder/err"
{ redact < "$folder/out" || true; : > "$folder/out-done"; } &
{ redact < "$folder/err" >&2 || true; : > "$folder/err-done"; } &
unset KILN_SECRETS
status=0
"$incoming" "$@" > "$folder/out" 2> "$folder/err" || status=$?
for _ in $(seq 50); do
  if [ -e "$folder/out-done" ] && [ -e "$folder/err-done" ]; then break; fi
  sleep 0.1
done
[ "$status" -eq 0 ] || exit "$status"`,
  install: `if ! printf '%s  %s\\n' "$KILN_SHA256" "$incoming" | sha256sum --check --status -; then
  echo "The file for $KILN_DESTINATION did not arrive whole: its SHA-256 is not $KILN_SHA256." >&2
  exit 1
fi
install -D -m "$KILN_MODE" "$incoming" "$KILN_DESTINATION"
echo "Installed $KILN_DESTINATION ($(wc -c < "$incoming") bytes)."`,
} as const;

/**
 * A script that carries its own payload behind a mark, as Base64: the agent accepts text only. It is unpacked in the
 * home of root, because /tmp and /var/tmp of hardened images are mounted noexec.
 */
export function payloadScript(bytes: Uint8Array, actions: readonly string[]): string {
  const payload = Buffer.from(bytes).toString('base64').replaceAll(/.{76}/g, '$&\n');
  const head = (line: number): string => `#!/bin/sh
set -eu
umask 022
folder="$(mktemp -d "\${KILN_FOLDER:-/root}/.kiln-XXXXXXXX")"
trap 'rm -rf "$folder"' EXIT
incoming="$folder/step"
tail -n +${line} "$0" | base64 -d > "$incoming"
${actions.join('\n')}
exit 0
${PAYLOAD_MARK}
`;
  const firstLine = head(0).split('\n').length;
  return `${head(firstLine)}${payload}\n`;
}
