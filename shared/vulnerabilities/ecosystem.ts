import type { Release } from '../model/documents/vulnerabilities.ts';
import type { InventoryOs } from '../model/inventory.ts';
import { compareDpkg } from '../inventory/dpkg-version.ts';
import { compareRpm } from '../inventory/rpm-version.ts';

export const ORDER = { deb: compareDpkg, rpm: compareRpm } as const;

/** Undefined for what OSV has no archive of, such as Windows. */
export function releaseOf({ id, version }: Pick<InventoryOs, 'id' | 'version'>): Release | undefined {
  const major = version.split('.')[0] ?? '';
  switch (id) {
    case 'debian':
      return { archive: 'Debian', name: `Debian:${major}`, type: 'deb' };
    case 'ubuntu':
      return {
        archive: 'Ubuntu',
        name: `Ubuntu:${version.slice(0, 5)}${isLts(version) ? ':LTS' : ''}`,
        type: 'deb',
      };
    case 'rhel':
      return { archive: 'Red Hat', name: `Red Hat:enterprise_linux:${major}:`, isPrefix: true, type: 'rpm' };
    case 'almalinux':
      return { archive: 'AlmaLinux', name: `AlmaLinux:${major}`, type: 'rpm' };
    case 'rocky':
      return { archive: 'Rocky Linux', name: `Rocky Linux:${major}`, type: 'rpm' };
    case 'azurelinux':
    case 'mariner':
      return { archive: 'Azure Linux', name: `Azure Linux:${major}`, type: 'rpm' };
    default:
      return undefined;
  }
}

/** Those of April in even years: https://wiki.ubuntu.com/LTS */
function isLts(version: string): boolean {
  const [year = '', month] = version.split('.');
  return Number(year) % 2 === 0 && month === '04';
}

/** Whether OSV speaks of the release; `Ubuntu:Pro:…` is another one, because its fixes have to be paid for. */
export function isOf({ name, isPrefix }: Release, ecosystem: string): boolean {
  return isPrefix === true ? ecosystem.startsWith(name) : ecosystem === name;
}
