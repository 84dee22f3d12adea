#!/bin/sh
set -eu
umask 022
folder="$(mktemp -d "${KILN_FOLDER:-/root}/.kiln-XXXXXXXX")"
trap 'rm -rf "$folder"' EXIT
incoming="$folder/step"
tail -n +103 "$0" | base64 -d > "$incoming"
limit=300
locked() {
  for lock in /var/lib/dpkg/lock-frontend /var/lib/dpkg/lock /var/lib/apt/lists/lock /var/cache/apt/archives/lock \
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
    echo "kiln: note: $1 had not ended after $waited seconds; the first step starts all the same."
  elif [ "$waited" -gt 1 ]; then
    echo "kiln: note: The first step waited $waited seconds for $1."
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
}
( set +e; settle; exit 0 )
(
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
  if [ -f /var/lib/.kiln-checkpoint/deprovision ]; then cp -p /var/lib/.kiln-checkpoint/deprovision /tmp/DeprovisioningScript.sh; fi
  rm -rf /var/lib/.kiln-checkpoint
  exit 0
)
if [ ! -e /tmp/DeprovisioningScript.sh ]; then
cat > /tmp/DeprovisioningScript.sh <<'KILN-DEPROVISION'
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
KILN-DEPROVISION
fi || echo "kiln: note: /tmp/DeprovisioningScript.sh could not be written before the first step."
start=""
chmod 700 "$incoming"
$start "$incoming" "$@"
exit 0
#KILN-PAYLOAD
IyEvYmluL3NoIC1lCmVjaG8gZmlyc3QK
