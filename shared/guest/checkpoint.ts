import { DEPROVISIONING_SCRIPT, KEPT } from './deprovision.ts';
import type { GuestScript } from './script.ts';

/**
 * Brings a machine that runs into a state that its disk can be kept in: everything is written, and the random seed is not for two.
 * The file system is not frozen, because the VM agent would stand still with it: what is written from here on is in the
 * snapshot or not, as after a power failure, and the journal mends it. https://learn.microsoft.com/azure/virtual-machines/snapshot-copy-managed-disk
 */
export function settleForCheckpoint(): GuestScript {
  return { text: SETTLE, environment: {} };
}

const SETTLE = `#!/bin/sh
set -eu
rm -rf ${KEPT}
mkdir -m 700 ${KEPT}
if [ -f ${DEPROVISIONING_SCRIPT} ]; then cp -p ${DEPROVISIONING_SCRIPT} ${KEPT}/deprovision; fi
rm -f /var/lib/systemd/random-seed
if command -v fstrim >/dev/null 2>&1; then timeout 60 fstrim / 2>/dev/null || true; fi
sync
`;

/**
 * A machine that was made of a checkpoint becomes one of its own before its first step: another id and other host keys, as a
 * machine has that was made of an image. cloud-init sees by itself that the instance is another one.
 * https://www.freedesktop.org/software/systemd/man/latest/machine-id.html
 */
export const RESUME = `(
  set +e
  if [ -s /etc/machine-id ]; then
    tr -d '-' < /proc/sys/kernel/random/uuid > /etc/machine-id
    if [ -f /var/lib/dbus/machine-id ] && [ ! -L /var/lib/dbus/machine-id ]; then cp /etc/machine-id /var/lib/dbus/machine-id; fi
  fi
  if command -v ssh-keygen >/dev/null 2>&1 && ls /etc/ssh/ssh_host_*_key >/dev/null 2>&1; then
    rm -f /etc/ssh/ssh_host_*_key /etc/ssh/ssh_host_*_key.pub
    ssh-keygen -A >/dev/null 2>&1
    if command -v systemctl >/dev/null 2>&1; then systemctl try-restart ssh.service sshd.service >/dev/null 2>&1; fi
  fi
  if [ -f ${KEPT}/deprovision ]; then cp -p ${KEPT}/deprovision ${DEPROVISIONING_SCRIPT}; fi
  rm -rf ${KEPT}
  exit 0
)`;
