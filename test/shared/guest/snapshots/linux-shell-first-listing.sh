#!/bin/sh
set -eu
umask 022
folder="$(mktemp -d "${KILN_FOLDER:-/root}/.kiln-XXXXXXXX")"
trap 'rm -rf "$folder"' EXIT
incoming="$folder/step"
tail -n +166 "$0" | base64 -d > "$incoming"
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
(
set +eu
umask 077
LC_ALL=C
export LC_ALL
limited() {
  if command -v timeout >/dev/null 2>&1; then timeout "$@"; else shift; "$@"; fi
}
list_system() {
  printf 'os\t%s\t%s\t%s\t%s\n' "$(release ID)" "$(release VERSION_ID)" "$(release VERSION_CODENAME)" "$(release PRETTY_NAME)"
  printf 'machine\t%s\t%s\n' "$(uname -m)" "$(booted_kernel)"
  printf 'disk\t%s\n' "$(df -kP / | sed -n '$s/^[^ ]* *[0-9]* *\([0-9]*\).*/\1/p')"
}
release() { sed -n "s/^$1=[\"']*\([^\"']*\).*/\1/p" /etc/os-release; }
# The one that the next boot takes: after an update it is not the one that runs.
booted_kernel() {
  for link in /vmlinuz /boot/vmlinuz "$(grubby --default-kernel)"; do
    file=$(readlink -f "$link")
    if [ -f "$file" ]; then echo "$file" | sed 's/.*vmlinuz-//'; return; fi
  done
  newest=$(find /boot -name 'vmlinuz-*' | sed -e '/rescue/d' -e 's/.*vmlinuz-//' | sort -V | tail -n 1)
  if [ -n "$newest" ]; then echo "$newest"; else uname -r; fi
}
list_packages() {
  if command -v dpkg-query >/dev/null; then
    dpkg-query -W -f='deb\t${db:Status-Abbrev}\t${Package}\t${Version}\t${Architecture}\t${source:Package}\t${source:Version}\n' \
      || printf 'lack\tpackages: dpkg-query could not read all of them.\n'
  fi
  if command -v rpm >/dev/null; then
    rpm -qa --qf 'rpm\t%{NAME}\t%|EPOCH?{%{EPOCH}:}|%{VERSION}-%{RELEASE}\t%{ARCH}\t%{SOURCERPM}\n' \
      || printf 'lack\tpackages: rpm could not read all of them.\n'
  fi
  for file in /snap/*/current/meta/snap.yaml /var/lib/snapd/snap/*/current/meta/snap.yaml; do
    if [ -f "$file" ]; then sed -n "s/^\(name\|version\): *['\"]*\([^'\"]*\).*/snap\t\1\t\2/p" "$file"; fi
  done
  for folder in /usr/lib/python3*/dist-packages /usr/lib/python3*/site-packages /usr/lib64/python3*/site-packages \
    /usr/local/lib/python3*/dist-packages /usr/local/lib*/python3*/site-packages /opt/*/lib/python3*/site-packages; do
    if [ -d "$folder" ]; then
      grep -sHEm 2 '^(Name|Version): ' "$folder"/*.dist-info/METADATA "$folder"/*.egg-info/PKG-INFO "$folder"/*.egg-info
      grep -sHm 1 . "$folder"/*.dist-info/INSTALLER
    fi
  done | sed 's/^/python\t/'
  for folder in /usr/lib/node_modules /usr/local/lib/node_modules; do
    if [ -d "$folder" ]; then
      grep -sHom 1 '"version": *"[^"]*"' "$folder"/*/package.json "$folder"/@*/*/package.json
    fi
  done | sed 's/^/node\t/'
}
list_state() {
  if command -v systemctl >/dev/null; then
    { limited 30 systemctl list-unit-files --type=service --state=enabled,disabled,masked,static --no-legend --no-pager \
      || printf 'lack\tservices: systemctl did not list all of them in time.\n'; } | sed '/^lack/!s/^/service\t/'
  else
    for link in /etc/rc3.d/S*; do echo "$link" | sed -n 's/.*\/S[0-9]*\(.*\)/service\t\1 enabled/p'; done
  fi
  if command -v ss >/dev/null; then
    { limited 30 ss -Hlntup || printf 'lack\tlistening: ss did not list all ports in time.\n'; } \
      | sed '/^lack/!s/^/listen\t/'
  else
    for kind in tcp tcp6 udp udp6; do sed "s/^/socket\t$kind\t/" "/proc/net/$kind"; done
  fi
  cut -d : -f 1,3,4,7 /etc/passwd | sed 's/^/user\t/'
  cut -d : -f 1,3,4 /etc/group | sed 's/^/group\t/'
}
list_repositories() {
  {
    sed -n 's/^[[:space:]]*\(deb[[:space:]]\)/apt\t\1/p' /etc/apt/sources.list /etc/apt/sources.list.d/*.list
    for file in /etc/apt/sources.list.d/*.sources; do
      if [ -f "$file" ]; then sed 's/^/deb822\t/' "$file"; printf 'deb822\t\n'; fi
    done
    for file in /etc/yum.repos.d/*.repo /etc/zypp/repos.d/*.repo; do
      if [ -f "$file" ]; then sed -n 's/^\[\|^\(baseurl\|mirrorlist\|metalink\|enabled\)[[:space:]]*=/yum\t&/p' "$file"; fi
    done
  } | sed -e 's/:\/\/[^/@]*@/:\/\//g' -e 's/?[^[:space:]]*//g'
}
{ list_system; list_packages; list_state; list_repositories; echo end; } 2>/dev/null > /var/lib/.kiln-source-inventory
exit 0
)
start=""
chmod 700 "$incoming"
$start "$incoming" "$@"
exit 0
#KILN-PAYLOAD
IyEvYmluL3NoIC1lCmVjaG8gZmlyc3QK
