import { DEPROVISIONING_SCRIPT, WRITE_DEFAULT } from './deprovision.ts';
import { RESUME } from './checkpoint.ts';
import { LIST_SOURCE } from './linux-inventory.ts';
import { NOTE_MARK } from './proof.ts';
import type { Preparation } from './script.ts';

/** Longest wait for the system's own first boot, in seconds; a step with little time of its own waits for half of that. */
const LONGEST_WAIT = 300;

export function waitWithin(timeoutSeconds: number): number {
  return Math.min(LONGEST_WAIT, Math.floor(timeoutSeconds / 2));
}

/**
 * What happens in a Linux machine before its first customizer, in the same run command: cloud-init and whoever holds the
 * locks of the package manager may finish, and the deprovisioning script stands where customizers look for it. Nothing
 * of it can fail the step. dpkg, apt and rpm take POSIX locks, which \`/proc/locks\` lists by inode.
 * https://cloudinit.readthedocs.io/en/latest/reference/cli.html#status
 */
export function prepareLinux({ waitSeconds, listSource, resumes }: Preparation): string {
  return `limit=${waitSeconds}
${SETTLE}
( set +e; settle; exit 0 )${resumes === true ? `\n${RESUME}` : ''}
if [ ! -e ${DEPROVISIONING_SCRIPT} ]; then
${WRITE_DEFAULT(DEPROVISIONING_SCRIPT)}
fi || echo "${NOTE_MARK}${DEPROVISIONING_SCRIPT} could not be written before the first step."${listSource === true ? `\n${LIST_SOURCE}` : ''}`;
}

const SETTLE = `locked() {
  for lock in /var/lib/dpkg/lock-frontend /var/lib/dpkg/lock /var/lib/apt/lists/lock /var/cache/apt/archives/lock \\
    /var/lib/rpm/.rpm.lock /usr/lib/sysimage/rpm/.rpm.lock; do
    if [ -e "$lock" ] && grep -q "POSIX .*:$(stat -c %i "$lock") " /proc/locks; then return 0; fi
  done
  for lock in /run/zypp.pid /run/yum.pid /var/run/yum.pid; do
    if [ -s "$lock" ] && kill -0 "$(cat "$lock")" 2>/dev/null; then return 0; fi
  done
  return 1
}
settled() {
  waited=$(($(date +%s) - $2))
  if [ "$3" -ne 0 ]; then
    echo "${NOTE_MARK}$1 had not ended after $waited seconds; the first step starts all the same."
  elif [ "$waited" -gt 1 ]; then
    echo "${NOTE_MARK}The first step waited $waited seconds for $1."
  fi
}
settle() {
  begun=$(date +%s)
  if command -v cloud-init >/dev/null 2>&1 && [ -d /run/cloud-init ]; then
    status=0
    timeout "$limit" cloud-init status --wait >/dev/null 2>&1 || status=$?
    [ "$status" -eq 124 ] || status=0
    settled cloud-init "$begun" "$status"
  fi
  since=$(date +%s)
  while locked; do
    if [ $(($(date +%s) - begun)) -ge "$limit" ]; then
      settled 'whoever holds the locks of the package manager' "$since" 1
      return
    fi
    sleep 1
  done
  settled 'whoever held the locks of the package manager' "$since" 0
}`;
