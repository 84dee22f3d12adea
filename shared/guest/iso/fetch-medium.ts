import type { Sha256 } from '../../model/template.ts';
import type { GuestScript } from '../script.ts';
import { COMMON, ISO_EXIT, MEDIUM_LUN } from './common.ts';

/**
 * Downloads the medium straight onto the helper's second data disk and compares its SHA-256. Nothing reads the disk
 * before that: no mount, no package manager. The stream is hashed on its way, so the disk holds what was hashed.
 * `plainHttp` is for addresses that the deployment trusts; otherwise not even a redirect may leave https.
 */
export function fetchMedium(sourceUri: string, sha256: Sha256, plainHttp: boolean): GuestScript {
  return {
    text: SCRIPT,
    environment: { KILN_SHA256: sha256, KILN_PROTOCOLS: plainHttp ? '=http,https' : '=https' },
    secrets: { KILN_ISO_URI: sourceUri },
  };
}

const SCRIPT = `${COMMON}
need curl curl
medium=$(disk_at ${MEDIUM_LUN})
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# On curl's standard input: the link may be signed, and the list of processes is no place for it.
uri=\${KILN_ISO_URI//\\\\/\\\\\\\\}
uri=\${uri//\\"/\\\\\\"}
download() {
  printf 'url = "%s"\\n' "$uri" |
    curl --config - --fail --location --proto "$KILN_PROTOCOLS" --max-redirs 5 --silent --show-error \\
      --connect-timeout 30 --speed-limit 1024 --speed-time 120 2> "$work/curl" |
    tee >(sha256sum > "$work/sum") >(wc -c > "$work/size") > "$medium"
}
for attempt in 1 2 3; do
  code=0
  download || code=$?
  if [ "$code" = 0 ]; then break; fi
  # curl repeats the address in some of its words.
  said=$(sed 's/[?&][^ ]*/?…/g' "$work/curl" | tail -n 1)
  echo "Attempt $attempt of 3 failed: \${said:-exit code $code}" >&2
  # 22: the server refused; it will refuse again.
  if [ "$code" = 22 ] || [ "$attempt" = 3 ]; then
    fail ${ISO_EXIT.download} "The medium could not be downloaded: \${said:-curl ended with $code}."
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
  fail ${ISO_EXIT.checksum} "The medium has SHA-256 $sum, the template says $KILN_SHA256. Nothing was read from it."
fi
# ISO 9660: sector 16 has the magic word and, at byte 80, the number of blocks of 2048 bytes.
if [ "$(dd if="$medium" bs=1 skip=32769 count=5 status=none)" != CD001 ]; then
  fail ${ISO_EXIT.medium} "The file is no ISO 9660 medium."
fi
blocks=$(od -An -tu4 -j 32848 -N 4 "$medium" | tr -d ' ')
if [ "$size" -lt $((blocks * 2048)) ]; then
  fail ${ISO_EXIT.medium} "The medium is cut short: by its own header it has $((blocks * 2048)) bytes, the file has $size."
fi
echo "The medium is as the template says."
`;
