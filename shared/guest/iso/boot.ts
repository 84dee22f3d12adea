import { ISO_EXIT } from './common.ts';

/**
 * Makes the installed system boot on both generations and start Azure's agents. BIOS: GRUB in the boot partition.
 * UEFI: the packages bring signed loaders, which look for a configuration beside them; it leads to the real one.
 */
export const BOOT = `
[ -x "$root/bin/bash" ] || fail ${ISO_EXIT.medium} "The medium has no group 'core' that makes a system."
inside() { chroot "$root" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C "$@"; }
has() { [ -x "$root/usr/sbin/$1" ] || [ -x "$root/usr/bin/$1" ]; }
kernels=()
for path in "$root"/boot/vmlinuz-*; do
  if [ -f "$path" ]; then case $path in *rescue*) ;; *) kernels+=("\${path##*/vmlinuz-}") ;; esac; fi
done
[ "\${#kernels[@]}" != 0 ] || fail ${ISO_EXIT.medium} "The medium has no package 'kernel'."
for kernel in "\${kernels[@]}"; do
  if has dracut; then inside dracut --force --quiet --no-hostonly --kver "$kernel" "/boot/initramfs-$kernel.img"; fi
  [ -s "$root/boot/initramfs-$kernel.img" ] ||
    fail ${ISO_EXIT.medium} "Kernel $kernel has no initramfs, and the medium no dracut to make one."
done
has grub2-install || fail ${ISO_EXIT.medium} "The medium lacks grub2-pc or grub2-tools: the system could not boot."
mkdir -p "$root/boot/grub2"
inside grub2-install --target=i386-pc --recheck "$disk"
inside grub2-mkconfig -o /boot/grub2/grub.cfg
if grep -q blscfg "$root/boot/grub2/grub.cfg" && ! ls "$root/boot/loader/entries/"*.conf > /dev/null 2>&1; then
  for kernel in "\${kernels[@]}"; do inside kernel-install add "$kernel" "/lib/modules/$kernel/vmlinuz"; done
fi
[ -f "$root/boot/efi/EFI/BOOT/BOOTX64.EFI" ] ||
  fail ${ISO_EXIT.medium} "The medium lacks shim-x64 and grub2-efi-x64: the system could not boot by UEFI."
for loader in "$root"/boot/efi/EFI/*/grubx64.efi; do
  cat > "$(dirname "$loader")/grub.cfg" <<EFI
search --no-floppy --fs-uuid --set=dev $root_uuid
set prefix=(\\$dev)/boot/grub2
export \\$prefix
configfile \\$prefix/grub.cfg
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
  fail ${ISO_EXIT.medium} "The medium lacks WALinuxAgent: Azure could neither provision nor customize the machine."
if [ -f "$root/etc/waagent.conf" ] && has cloud-init; then
  sed -i 's/^Provisioning.Agent=.*/Provisioning.Agent=auto/; s/^ResourceDisk.EnableSwap=.*/ResourceDisk.EnableSwap=n/' \\
    "$root/etc/waagent.conf"
fi
# Nobody knows this password, because there is none: Azure's agent makes the users.
if [ -f "$root/etc/shadow" ]; then sed -i 's/^root:[^:]*:/root:!!:/' "$root/etc/shadow"; fi
`;
