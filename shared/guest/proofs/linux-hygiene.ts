import { asked, LINUX_REPORT } from './result.ts';

/**
 * What a build has no business to leave in an image, looked for in a machine that has just booted it for the first time: what
 * is older than this boot came with the image. Nothing is changed. `root` and `boot` are for tests, which have a tree and no
 * machine. The list began as https://github.com/kubernetes-sigs/image-builder/blob/main/images/capi/packer/goss/goss-image-hygiene.yaml
 */
const RULES = String.raw`boot=${'$'}{boot:-$(sed -n 's/^btime //p' /proc/stat)}
# A clock that is set right after the start moves the boot by a little; a build ends no later than its machine is switched off.
before=$((boot - 10))
old() { [ -e "$1" ] && [ "$(stat -c %Y "$1")" -lt "$before" ]; }
# Paths as they are in the image.
list() { tr '\n' ' ' | sed "s|$root/|/|g"; }
verdict() { if [ -n "$2" ]; then fail "$1" "$3: $(printf '%s' "$2" | list)"; else pass "$1" "$4"; fi; }
olds() { for file in "$@"; do if old "$file"; then echo "$file"; fi; done; }
filled() { for file in "$@"; do if [ -s "$file" ]; then echo "$file"; fi; done; }

verdict host-keys "$(olds "$root"/etc/ssh/ssh_host_*_key)" 'kept from the build' 'none is older than this boot'
if [ ! -e "$root/etc/machine-id" ]; then skip machine-id 'there is none'
else verdict machine-id "$(olds "$root/etc/machine-id")" 'kept from the build' 'made by this boot'; fi
instances=$(find "$root/var/lib/cloud/instances" -mindepth 1 -maxdepth 1 -type d ! -newermt "@$before" 2>/dev/null)
verdict cloud-init "$instances" 'knows the machine of the build' 'knows no other machine'
verdict agent "$(olds "$root"/var/lib/waagent/provisioned "$root"/var/lib/waagent/*.prv "$root"/var/lib/waagent/ovf-env.xml)" \
  'state of the build' 'has no state of the build'
accounts=''
for name in kiln packer; do
  home=$(sed -n "s|^$name:[^:]*:[^:]*:[^:]*:[^:]*:\([^:]*\):.*|\1|p" "$root/etc/passwd")
  # The machine that looks gets an account of that name too: its home is of today.
  if [ -n "$home" ]; then
    born=$(stat -c %W "$root$home" 2>/dev/null || echo 0)
    if [ "$born" -le 0 ]; then born=$(stat -c %Y "$root$home/.bash_logout" 2>/dev/null || echo "$boot"); fi
    if [ "$born" -lt "$before" ] || [ ! -d "$root$home" ]; then accounts="$accounts $name"; fi
  fi
done
for file in "$root"/etc/sudoers.d/*; do
  if old "$file" && grep -qE '^(kiln|packer)[[:space:]]' "$file"; then accounts="$accounts $file"; fi
done
verdict account "$accounts" 'an account of the build' 'no account of the build'
verdict authorized-keys "$(for file in $(olds "$root"/root/.ssh/authorized_keys "$root"/home/*/.ssh/authorized_keys); do filled "$file"; done)" \
  'keys that may log in' 'nobody may log in by a key of the build'
verdict private-keys "$(for file in "$root"/root/.ssh/id_* "$root"/home/*/.ssh/id_*; do case "$file" in *.pub) ;; *) filled "$file" ;; esac; done)" \
  'private keys' 'none'
verdict history "$(for file in $(olds "$root"/root/.*_history "$root"/home/*/.*_history); do filled "$file"; done)" 'commands of the build' 'empty'
verdict cores "$(filled "$root"/core "$root"/core.[0-9]* "$root"/var/crash/* "$root"/var/core/* "$root"/var/lib/systemd/coredump/*)" 'memory of processes' 'none'
lines() { sed -e 's/#.*//' -e '/^[[:space:]]*$/d' "$root/etc/fstab" 2>/dev/null; }
verdict swap "$(lines | awk '$3 == "swap" { print $1 }')" 'swap in fstab' 'none in fstab'
verdict fstab "$(lines | awk '$1 ~ /^\/dev\/(sd|hd|xvd|vd|nvme)/ && $3 != "swap" && $4 !~ /nofail/ { print $1 }')" \
  'names of disks that another machine has otherwise' 'disks by their ids'
# Azure's own resolver has this address in every network: https://learn.microsoft.com/azure/virtual-network/what-is-ip-address-168-63-129-16
if [ -L "$root/etc/resolv.conf" ]; then pass resolver 'made by a service'
elif grep -qsF 168.63.129.16 "$root/etc/resolv.conf"; then pass resolver 'asks Azure'
else verdict resolver "$(if old "$root/etc/resolv.conf"; then grep -h '^nameserver' "$root/etc/resolv.conf"; fi)" 'of the network of the build' 'made by this boot'; fi
verdict pending-reboot "$(filled "$root"/run/reboot-required "$root"/var/run/reboot-required; olds "$root"/etc/reboot-required)" 'it waits for a restart' 'none'
size=$(du -skx "$root/var/log" 2>/dev/null | cut -f1)
if [ "${'$'}{size:-0}" -gt 204800 ]; then fail logs "$((size / 1024)) MB of logs"; else pass logs "$((${'$'}{size:-0} / 1024)) MB"; fi
# Whatever is newer is of the machine that looks, such as what its agent keeps of this very command.
files() { find "$root/" -xdev \( -path "$root/proc" -o -path "$root/sys" -o -path "$root/dev" \) -prune -o -type f ! -newermt "@$before" -size -64M -print0; }
# Packages and manuals have examples of everything.
places() { find "$root/etc" "$root/root" "$root/home" "$root/tmp" "$root/opt" "$root/srv" "$root/usr/local" "$root/var" -xdev -type f ! -newermt "@$before" -size -64M ! -path '*/doc/*' -print0 2>/dev/null; }
verdict sas "$(places | xargs -0 -r grep -lsE 'https?://[^ "]*[?&]sig=[A-Za-z0-9%+/]{20,}' | head -n 10)" 'a URL with a signature' 'no URL with a signature'
if [ -z "${'$'}{KILN_SECRETS:-}" ]; then skip secrets 'the steps had none'
else
  patterns=$(mktemp -p "${'$'}{KILN_PATTERNS:-/run}") || exit 1
  trap 'rm -f "$patterns"' EXIT
  printf '%s\n' "$KILN_SECRETS" >"$patterns"
  verdict secrets "$(files | xargs -0 -r grep -lsF -f "$patterns" | head -n 10)" 'the value of a secret' 'no value of a secret of the steps'
fi`;

const RULE_NAMES = [
  ...new Set([...RULES.matchAll(/\b(?:verdict|pass|skip) ([a-z-]+) /g)].flatMap(([, name]) => name ?? [])),
];

/** `root`, `boot`: for tests. */
export function linuxHygiene({ root = '', boot = '' } = {}): string {
  return `#!/bin/sh\n${asked(RULE_NAMES)}\nroot='${root}' boot='${boot}'\n${LINUX_REPORT}\n${RULES}\nexit 0\n`;
}
