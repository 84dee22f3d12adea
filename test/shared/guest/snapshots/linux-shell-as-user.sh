#!/bin/sh
set -eu
umask 022
folder="$(mktemp -d "${KILN_FOLDER:-/var/lib}/.kiln-XXXXXXXX")"
trap 'rm -rf "$folder"' EXIT
incoming="$folder/step"
tail -n +131 "$0" | base64 -d > "$incoming"
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
    function base64(text, shift,   out, bits, n, i, digit) {
      text = substr("xx", 1, shift) text; bits = 0; n = 0; out = ""
      for (i = 1; i <= length(text); i++) {
        bits = bits * 256 + ord[substr(text, i, 1)]; n += 8
        while (n >= 6) {
          n -= 6; digit = int(bits / 2 ^ n); bits -= digit * 2 ^ n
          out = out substr(alphabet, digit + 1, 1)
        }
      }
      return substr(out, shift == 0 ? 1 : shift + 2)
    }
    function wrapped(text, width) {
      for (; length(text) > width; text = substr(text, width + 1)) add(substr(text, 1, width))
      add(text)
    }
    function inLowerCase(text,   out, at) {
      while ((at = index(text, "%")) > 0) {
        out = out substr(text, 1, at) tolower(substr(text, at + 1, 2)); text = substr(text, at + 3)
      }
      return out text
    }
    function add(text) { if (length(text) > 4) values[++count] = text }
    function forms(text,   i, j, c, hex, url, uri, json, back, safe) {
      for (i = 0; i < 3; i++) {
        j = base64(text, i); add(j)
        if (i == 0 && length(j) > 64) { wrapped(j, 64); wrapped(j, 76) }
        safe = j; gsub(/[+]/, "-", safe); gsub(/\//, "_", safe); if (safe != j) add(safe)
      }
      for (i = 1; i <= length(text); i++) {
        c = substr(text, i, 1); j = sprintf("%02x", ord[c])
        hex = hex j; back = c back
        if (c ~ /^[A-Za-z0-9._~-]$/) { url = url c; uri = uri c }
        else { url = url "%" toupper(j); uri = uri (c ~ /^[!*()\047]$/ ? c : "%" toupper(j)) }
        if (c == "\\" || c == "\"") json = json "\\" c
        else if (c == "\n") json = json "\\n"
        else if (c == "\r") json = json "\\r"
        else if (c == "\t") json = json "\\t"
        else json = json c
      }
      add(hex); add(toupper(hex)); add(back)
      if (url != text) { add(url); add(inLowerCase(url)); if (gsub(/%20/, "+", url)) add(url) }
      if (uri != text) { add(uri); add(inLowerCase(uri)) }
      if (json != text) add(json)
    }
    BEGIN {
      alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
      for (i = 1; i < 256; i++) ord[sprintf("%c", i)] = i
      n = split(ENVIRON["KILN_SECRETS"], names, " ")
      for (i = 1; i <= n; i++) {
        value = ENVIRON[names[i]]
        gsub(/^[\r\n]+|[\r\n]+$/, "", value)
        if (length(value) > 3) forms(value)
        m = split(value, lines, "\n")
        for (j = 1; j <= m; j++) {
          sub(/\r$/, "", lines[j])
          if (lines[j] == "" || (m > 1 && length(lines[j]) < 4)) continue
          values[++count] = lines[j]
          if (m > 1) forms(lines[j])
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
