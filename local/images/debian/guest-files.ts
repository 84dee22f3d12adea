import { createHash } from 'node:crypto';
import type { HostApt } from '../../machines/host-apt.ts';
import { asSeenFromGuest } from '../../machines/host-apt.ts';

/** Fixed, because the boot loader finds the root file system by it before anything can be read. */
export const ROOT_UUID = '6d3c8c2e-5d1c-4c0e-9a64-1f2b3c4d5e6f';

/** Debian's release that the recipe makes. */
export const SUITE = 'bookworm';

/** systemd-networkd and the cloud kernel are all a build VM needs; the rest is what scripts take for granted. */
export const PACKAGES = [
  'linux-image-cloud-amd64',
  'systemd-sysv',
  'udev',
  'dbus',
  'qemu-guest-agent',
  'iproute2',
  'kmod',
  'e2fsprogs',
  'initramfs-tools',
  'lz4',
  'openssh-server',
  'ca-certificates',
  'curl',
  'sudo',
  'procps',
] as const;

/** Drivers of QEMU and of Hyper-V, so that the same disk boots here and on Azure (both generations, SCSI and NVMe). */
const BOOT_MODULES = [
  'virtio_pci',
  'virtio_blk',
  'virtio_scsi',
  'sd_mod',
  'ahci',
  'ata_piix',
  'ata_generic',
  'ext4',
  'hv_vmbus',
  'hv_storvsc',
  'hv_netvsc',
  'pci_hyperv',
  'nvme',
];

export type GuestFile = { readonly text: string; readonly mode?: number };

/** Files that must be there before the kernel's package makes its initramfs. */
export function filesBeforeKernel(): Readonly<Record<string, GuestFile>> {
  const hook = `#!/bin/sh
[ "$1" = prereqs ] && exit 0
. /usr/share/initramfs-tools/hook-functions
manual_add_modules ${BOOT_MODULES.join(' ')}
`;
  return {
    // A list instead of "most" halves the initramfs; lz4 is the quickest to unpack, which counts under emulation.
    'etc/initramfs-tools/conf.d/kiln': { text: 'MODULES=list\nCOMPRESS=lz4\n' },
    'etc/initramfs-tools/hooks/kiln': { text: hook, mode: 0o755 },
  };
}

const GRUB_CFG = `set timeout=0
serial --unit=0 --speed=115200
terminal_input console serial
terminal_output console serial
linux /vmlinuz root=UUID=${ROOT_UUID} ro console=tty0 console=ttyS0,115200 net.ifnames=0 quiet
initrd /initrd.img
boot
`;

/** Azure's name servers answer on Azure only, QEMU's in QEMU only: the resolver asks the next one after a second. */
const RESOLV_CONF = `nameserver 10.0.2.3
nameserver 168.63.129.16
options timeout:1 attempts:3
`;

const NETWORK = `[Match]
Name=eth* en*
[Network]
DHCP=ipv4
LinkLocalAddressing=no
`;

/** No image may carry a host key, and making one takes seconds of every first boot: they are made at the first login. */
const HOST_KEYS_UNIT = `[Unit]
Description=Make SSH host keys
ConditionPathExists=!/etc/ssh/ssh_host_ed25519_key
[Service]
Type=oneshot
ExecStart=/usr/bin/ssh-keygen -A
`;

const SSH_NEEDS_KEYS = `[Unit]
Wants=kiln-ssh-host-keys.service
After=kiln-ssh-host-keys.service
`;

/** Azure's agent offers data disks under these names; scripts written for Azure look for them there. */
function dataDiskRules(): string {
  const rule = (lun: number): string =>
    `SUBSYSTEM=="block", ENV{DEVTYPE}=="disk", KERNELS=="*:0:0:${lun}", ATTRS{vendor}=="QEMU*", SYMLINK+="disk/azure/scsi1/lun${lun}"`;
  return `${Array.from({ length: 64 }, (_, lun) => rule(lun)).join('\n')}\n`;
}

/** Settings that turn a plain Debian tree into an image: text files by path. */
export function filesOfImage(
  apt: Pick<HostApt, 'mirror' | 'securityMirror'>,
): Readonly<Record<string, GuestFile>> {
  const sources = sourceLines(apt).map(asSeenFromGuest);
  return {
    'etc/fstab': { text: `UUID=${ROOT_UUID} / ext4 defaults,discard,x-systemd.growfs 0 1\n` },
    // Grows the root partition when the disk is larger than the image; x-systemd.growfs then grows the file system.
    'etc/repart.d/50-root.conf': { text: '[Partition]\nType=root\n' },
    'boot/grub/grub.cfg': { text: GRUB_CFG },
    'etc/systemd/network/10-dhcp.network': { text: NETWORK },
    'etc/systemd/system/kiln-ssh-host-keys.service': { text: HOST_KEYS_UNIT },
    'etc/systemd/system/ssh.service.d/host-keys.conf': { text: SSH_NEEDS_KEYS },
    'etc/udev/rules.d/66-azure-data-disks.rules': { text: dataDiskRules() },
    'etc/hostname': { text: 'debian\n' },
    'etc/hosts': { text: '127.0.0.1 localhost\n127.0.1.1 debian\n::1 localhost ip6-localhost\n' },
    'etc/resolv.conf': { text: RESOLV_CONF },
    // Empty, not absent: systemd then makes one at the first boot and stores it.
    'etc/machine-id': { text: '', mode: 0o444 },
    'etc/apt/sources.list': { text: `${sources.join('\n')}\n` },
  };
}

/** Sources for `apt`, with the updates and security suites that a Marketplace image has. */
export function sourceLines(apt: Pick<HostApt, 'mirror' | 'securityMirror'>): string[] {
  const signed = '[signed-by=/usr/share/keyrings/debian-archive-keyring.gpg]';
  return [
    `deb ${signed} ${apt.mirror} ${SUITE} main`,
    `deb ${signed} ${apt.mirror} ${SUITE}-updates main`,
    `deb ${signed} ${apt.securityMirror} ${SUITE}-security main`,
  ];
}

/** Units of systemd by what happens to them. */
export const UNITS = {
  enabled: {
    'multi-user.target.wants': ['systemd-networkd.service'],
    // Started by the first connection, so that an idle boot does not wait for a daemon.
    'sockets.target.wants': ['ssh.socket', 'systemd-networkd.socket'],
  },
  // apt's own timers would hold the package lock while a customizer wants it.
  masked: ['apt-daily.timer', 'apt-daily-upgrade.timer', 'e2scrub_all.timer', 'e2scrub_reap.service'],
  disabled: ['multi-user.target.wants/ssh.service', 'sshd.service'],
} as const;

/** Changes when the recipe changes: images of an older recipe are not used any more. */
export function recipeDigest(extraPackages: readonly string[] = []): string {
  const files = filesOfImage({ mirror: '', securityMirror: '' });
  const recipe = JSON.stringify([filesBeforeKernel(), files, [...PACKAGES, ...extraPackages], UNITS]);
  return createHash('sha256').update(recipe).digest('hex').slice(0, 8);
}
