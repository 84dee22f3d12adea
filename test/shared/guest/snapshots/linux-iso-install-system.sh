#!/bin/bash
set -euo pipefail
umask 022
fail() { code=$1; shift; printf '%s\n' "$*" >&2; exit "$code"; }
disk_at() {
  local path
  for _ in 1 2 3 4 5 6 7 8 9 10; do
    for path in "/dev/disk/azure/scsi1/lun$1" "/dev/disk/azure/data/by-lun/$1"; do
      if [ -b "$path" ]; then readlink -f "$path"; return; fi
    done
    sleep 3
  done
  fail 1 "The helper VM has no data disk at LUN $1 below /dev/disk/azure; its image lacks the udev rules of Azure's agent."
}
need() {
  local program packages
  read -ra packages <<< "$1"; shift
  for program in "$@"; do
    if ! command -v "$program" > /dev/null; then
      echo "Installing ${packages[*]} on the helper VM for $program."
      if command -v apt-get > /dev/null; then
        apt-get update -qq
        DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${packages[@]}"
      elif command -v dnf > /dev/null; then dnf -q -y install "${packages[@]}"
      elif command -v tdnf > /dev/null; then tdnf -q -y install "${packages[@]}"
      else fail 1 "The helper VM has neither $program nor a package manager that Kiln knows."
      fi
      return
    fi
  done
}

need 'dnf' dnf
if command -v apt-get > /dev/null; then need 'fdisk dosfstools e2fsprogs' sfdisk mkfs.vfat mkfs.ext4
else need 'util-linux dosfstools e2fsprogs' sfdisk mkfs.vfat mkfs.ext4
fi
medium=$(disk_at 1)
disk=$(disk_at 0)
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
mount -t iso9660 -o ro,nodev,nosuid,noexec "$medium" "$iso" || fail 83 "The medium cannot be mounted."
repositories=()
for folder in '' /BaseOS /AppStream; do
  if [ -f "$iso$folder/repodata/repomd.xml" ]; then repositories+=("$iso$folder"); fi
done
if [ "${#repositories[@]}" = 0 ]; then
  fail 83 "The medium has no package repository. Take the DVD of the distribution; its boot medium only downloads."
fi
tree() { sed -n "/^\[general\]/,/^\[/s/^$1 *= *//p" "$iso/.treeinfo" 2> /dev/null | head -n 1; }
version=$(tree version)
echo "Medium: $(tree family) ${version:-of an unknown version} for $(tree arch), ${#repositories[@]} repositories."
if [ "$(tree arch)" != x86_64 ]; then
  fail 83 "The medium is for '$(tree arch)', Kiln installs x86_64. Its .treeinfo says so, or is missing."
fi
wipefs -q -a "$disk"
sfdisk -q --wipe always "$disk" <<'TABLE'
label: gpt
14 : start=1MiB, size=1MiB, type=21686148-6449-6E6F-744E-656564454649, name=bios
15 : start=2MiB, size=200MiB, type=C12A7328-F81F-11D2-BA4B-00A0C93EC93B, name=esp
1 : start=202MiB, type=4F68BCE3-E8CD-4DB1-96E7-FBCAF984B709, name=root
TABLE
udevadm settle
part() { case $disk in *[0-9]) echo "${disk}p$1" ;; *) echo "$disk$1" ;; esac; }
mkfs.vfat -F 32 -n ESP "$(part 15)" > /dev/null
# The medium's GRUB and kernel may be older than the helper's tools: no feature that only new ones read.
mkfs.ext4 -q -F -L root -O '^metadata_csum_seed' -E lazy_itable_init=1 "$(part 1)"
root_uuid=$(blkid -s UUID -o value "$(part 1)")
esp_uuid=$(blkid -s UUID -o value "$(part 15)")
mount "$(part 1)" "$root"
mkdir -p "$root/boot/efi" "$root/dev" "$root/proc" "$root/sys" "$root/run"
mount "$(part 15)" "$root/boot/efi"
for path in dev dev/pts proc sys run; do mount --bind "/$path" "$root/$path"; done

mkdir -p "$root/etc/default" "$root/etc/kernel" "$root/etc/dracut.conf.d" "$root/etc/cloud/cloud.cfg.d"
# The kernel's scripts name boot entries after it; a new one is made at the first boot.
printf '%s\n' "$(tr -d - < /proc/sys/kernel/random/uuid)" > "$root/etc/machine-id"
console='console=tty1 console=ttyS0,115200n8 net.ifnames=0'
printf 'root=UUID=%s ro %s\n' "$root_uuid" "$console" > "$root/etc/kernel/cmdline"
cat > "$root/etc/default/grub" <<GRUB
GRUB_TIMEOUT=1
GRUB_DISTRIBUTOR="$(tree family)"
GRUB_DEFAULT=saved
GRUB_DISABLE_SUBMENU=true
GRUB_TERMINAL="serial console"
GRUB_SERIAL_COMMAND="serial --unit=0 --speed=115200"
GRUB_CMDLINE_LINUX="$console"
GRUB_DISABLE_RECOVERY=true
GRUB_DISABLE_OS_PROBER=true
GRUB_ENABLE_BLSCFG=true
GRUB
cat > "$root/etc/dracut.conf.d/kiln-azure.conf" <<'DRACUT'
hostonly="no"
add_drivers+=" hv_vmbus hv_netvsc hv_storvsc pci_hyperv nvme virtio_pci virtio_blk virtio_scsi virtio_net "
DRACUT
cat > "$root/etc/fstab" <<FSTAB
UUID=$root_uuid / ext4 defaults 0 1
UUID=$esp_uuid /boot/efi vfat umask=0077,shortname=winnt 0 2
FSTAB
cat > "$root/etc/cloud/cloud.cfg.d/91-azure_datasource.cfg" <<'CLOUD'
datasource_list: [ Azure ]
datasource:
  Azure:
    apply_network_config: false
