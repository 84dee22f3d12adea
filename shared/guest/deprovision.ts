import type { GuestScript } from './script.ts';

/** What a machine whose deprovisioning failed says on its serial console, followed by the exit code. */
export const DEPROVISIONING_FAILED = 'kiln: deprovisioning failed with exit code';

/**
 * What AIB's hidden last customizer does, and what an image needs besides. A customizer replaces it by writing
 * /tmp/DeprovisioningScript.sh:
 * https://learn.microsoft.com/azure/virtual-machines/linux/image-builder-networking#the-deprovisioning-scripts
 */
export const DEFAULT_DEPROVISIONING = `#!/bin/sh
set -eu
if command -v cloud-init >/dev/null 2>&1; then cloud-init clean --logs --seed; fi
if command -v waagent >/dev/null 2>&1; then waagent -force -deprovision+user; fi
# The account that Azure asks for at creation; waagent removes it where it is there.
if id kiln >/dev/null 2>&1; then userdel --force --remove kiln >/dev/null 2>&1 || true; fi
rm -f /etc/ssh/ssh_host_*_key /etc/ssh/ssh_host_*_key.pub
: > /etc/machine-id
rm -f /var/lib/dbus/machine-id /var/lib/systemd/random-seed
rm -f /root/.bash_history /root/.ssh/authorized_keys /home/*/.bash_history
if command -v apt-get >/dev/null 2>&1; then apt-get clean; rm -rf /var/lib/apt/lists/*; fi
if command -v dnf >/dev/null 2>&1; then dnf clean all; fi
rm -rf /var/log/journal/* /var/lib/waagent/run-command-handler
find /var/log -type f -exec truncate -s 0 {} +
if command -v sshd >/dev/null 2>&1 && ! command -v cloud-init >/dev/null 2>&1 && [ -d /etc/systemd/system ]; then
  cat > /etc/systemd/system/ssh-host-keys.service <<'UNIT'
[Unit]
Description=Make the SSH host keys that the image was shipped without
Before=ssh.service sshd.service
ConditionPathExists=!/etc/ssh/ssh_host_ed25519_key
[Service]
Type=oneshot
ExecStart=/usr/bin/ssh-keygen -A
[Install]
WantedBy=multi-user.target
UNIT
  mkdir -p /etc/systemd/system/multi-user.target.wants
  ln -sf ../ssh-host-keys.service /etc/systemd/system/multi-user.target.wants/ssh-host-keys.service
fi
`;

/**
 * Deprovisions and switches the machine off, detached: removing the agent's state would cut the very channel that
 * reports the end, so the caller watches the power state. A script that fails leaves the machine running. `--force`
 * skips the orderly stop of services, which have nothing left to save; file systems are unmounted all the same.
 */
export function deprovisionScript(): GuestScript {
  return { text: SCRIPT, environment: {} };
}

const SCRIPT = `#!/bin/sh
set -eu
script=/tmp/DeprovisioningScript.sh
if [ ! -f "$script" ]; then
cat > "$script" <<'KILN-DEPROVISION'
${DEFAULT_DEPROVISIONING}KILN-DEPROVISION
fi
cat "$script"
cat > /run/kiln-power-off.sh <<'KILN-POWER-OFF'
sleep 0.2
if /bin/sh /tmp/DeprovisioningScript.sh > /run/kiln-deprovision.log 2>&1; then
  rm -f /tmp/DeprovisioningScript.sh
  fstrim / 2>/dev/null || true
  sync
  systemctl poweroff --force 2>/dev/null || poweroff
else
  code=$?
  # The agent may be gone by now; the serial console is read from outside.
  { echo; echo "${DEPROVISIONING_FAILED} $code"; tail -c 2000 /run/kiln-deprovision.log; } > /dev/console
fi
KILN-POWER-OFF
if command -v systemd-run >/dev/null 2>&1; then
  systemd-run --quiet --no-block --collect --unit=kiln-power-off /bin/sh /run/kiln-power-off.sh
else
  nohup setsid /bin/sh /run/kiln-power-off.sh > /dev/null 2>&1 < /dev/null &
fi
`;
