import type { PackageType } from '../model/inventory.ts';
import { compareDpkg } from './dpkg-version.ts';
import { compareRpm } from './rpm-version.ts';

/**
 * The order of versions, as the package manager that wrote them has it: negative when `a` is older. Python, npm, snaps and
 * Windows are compared as rpm compares, number by number, which is right for releases.
 */
export function compareVersions(type: PackageType, a: string, b: string): number {
  return type === 'deb' ? compareDpkg(a, b) : compareRpm(a, b);
}
