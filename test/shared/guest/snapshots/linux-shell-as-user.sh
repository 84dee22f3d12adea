#!/bin/sh
set -eu
umask 022
folder="$(mktemp -d "${KILN_FOLDER:-/var/lib}/.kiln-XXXXXXXX")"
trap 'rm -rf "$folder"' EXIT
incoming="$folder/step"
tail -n +82 "$0" | base64 -d > "$incoming"
condition="$KILN_RUN_IF"
unset KILN_RUN_IF
if ! /bin/sh -c "$condition" > /dev/null 2>&1; then
  echo 'kiln: skipped, because the condition runIf does not hold.'
  exit 213
fi
set -- "$KILN_ARGUMENT_1" "$KILN_ARGUMENT_2"
unset KILN_ARGUMENT_1 KILN_ARGUMENT_2
start=""
run_as="$KILN_RUN_AS"
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
HOME="${KILN_HOME:-$home}"
export USER LOGNAME HOME
cd "$HOME" 2> /dev/null || cd /
start="runuser -u $run_as -- $start"
chmod 700 "$incoming"
interactive=""
case "$(awk -W version 2>&1 < /dev/null | head -n 1)" in mawk*) interactive="-Winteractive" ;; esac
redact() {
  LC_ALL=C awk ${interactive:+"$interactive"} '
    BEGIN {
      n = split(ENVIRON["KILN_SECRETS"], names, " ")
      for (i = 1; i <= n; i++) {
        value = ENVIRON[names[i]]
        gsub(/^[\r\n]+|[\r\n]+$/, "", value)
        m = split(value, lines, "\n")
        for (j = 1; j <= m; j++) {
          sub(/\r$/, "", lines[j])
          if (lines[j] != "" && (m == 1 || length(lines[j]) > 3)) values[++count] = lines[j]
        }
      }
      for (i = 2; i <= count; i++) {
        value = values[i]
        for (j = i - 1; j >= 1 && length(values[j]) < length(value); j--) values[j + 1] = values[j]
        values[j + 1] = value
      }
    }
    {
      line = $0
      for (i = 1; i <= count; i++) {
        clean = ""
        while ((at = index(line, values[i])) > 0) {
          clean = clean substr(line, 1, at - 1) "[redacted]"
          line = substr(line, at + length(values[i]))
        }
        line = clean line
      }
      print line
      fflush()
    }
  '
}
mkfifo "$folder/out" "$folder/err"
{ redact < "$folder/out" || true; : > "$folder/out-done"; } &
{ redact < "$folder/err" >&2 || true; : > "$folder/err-done"; } &
unset KILN_SECRETS
status=0
$start "$incoming" "$@" > "$folder/out" 2> "$folder/err" || status=$?
for _ in $(seq 50); do
  if [ -e "$folder/out-done" ] && [ -e "$folder/err-done" ]; then break; fi
  sleep 0.1
done
[ "$status" -eq 0 ] || exit "$status"
exit 0
#KILN-PAYLOAD
IyEvYmluL2Jhc2gKaWQ=
