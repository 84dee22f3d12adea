import { type HistoryText, linuxHistory } from './image-history.ts';
import { LINUX_RUNNER } from './linux-runner.ts';
import { NOTE_MARK } from './proof.ts';
import type { GuestScript } from './script.ts';

/** Where AIB's hidden last customizer looks, and where customizers edit it, add to it or replace it. */
export const DEPROVISIONING_SCRIPT = '/tmp/DeprovisioningScript.sh';

/** What a checkpoint keeps of what its next start would lose. Deprovisioning takes it away. */
export const KEPT = '/var/lib/.kiln-checkpoint';

/**
 * What AIB's hidden last customizer does (the line with HISTSIZE is its own), and what an image needs besides:
 * https://learn.microsoft.com/azure/virtual-machines/linux/image-builder-troubleshoot#customize-the-commands
 */
export const DEFAULT_DEPROVISIONING = `#!/bin/sh
set -e
if command -v cloud-init >/dev/null 2>&1; then cloud-init clean --logs --seed; fi
WAAGENT=/usr/sbin/waagent
if waagent -version >/dev/null 2>&1; then WAAGENT=waagent; fi
if command -v $WAAGENT >/dev/null 2>&1; then
$WAAGENT -force -deprovision+user && export HISTSIZE=0 && sync
fi
# The account that Azure asks for at creation; waagent removes it where it is there.
if id kiln >/dev/null 2>&1; then userdel --force --remove kiln || true; fi
rm -f /etc/ssh/ssh_host_*_key /etc/ssh/ssh_host_*_key.pub
: > /etc/machine-id
rm -f /var/lib/dbus/machine-id /var/lib/systemd/random-seed
rm -f /root/.bash_history /root/.ssh/authorized_keys /home/*/.bash_history
if command -v apt-get >/dev/null 2>&1; then apt-get clean; rm -rf /var/lib/apt/lists/*; fi
if command -v dnf >/dev/null 2>&1; then dnf clean all; fi
rm -rf /var/log/journal/*
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

/** Writes the default to the path behind it. */
export const WRITE_DEFAULT = (path: string): string => `cat > ${path} <<'KILN-DEPROVISION'
${DEFAULT_DEPROVISIONING}KILN-DEPROVISION`;

/**
 * Starts the runner (linux-runner.ts) detached: removing the agent's state may cut the very channel that reports the
 * end, so the caller watches the power state. As long as the channel holds, this command tells how the runner fares:
 * what goes wrong is then heard at once. `placed`: the script was put there before the steps, so that one that is
 * missing was deleted by a step. `history`: what the image is to say of itself; absent: nothing.
 */
export function deprovisionScript(placed: boolean, history?: HistoryText): GuestScript {
  const written = history === undefined ? '' : `${linuxHistory(history)}\n`;
  return { text: `${BEGIN}${written}${REST}`, environment: placed ? { KILN_PLACED: 'yes' } : {} };
}

const BEGIN = `#!/bin/sh
set -eu
`;

const REST = `rm -rf ${KEPT}
script=${DEPROVISIONING_SCRIPT}
${WRITE_DEFAULT('/run/kiln-default.sh')}
if [ ! -f "$script" ]; then
  cp /run/kiln-default.sh "$script"
  if [ -n "\${KILN_PLACED:-}" ]; then
    echo "${NOTE_MARK}$script was gone: a step has deleted it. Kiln's own was put back and run."
  fi
fi
cat "$script"
cat > /run/kiln-runner.sh <<'KILN-RUNNER'
${LINUX_RUNNER}KILN-RUNNER
if command -v systemd-run >/dev/null 2>&1; then
  systemd-run --quiet --no-block --collect --unit=kiln-runner /bin/sh /run/kiln-runner.sh
else
  nohup setsid /bin/sh /run/kiln-runner.sh > /dev/null 2>&1 < /dev/null &
fi
while [ ! -e /run/kiln-end ]; do sleep 0.2; done
tail -c 500000 /run/kiln-deprovision.log
exit "$(cat /run/kiln-end)"
`;
