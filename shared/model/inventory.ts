/**
 * What is in an image: the one form that everything else is made from (bill of materials, differences, advisories,
 * provenance). It is canonical: the same machine gives the same bytes, so that a digest of it stands for its content.
 */
export interface Inventory {
  readonly schema: 1;
  readonly os: InventoryOs;
  /** Sorted by type, name, version and architecture. */
  readonly packages: readonly InventoryPackage[];
  readonly services: readonly InventoryService[];
  readonly listening: readonly InventoryPort[];
  readonly users: readonly InventoryUser[];
  /** Where packages come from, without credentials: `deb http://deb.debian.org/debian bookworm main`. */
  readonly repositories: readonly string[];
  readonly disk: {
    /** Of the file system of the operating system. */
    readonly usedBytes: number;
    /** At the top of it; other file systems left out. */
    readonly folders: readonly { readonly path: string; readonly bytes: number }[];
  };
  /** What was shortened or could not be read, a sentence each. Absent: nothing. */
  readonly cut?: readonly string[];
}

export interface InventoryOs {
  readonly family: 'linux' | 'windows';
  /** `debian`, `ubuntu`, `rhel`, `azurelinux`, …: ID of https://www.freedesktop.org/software/systemd/man/os-release.html; or `windows`. */
  readonly id: string;
  readonly version: string;
  readonly codename?: string;
  /** For people. */
  readonly name: string;
  /** As `uname -m` says it, on Windows too: `x86_64`, `aarch64`. */
  readonly architecture: string;
  /** That the image boots, which may be another one than the build ran on. */
  readonly kernel?: string;
}

export type PackageType = 'deb' | 'rpm' | 'snap' | 'pypi' | 'npm' | 'windows' | 'hotfix' | 'appx' | 'feature';

export interface InventoryPackage {
  readonly type: PackageType;
  readonly name: string;
  /** In the words of its own package manager, with the epoch. Empty for hotfixes and features of Windows, which have none. */
  readonly version: string;
  readonly architecture?: string;
  /** Source package; advisories name this one. Always there for deb and rpm. */
  readonly source?: { readonly name: string; readonly version: string };
}

export interface InventoryService {
  readonly name: string;
  readonly state: 'enabled' | 'disabled' | 'masked' | 'static' | 'automatic' | 'manual';
}

export interface InventoryPort {
  readonly protocol: 'tcp' | 'udp';
  readonly address: string;
  readonly port: number;
  readonly process?: string;
}

export interface InventoryUser {
  readonly name: string;
  readonly uid?: number;
  readonly shell?: string;
  readonly groups: readonly string[];
}

/** Most entries of a section. A full inventory of this size is about 4 MB; one of a server is 100 to 300 KB. */
export const LIMITS = {
  packages: 10_000,
  services: 2000,
  listening: 1000,
  users: 2000,
  repositories: 500,
  folders: 200,
} as const;
