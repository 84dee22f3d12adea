#!/bin/sh
set -eu
umask 022
folder="$(mktemp -d "${KILN_FOLDER:-/root}/.kiln-XXXXXXXX")"
trap 'rm -rf "$folder"' EXIT
incoming="$folder/step"
tail -n +12 "$0" | base64 -d > "$incoming"
chmod 700 "$incoming"
"$incoming" "$@"
exit 0
#KILN-PAYLOAD
/wA=
