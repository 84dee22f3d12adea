/** What the packages of the test's medium are made of: paths of the local Debian image, and how they are sorted. */

export type Package = {
  readonly name: string;
  readonly repository: 'BaseOS' | 'AppStream';
  readonly summary: string;
  readonly owns: (path: string) => boolean;
};

/** Kernel modules that the machine needs once its initramfs is gone; the others only make the test slow. */
const MODULES = /\/(virtio[^/]*|net_failover|failover|fat|vfat|nls_[^/]+|rng-core)\.ko$/;

const KERNEL = /^\/(boot\/|usr\/lib\/modules)/;
const GRUB = /^\/(usr\/lib\/grub|usr\/sbin\/grub|usr\/bin\/grub|etc\/grub\.d|usr\/share\/grub|opt\/grub)/;
const AGENT = /^\/(usr\/sbin\/qemu-ga|usr\/lib\/systemd\/system\/waagent\.service)/;
const EFI = /^\/boot\/efi/;

/** The first package that owns a path gets it. */
export const PACKAGES: readonly Package[] = [
  { name: 'shim-x64', repository: 'BaseOS', summary: 'UEFI loader', owns: (path) => EFI.test(path) },
  { name: 'grub2-tools', repository: 'BaseOS', summary: 'GRUB for BIOS', owns: (path) => GRUB.test(path) },
  { name: 'kernel', repository: 'BaseOS', summary: 'Linux', owns: (path) => KERNEL.test(path) },
  // The local cloud's agent is QEMU's: here it comes under the name of Azure's.
  { name: 'WALinuxAgent', repository: 'AppStream', summary: 'Agent', owns: (path) => AGENT.test(path) },
  { name: 'system-files', repository: 'BaseOS', summary: 'The rest', owns: () => true },
];

const DROPPED = [
  /^\/(dev|proc|sys|run|tmp|lost\+found)\/./,
  /^\/(initrd\.img|vmlinuz)/,
  /^\/usr\/share\/(doc|man|info|locale|zoneinfo|i18n|perl|keyrings|bash-completion|lintian|bug|initramfs-tools)\//,
  /^\/usr\/share\/(common-licenses|terminfo\/[^lvx]|ca-certificates|pixmaps|gdb|mime)\//,
  /^\/etc\/(init\.d|rc[0-9S]\.d)\/./,
  /^\/(etc\/ssl\/certs|usr\/share\/ca-certificates)\/./,
  /^\/var\/(lib\/(apt|dpkg)|cache)\/./,
  /^\/etc\/(apt|initramfs-tools|fstab|default\/grub|machine-id|systemd\/system\/qemu-guest-agent)/,
  /^\/usr\/(bin|sbin|lib)\/(apt|dpkg|update-initramfs|mkinitramfs)/,
  /^\/usr\/(share\/perl5?|lib\/x86_64-linux-gnu\/perl5?)\/./,
  /\/(gconv|ossl-modules|engines-3)\/./,
  /\/libapt-pkg/,
  /^\/boot\/(grub$|grub\/|config-|System\.map)/,
  /^\/usr\/lib\/systemd\/system\/(qemu-guest-agent|.*wants\/qemu-guest)/,
];

export function isWanted(path: string): boolean {
  if (/^\/usr\/lib\/modules\/.*\.ko$/.test(path)) return MODULES.test(path);
  return !DROPPED.some((pattern) => pattern.test(path));
}

export const AGENT_UNIT = `[Unit]
Description=Agent of the local cloud
BindsTo=dev-virtio\\x2dports-org.qemu.guest_agent.0.device
After=dev-virtio\\x2dports-org.qemu.guest_agent.0.device
[Service]
ExecStart=/usr/sbin/qemu-ga
Restart=always
RestartSec=0
[Install]
WantedBy=multi-user.target dev-virtio\\x2dports-org.qemu.guest_agent.0.device
`;

/** `@core` of the medium: what an installer would install without further wishes. */
export const COMPS = `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE comps PUBLIC "-//Red Hat, Inc.//DTD Comps info//EN" "comps.dtd">
<comps><group><id>core</id><name>Core</name><description>Smallest installation</description>
<default>true</default><uservisible>false</uservisible>
<packagelist><packagereq type="mandatory">system-files</packagereq></packagelist></group></comps>
`;

export const TREE_INFO = `[header]
type = productmd.treeinfo
version = 1.2
[release]
name = Kiln Test Enterprise Linux
short = RHEL
version = 9.9
[general]
arch = x86_64
family = Kiln Test Enterprise Linux
platforms = x86_64
version = 9.9
`;
