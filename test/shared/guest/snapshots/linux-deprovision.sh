#!/bin/sh
set -eu
history='/usr/share/kiln/image.json'
write_history() {
  if ! mkdir -p "${history%/*}"; then return 1; fi
  chmod 755 "${history%/*}"
  before=''
  if [ -f "$history" ]; then
    if grep -qF '"run": "the-run"' "$history"; then return 0; fi
    if [ "$(wc -c < "$history")" -le 262144 ]; then before=$(cat "$history"); fi
  fi
  {
    cat <<'KILN-HISTORY'
{
  "schema": 1,
  "run": "the-run"
KILN-HISTORY
    if [ -n "$before" ]; then printf ',\n"before": %s\n' "$before"; fi
    echo '}'
  } > "$history.new" && chmod 644 "$history.new" && mv -f "$history.new" "$history"
}
if ! write_history 2>/dev/null; then
  echo "kiln: note: /usr/share/kiln/image.json could not be written; the image does not say what it was made of."
fi
rm -rf /var/lib/.kiln-checkpoint
script=/tmp/DeprovisioningScript.sh
cat > /run/kiln-default.sh <<'KILN-DEPROVISION'
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
if [ ! -f "$script" ]; then
  cp /run/kiln-default.sh "$script"
  if [ -n "${KILN_PLACED:-}" ]; then
    echo "kiln: note: $script was gone: a step has deleted it. Kiln's own was put back and run."
  fi
fi
cat "$script"
cat > /run/kiln-runner.sh <<'KILN-RUNNER'
log=/run/kiln-deprovision.log
script=/tmp/DeprovisioningScript.sh
traces() {
  if [ -s /etc/machine-id ] && [ "$(cat /etc/machine-id)" != uninitialized ]; then
    echo 'the machine id (/etc/machine-id)'
  fi
  for key in /etc/ssh/ssh_host_*_key; do
    if [ -e "$key" ]; then echo "SSH host keys ($key)"; break; fi
  done
  if [ -e /var/lib/waagent/provisioned ]; then echo 'the state of the Azure agent (/var/lib/waagent)'; fi
  if [ -e /var/lib/cloud/instance ]; then echo 'the state of cloud-init (/var/lib/cloud)'; fi
  if id kiln >/dev/null 2>&1; then echo 'the build account (kiln)'; fi
  if grep -qs '^kiln[[:space:]]' /etc/sudoers /etc/sudoers.d/*; then echo 'the sudo rule of the build account'; fi
}
remove_account() {
  if id kiln >/dev/null 2>&1; then return; fi
  for file in /etc/sudoers.d/*; do
    if grep -qs '^kiln[[:space:]]' "$file"; then
      sed -i -e '/^kiln[[:space:]]/d' -e '/^# User rules for kiln$/d' "$file"
      if ! grep -q '^[^#]' "$file"; then rm -f "$file"; fi
    fi
  done
  for file in passwd- shadow- group- gshadow- subuid subgid subuid- subgid-; do
    if [ -f "/etc/$file" ]; then sed -i '/^kiln:/d' "/etc/$file"; fi
  done
  rm -rf /var/spool/mail/kiln /var/mail/kiln /var/spool/cron/kiln /var/spool/cron/crontabs/kiln \
    /var/lib/systemd/linger/kiln /var/lib/AccountsService/users/kiln
}
failed() {
  { echo; echo "kiln: deprovisioning failed $1"; tail -c 2000 "$log"; } > /dev/console 2>/dev/null
  echo "kiln: deprovisioning failed $1" >> "$log"
  echo 1 > /run/kiln-end
  exit 1
}
sed -e '1s/^\xef\xbb\xbf//' -e 's/\r$//' "$script" > /run/kiln-deprovision.sh
interpreter=$(sed -n '1s/^#! *//p' /run/kiln-deprovision.sh)
if [ -z "$interpreter" ]; then interpreter=$(command -v bash || echo /bin/sh); fi
own=changed
# The service that makes host keys at the first boot may be at it still, and would write some after they were removed.
tries=0
while pgrep -x ssh-keygen > /dev/null 2>&1 && [ "$tries" -lt 300 ]; do sleep 0.2; tries=$((tries + 1)); done
if [ "$(cat /run/kiln-deprovision.sh)" = "$(cat /run/kiln-default.sh)" ]; then own=default; fi
before=$(traces)
# Without quotes: a first line may hold an option.
$interpreter /run/kiln-deprovision.sh > "$log" 2>&1 < /dev/null || failed "with exit code $?."
remove_account >> "$log" 2>&1
left=$(traces)
list=$(echo "$left" | paste -s -d ';' | sed 's/;/; /g')
if [ -n "$left" ] && [ "$left" = "$before" ]; then
  failed "to do anything: $script ended with 0 and left what was there before: $list."
fi
if [ -n "$left" ] && [ "$own" = default ]; then failed "in part. It left: $list."; fi
if [ -n "$left" ]; then
  echo "kiln: note: The deprovisioning script of the template left this in the image: $list." | tee -a "$log" > /dev/console
fi
echo 'kiln: deprovisioned' | tee -a "$log" > /dev/console
echo 0 > /run/kiln-end
# The command that waits for this says it first; what is worth a note also takes the agent a moment to send.
if [ -n "$left" ]; then sleep 20; else sleep 0.5; fi
rm -rf "$script" /root/.kiln-* /var/lib/.kiln-* /var/lib/kiln-deprovisioning-* /var/lib/waagent/run-command-handler
fstrim / 2>/dev/null
sync
systemctl poweroff --force 2>/dev/null || poweroff
KILN-RUNNER
if command -v systemd-run >/dev/null 2>&1; then
  systemd-run --quiet --no-block --collect --unit=kiln-runner /bin/sh /run/kiln-runner.sh
else
  nohup setsid /bin/sh /run/kiln-runner.sh > /dev/null 2>&1 < /dev/null &
fi
while [ ! -e /run/kiln-end ]; do sleep 0.2; done
tail -c 500000 /run/kiln-deprovision.log
exit "$(cat /run/kiln-end)"
