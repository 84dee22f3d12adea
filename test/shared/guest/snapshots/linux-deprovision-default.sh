#!/bin/sh
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
