import { DEPROVISIONED, DEPROVISIONING_FAILED, NOTE_MARK } from './proof.ts';

/**
 * What would make all machines of an image the same one, or let strangers in. It is asked before and after the
 * deprovisioning script, whoever wrote that: the result is looked at and not inferred from an exit code.
 */
const TRACES = `traces() {
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
}`;

/**
 * Whoever has an account \`kiln\` later would be root by the rule of ours that cloud-init wrote, and its password would be
 * in the backups of passwd: https://github.com/Azure/WALinuxAgent/issues/3663. Rules of others stay as they are.
 */
const REMOVE_ACCOUNT = `remove_account() {
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
  rm -rf /var/spool/mail/kiln /var/mail/kiln /var/spool/cron/kiln /var/spool/cron/crontabs/kiln \\
    /var/lib/systemd/linger/kiln /var/lib/AccountsService/users/kiln
}`;

/**
 * Runs the deprovisioning script, proves the result, and switches the machine off. A failure leaves it running, with the
 * cause in the log that the command prints, and on the console. The script is run from /run with the line ends of Unix
 * by what its first line names: /tmp may be mounted noexec. \`--force\` skips the orderly stop of services, which have
 * nothing left to save; file systems are unmounted all the same.
 */
export const LINUX_RUNNER = `log=/run/kiln-deprovision.log
script=/tmp/DeprovisioningScript.sh
${TRACES}
${REMOVE_ACCOUNT}
failed() {
  { echo; echo "${DEPROVISIONING_FAILED} $1"; tail -c 2000 "$log"; } > /dev/console 2>/dev/null
  echo "${DEPROVISIONING_FAILED} $1" >> "$log"
  echo 1 > /run/kiln-end
  exit 1
}
sed -e '1s/^\\xef\\xbb\\xbf//' -e 's/\\r$//' "$script" > /run/kiln-deprovision.sh
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
  echo "${NOTE_MARK}The deprovisioning script of the template left this in the image: $list." | tee -a "$log" > /dev/console
fi
echo '${DEPROVISIONED}' | tee -a "$log" > /dev/console
echo 0 > /run/kiln-end
# The command that waits for this says it first; what is worth a note also takes the agent a moment to send.
if [ -n "$left" ]; then sleep 20; else sleep 0.5; fi
rm -rf "$script" /root/.kiln-* /var/lib/.kiln-* /var/lib/kiln-deprovisioning-* /var/lib/waagent/run-command-handler
fstrim / 2>/dev/null
sync
systemctl poweroff --force 2>/dev/null || poweroff
`;
