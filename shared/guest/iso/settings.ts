/**
 * What must lie in the new system before its packages run their scripts: the kernel's makes an initramfs and a boot
 * entry out of it. Hyper-V's drivers are Azure's, virtio's are those of the local machine.
 * https://learn.microsoft.com/azure/virtual-machines/linux/redhat-create-upload-vhd
 */
export const SETTINGS = `
mkdir -p "$root/etc/default" "$root/etc/kernel" "$root/etc/dracut.conf.d" "$root/etc/cloud/cloud.cfg.d"
# The kernel's scripts name boot entries after it; a new one is made at the first boot.
printf '%s\\n' "$(tr -d - < /proc/sys/kernel/random/uuid)" > "$root/etc/machine-id"
console='console=tty1 console=ttyS0,115200n8 net.ifnames=0'
printf 'root=UUID=%s ro %s\\n' "$root_uuid" "$console" > "$root/etc/kernel/cmdline"
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
`;
