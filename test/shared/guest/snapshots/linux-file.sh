#!/bin/sh
set -eu
umask 022
folder="$(mktemp -d "${KILN_FOLDER:-/root}/.kiln-XXXXXXXX")"
trap 'rm -rf "$folder"' EXIT
incoming="$folder/step"
tail -n +29 "$0" | base64 -d > "$incoming"
condition="$KILN_RUN_IF"
unset KILN_RUN_IF
if ! /bin/sh -c "$condition" > /dev/null 2>&1; then
  echo 'kiln: skipped, because the condition runIf does not hold.'
  exit 213
fi
if ! printf '%s  %s
' "$KILN_SHA256" "$incoming" | sha256sum --check --status -; then
  echo "The file for $KILN_DESTINATION did not arrive whole: its SHA-256 is not $KILN_SHA256." >&2
  exit 1
fi
target="$KILN_DESTINATION"
if [ -d "$target" ] || [ "${target%/}" != "$target" ]; then target="${target%/}/$KILN_SOURCE_NAME"; fi
if [ -d "$target" ] || [ "${target%/}" != "$target" ]; then
  echo "$target is a folder, and not a file that could be replaced. Name the file in the destination." >&2
  exit 1
fi
install -D -T -m "$KILN_MODE" "$incoming" "$target"
echo "Installed $target ($(wc -c < "$incoming") bytes)."
exit 0
#KILN-PAYLOAD
Y29udGVudA==