CLOUD

options=()
for index in "${!repositories[@]}"; do
  options+=("--repofrompath=kiln$index,file://${repositories[$index]}" "--repo=kiln$index"
    "--setopt=kiln$index.module_hotfixes=1")
done
rm -rf /run/kiln/cache
echo "Installing @core and what Azure needs."
dnf -y --installroot="$root" --releasever="${version:-9}" --nogpgcheck --noplugins "${options[@]}" \
  --setopt=reposdir=/dev/null --setopt=install_weak_deps=False --setopt=strict=False --setopt=tsflags=nodocs \
  --setopt=cachedir=/run/kiln/cache --setopt=keepcache=False --setopt="module_platform_id=platform:el${version%%.*}" \
  install @core kernel grub2-pc grub2-tools grub2-efi-x64 shim-x64 WALinuxAgent cloud-init cloud-utils-growpart \
  hyperv-daemons dracut-config-generic NetworkManager openssh-server ||
  fail 83 "The packages of the medium could not be installed; dnf says why above."

[ -x "$root/bin/bash" ] || fail 83 "The medium has no group 'core' that makes a system."
inside() { chroot "$root" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C "$@"; }
has() { [ -x "$root/usr/sbin/$1" ] || [ -x "$root/usr/bin/$1" ]; }
kernels=()
for path in "$root"/boot/vmlinuz-*; do
  if [ -f "$path" ]; then case $path in *rescue*) ;; *) kernels+=("${path##*/vmlinuz-}") ;; esac; fi
done
[ "${#kernels[@]}" != 0 ] || fail 83 "The medium has no package 'kernel'."
for kernel in "${kernels[@]}"; do
  if has dracut; then inside dracut --force --quiet --no-hostonly --kver "$kernel" "/boot/initramfs-$kernel.img"; fi
  [ -s "$root/boot/initramfs-$kernel.img" ] ||
    fail 83 "Kernel $kernel has no initramfs, and the medium no dracut to make one."
done
has grub2-install || fail 83 "The medium lacks grub2-pc or grub2-tools: the system could not boot."
mkdir -p "$root/boot/grub2"
inside grub2-install --target=i386-pc --recheck "$disk"
inside grub2-mkconfig -o /boot/grub2/grub.cfg
if grep -q blscfg "$root/boot/grub2/grub.cfg" && ! ls "$root/boot/loader/entries/"*.conf > /dev/null 2>&1; then
  for kernel in "${kernels[@]}"; do inside kernel-install add "$kernel" "/lib/modules/$kernel/vmlinuz"; done
fi
[ -f "$root/boot/efi/EFI/BOOT/BOOTX64.EFI" ] ||
  fail 83 "The medium lacks shim-x64 and grub2-efi-x64: the system could not boot by UEFI."
for loader in "$root"/boot/efi/EFI/*/grubx64.efi; do
  cat > "$(dirname "$loader")/grub.cfg" <<EFI
search --no-floppy --fs-uuid --set=dev $root_uuid
set prefix=(\$dev)/boot/grub2
export \$prefix
configfile \$prefix/grub.cfg
EFI
done
started=0
for unit in waagent cloud-init-local cloud-init cloud-config cloud-final sshd NetworkManager; do
  if [ -f "$root/usr/lib/systemd/system/$unit.service" ]; then
    systemctl --root="$root" --quiet enable "$unit.service"
    if [ "$unit" = waagent ]; then started=1; fi
  fi
done
[ "$started" = 1 ] ||
  fail 83 "The medium lacks WALinuxAgent: Azure could neither provision nor customize the machine."
if [ -f "$root/etc/waagent.conf" ] && has cloud-init; then
  sed -i 's/^Provisioning.Agent=.*/Provisioning.Agent=auto/; s/^ResourceDisk.EnableSwap=.*/ResourceDisk.EnableSwap=n/' \
    "$root/etc/waagent.conf"
fi
# Nobody knows this password, because there is none: Azure's agent makes the users.
if [ -f "$root/etc/shadow" ]; then sed -i 's/^root:[^:]*:/root:!!:/' "$root/etc/shadow"; fi

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
