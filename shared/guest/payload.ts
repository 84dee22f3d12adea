import { Buffer } from 'node:buffer';
import { REDACT_FUNCTION } from './redact.ts';
import { SKIPPED_EXIT_CODE, SKIPPED_WORDS } from './script.ts';

const PAYLOAD_MARK = '#KILN-PAYLOAD';

/** Starts the payload as the rest of the line says; `$@` are its arguments. */
const CALL = '$start "$incoming" "$@"';

/** Pieces of the script around a payload. `$incoming` is the payload; the folder that it is in goes at the end. */
export const RUN_STEP = {
  condition: `condition="$KILN_RUN_IF"
unset KILN_RUN_IF
if ! /bin/sh -c "$condition" > /dev/null 2>&1; then
  echo '${SKIPPED_WORDS}'
  exit ${SKIPPED_EXIT_CODE}
fi`,
  /** What names no interpreter runs under bash, as it does for Packer, whose scripts are started by a login shell. */
  bash: `start="$(command -v bash || echo /bin/sh)"`,
  itself: `start=""`,
  /** The account may pass through the folder and read the one file that is its own. */
  asUser: `run_as="$KILN_RUN_AS"
unset KILN_RUN_AS
if ! id "$run_as" > /dev/null 2>&1; then
  echo "kiln: the machine has no account $run_as, which runAs names. Make it in an earlier step." >&2
  exit 1
fi
chmod 711 "$folder"
chown "$run_as" "$incoming"
home="$(getent passwd "$run_as" | cut -d : -f 6)"
USER="$run_as"
LOGNAME="$run_as"
HOME="\${KILN_HOME:-$home}"
export USER LOGNAME HOME
cd "$HOME" 2> /dev/null || cd /
start="runuser -u $run_as -- $start"`,
  plain: `chmod 700 "$incoming"
${CALL}`,
  // Daemons that the step leaves behind hold the pipes open: what is still to come after five seconds is theirs.
  redacted: `chmod 700 "$incoming"
${REDACT_FUNCTION}
mkfifo "$folder/out" "$folder/err"
{ redact < "$folder/out" || true; : > "$folder/out-done"; } &
{ redact < "$folder/err" >&2 || true; : > "$folder/err-done"; } &
unset KILN_SECRETS
status=0
${CALL} > "$folder/out" 2> "$folder/err" || status=$?
for _ in $(seq 50); do
  if [ -e "$folder/out-done" ] && [ -e "$folder/err-done" ]; then break; fi
  sleep 0.1
done
[ "$status" -eq 0 ] || exit "$status"`,
  install: `if ! printf '%s  %s\n' "$KILN_SHA256" "$incoming" | sha256sum --check --status -; then
  echo "The file for $KILN_DESTINATION did not arrive whole: its SHA-256 is not $KILN_SHA256." >&2
  exit 1
fi
target="$KILN_DESTINATION"
if [ -d "$target" ] || [ "\${target%/}" != "$target" ]; then target="\${target%/}/$KILN_SOURCE_NAME"; fi
if [ -d "$target" ] || [ "\${target%/}" != "$target" ]; then
  echo "$target is a folder, and not a file that could be replaced. Name the file in the destination." >&2
  exit 1
fi
install -D -T -m "$KILN_MODE" "$incoming" "$target"
echo "Installed $target ($(wc -c < "$incoming") bytes)."`,
} as const;

/**
 * A script that carries its own payload behind a mark, as Base64: the agent accepts text only. It is unpacked in the
 * home of root, because /tmp and /var/tmp of hardened images are mounted noexec; what another account shall run, in a
 * folder below /var/lib that it can get to.
 */
export function payloadScript(
  bytes: Uint8Array,
  actions: readonly string[],
  parent: '/root' | '/var/lib' = '/root',
): string {
  const payload = Buffer.from(bytes).toString('base64').replaceAll(/.{76}/g, '$&\n');
  const head = (line: number): string => `#!/bin/sh
set -eu
umask 022
folder="$(mktemp -d "\${KILN_FOLDER:-${parent}}/.kiln-XXXXXXXX")"
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
