#!/bin/bash
set -euo pipefail
umask 022
fail() { code=$1; shift; printf '%s\n' "$*" >&2; exit "$code"; }
disk_at() {
  local path
  for _ in 1 2 3 4 5 6 7 8 9 10; do
    for path in "/dev/disk/azure/scsi1/lun$1" "/dev/disk/azure/data/by-lun/$1"; do
      if [ -b "$path" ]; then readlink -f "$path"; return; fi
    done
    sleep 3
  done
  fail 1 "The helper VM has no data disk at LUN $1 below /dev/disk/azure; its image lacks the udev rules of Azure's agent."
}
need() {
  local program packages
  read -ra packages <<< "$1"; shift
  for program in "$@"; do
    if ! command -v "$program" > /dev/null; then
      echo "Installing ${packages[*]} on the helper VM for $program."
      if command -v apt-get > /dev/null; then
        apt-get update -qq
        DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${packages[@]}"
      elif command -v dnf > /dev/null; then dnf -q -y install "${packages[@]}"
      elif command -v tdnf > /dev/null; then tdnf -q -y install "${packages[@]}"
      else fail 1 "The helper VM has neither $program nor a package manager that Kiln knows."
      fi
      return
    fi
  done
}

need curl curl
medium=$(disk_at 1)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# On curl's standard input: the link may be signed, and the list of processes is no place for it.
uri=${KILN_ISO_URI//\\/\\\\}
uri=${uri//\"/\\\"}
download() {
  printf 'url = "%s"\n' "$uri" |
    curl --config - --fail --location --proto "$KILN_PROTOCOLS" --max-redirs 5 --silent --show-error \
      --connect-timeout 30 --speed-limit 1024 --speed-time 120 2> "$work/curl" |
    tee >(sha256sum > "$work/sum") >(wc -c > "$work/size") > "$medium"
}
for attempt in 1 2 3; do
  code=0
  download || code=$?
  if [ "$code" = 0 ]; then break; fi
  # curl repeats the address in some of its words.
  said=$(sed 's/[?&][^ ]*/?…/g' "$work/curl" | tail -n 1)
  echo "Attempt $attempt of 3 failed: ${said:-exit code $code}" >&2
  # 22: the server refused; it will refuse again.
  if [ "$code" = 22 ] || [ "$attempt" = 3 ]; then
    fail 81 "The medium could not be downloaded: ${said:-curl ended with $code}."
  fi
  sleep $((attempt * 5))
done
for _ in $(seq 100); do
  if [ -s "$work/sum" ] && [ -s "$work/size" ]; then break; fi
  sleep 0.1
done
sync "$medium"
read -r sum _ < "$work/sum"
read -r size < "$work/size"
echo "Downloaded $size bytes with SHA-256 $sum."
if [ "$sum" != "$KILN_SHA256" ]; then
  fail 82 "The medium has SHA-256 $sum, the template says $KILN_SHA256. Nothing was read from it."
fi
# ISO 9660: sector 16 has the magic word and, at byte 80, the number of blocks of 2048 bytes.
if [ "$(dd if="$medium" bs=1 skip=32769 count=5 status=none)" != CD001 ]; then
  fail 83 "The file is no ISO 9660 medium."
fi
blocks=$(od -An -tu4 -j 32848 -N 4 "$medium" | tr -d ' ')
if [ "$size" -lt $((blocks * 2048)) ]; then
  fail 83 "The medium is cut short: by its own header it has $((blocks * 2048)) bytes, the file has $size."
fi
echo "The medium is as the template says."
