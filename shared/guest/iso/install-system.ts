import type { GuestScript } from '../script.ts';
import { BOOT } from './boot.ts';
import { COMMON, ISO_EXIT, MEDIUM_LUN, SYSTEM_LUN } from './common.ts';
import { SETTINGS } from './settings.ts';

/**
 * Installs the medium's system onto the helper's first data disk with the medium's own packages, makes it boot (BIOS
 * and UEFI) and ready for Azure. An installer in a virtual machine of its own would need nested virtualisation; dnf
 * into a folder needs none. Nothing is downloaded but what the helper itself may lack.
 */
export function installSystem(): GuestScript {
  return { text: `${COMMON}${PREPARE}${SETTINGS}${INSTALL}${BOOT}${FINISH}`, environment: {} };
}

/** Partition numbers as in Azure's own images; the last partition is the one that grows. */
const PREPARE = `
need 'dnf' dnf
if command -v apt-get > /dev/null; then need 'fdisk dosfstools e2fsprogs' sfdisk mkfs.vfat mkfs.ext4
else need 'util-linux dosfstools e2fsprogs' sfdisk mkfs.vfat mkfs.ext4
fi
medium=$(disk_at ${MEDIUM_LUN})
disk=$(disk_at ${SYSTEM_LUN})
iso=/run/kiln/medium
root=/run/kiln/system
mkdir -p "$iso" "$root"
release() {
  local path
  for path in boot/efi sys/firmware/efi/efivars sys proc dev/pts dev run ''; do
    if mountpoint -q "$root/$path"; then umount "$root/$path" || umount -l "$root/$path"; fi
  done
  if mountpoint -q "$iso"; then umount "$iso"; fi
}
trap release EXIT
release
mount -t iso9660 -o ro,nodev,nosuid,noexec "$medium" "$iso" || fail ${ISO_EXIT.medium} "The medium cannot be mounted."
repositories=()
for folder in '' /BaseOS /AppStream; do
  if [ -f "$iso$folder/repodata/repomd.xml" ]; then repositories+=("$iso$folder"); fi
done
if [ "\${#repositories[@]}" = 0 ]; then
  fail ${ISO_EXIT.medium} "The medium has no package repository. Take the DVD of the distribution; its boot medium only downloads."
fi
tree() { sed -n "/^\\[general\\]/,/^\\[/s/^$1 *= *//p" "$iso/.treeinfo" 2> /dev/null | head -n 1; }
version=$(tree version)
echo "Medium: $(tree family) \${version:-of an unknown version} for $(tree arch), \${#repositories[@]} repositories."
if [ "$(tree arch)" != x86_64 ]; then
  fail ${ISO_EXIT.medium} "The medium is for '$(tree arch)', Kiln installs x86_64. Its .treeinfo says so, or is missing."
fi
wipefs -q -a "$disk"
sfdisk -q --wipe always "$disk" <<'TABLE'
label: gpt
14 : start=1MiB, size=1MiB, type=21686148-6449-6E6F-744E-656564454649, name=bios
15 : start=2MiB, size=200MiB, type=C12A7328-F81F-11D2-BA4B-00A0C93EC93B, name=esp
1 : start=202MiB, type=4F68BCE3-E8CD-4DB1-96E7-FBCAF984B709, name=root
TABLE
udevadm settle
part() { case $disk in *[0-9]) echo "\${disk}p$1" ;; *) echo "$disk$1" ;; esac; }
mkfs.vfat -F 32 -n ESP "$(part 15)" > /dev/null
# The medium's GRUB and kernel may be older than the helper's tools: no feature that only new ones read.
mkfs.ext4 -q -F -L root -O '^metadata_csum_seed' -E lazy_itable_init=1 "$(part 1)"
root_uuid=$(blkid -s UUID -o value "$(part 1)")
esp_uuid=$(blkid -s UUID -o value "$(part 15)")
mount "$(part 1)" "$root"
mkdir -p "$root/boot/efi" "$root/dev" "$root/proc" "$root/sys" "$root/run"
mount "$(part 15)" "$root/boot/efi"
for path in dev dev/pts proc sys run; do mount --bind "/$path" "$root/$path"; done
`;

/**
 * Signatures are not checked again: the checksum of the whole medium was, and it is the template's. What is not on the
 * medium is skipped by dnf and found missing by the checks that follow, which say what it means.
 */
const INSTALL = `
options=()
for index in "\${!repositories[@]}"; do
  options+=("--repofrompath=kiln$index,file://\${repositories[$index]}" "--repo=kiln$index"
    "--setopt=kiln$index.module_hotfixes=1")
done
rm -rf /run/kiln/cache
echo "Installing @core and what Azure needs."
dnf -y --installroot="$root" --releasever="\${version:-9}" --nogpgcheck --noplugins "\${options[@]}" \\
  --setopt=reposdir=/dev/null --setopt=install_weak_deps=False --setopt=strict=False --setopt=tsflags=nodocs \\
  --setopt=cachedir=/run/kiln/cache --setopt=keepcache=False --setopt="module_platform_id=platform:el\${version%%.*}" \\
  install @core kernel grub2-pc grub2-tools grub2-efi-x64 shim-x64 WALinuxAgent cloud-init cloud-utils-growpart \\
  hyperv-daemons dracut-config-generic NetworkManager openssh-server ||
  fail ${ISO_EXIT.medium} "The packages of the medium could not be installed; dnf says why above."
`;

/** The system's own rpm may be older than the helper's and unable to read the database that the helper has written. */
const FINISH = `
if [ -x "$root/usr/bin/rpmdb" ]; then
  rpmdb --root "$root" --exportdb > /run/kiln/rpmdb
  find "$root/var/lib/rpm" "$root/usr/lib/sysimage/rpm" -maxdepth 1 -type f -delete 2> /dev/null || true
  chroot "$root" rpmdb --importdb < /run/kiln/rpmdb
fi
if [ -x "$root/usr/sbin/setfiles" ]; then
  contexts=$(sed -n 's/^SELINUXTYPE=//p' "$root/etc/selinux/config")
  chroot "$root" setfiles -F -e /proc -e /sys -e /dev -e /run "/etc/selinux/$contexts/contexts/files/file_contexts" / ||
    touch "$root/.autorelabel"
fi
rm -rf "$root/var/cache/dnf" "$root/var/log/dnf"* "$root/etc/ssh/ssh_host_"* "$root/var/lib/systemd/random-seed"
# Empty, not absent: systemd makes one at the first boot and stores it.
: > "$root/etc/machine-id"
fstrim "$root" 2> /dev/null || true
sync
release
trap - EXIT
echo "The system of the medium is on its disk."
`;
