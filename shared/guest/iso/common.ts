/** LUNs of the helper VM's data disks: what is installed, and the medium that it is installed from. */
export const SYSTEM_LUN = 0;
export const MEDIUM_LUN = 1;

/** Exit codes of the scripts below, by which the orchestration knows what to tell. */
export const ISO_EXIT = { download: 81, checksum: 82, medium: 83 } as const;

/**
 * Beginning of both scripts. Data disks are found by LUN: the names come from the udev rules of Azure's agent, and of
 * azure-vm-utils on NVMe sizes. https://learn.microsoft.com/azure/virtual-machines/linux/azure-to-guest-disk-mapping
 */
export const COMMON = `#!/bin/bash
set -euo pipefail
umask 022
fail() { code=$1; shift; printf '%s\\n' "$*" >&2; exit "$code"; }
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
      echo "Installing \${packages[*]} on the helper VM for $program."
      if command -v apt-get > /dev/null; then
        apt-get update -qq
        DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "\${packages[@]}"
      elif command -v dnf > /dev/null; then dnf -q -y install "\${packages[@]}"
      elif command -v tdnf > /dev/null; then tdnf -q -y install "\${packages[@]}"
      else fail 1 "The helper VM has neither $program nor a package manager that Kiln knows."
      fi
      return
    fi
  done
}
`;
