import type { InventoryPackage, PackageType } from '../model/inventory.ts';

/** One package that is not the same on both sides. `from` alone: it was removed; `to` alone: it is new. */
export type PackageChange = {
  readonly type: PackageType;
  readonly name: string;
  readonly architecture?: string;
  readonly from?: string;
  readonly to?: string;
};

/** Packages that are built of one source change together: one line for people. */
export type PackageGroup = {
  /** Name of the source package; of the package itself where it has none. */
  readonly source: string;
  readonly type: PackageType;
  readonly change: 'added' | 'removed' | 'changed';
  readonly packages: readonly PackageChange[];
};

type Found = PackageChange & { readonly source: string };

/** Sorted by the names of the sources. */
export function diffPackages(
  before: readonly InventoryPackage[],
  after: readonly InventoryPackage[],
): PackageGroup[] {
  const [old, now] = [versionsOf(before), versionsOf(after)];
  const keys = [...new Set([...old.keys(), ...now.keys()])];
  const changes = keys.flatMap((key) => changesOf(old.get(key) ?? [], now.get(key) ?? []));
  const groups = groupBy(changes, ({ type, source }) => `${source}\0${type}`);
  return [...groups]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([, found]) => {
      const [first] = found;
      return first === undefined ? [] : [groupOf(first, found)];
    });
}

function groupOf({ source, type }: Found, found: readonly Found[]): PackageGroup {
  const packages = found.map(({ source: _source, ...change }) => change);
  const isAll = (side: 'from' | 'to') => packages.every((change) => change[side] === undefined);
  return { source, type, change: isAll('from') ? 'added' : isAll('to') ? 'removed' : 'changed', packages };
}

/** Several versions of one name side by side: kernels, libraries of npm. */
function versionsOf(packages: readonly InventoryPackage[]): Map<string, InventoryPackage[]> {
  return groupBy(packages, ({ type, name, architecture = '' }) => `${type}\0${name}\0${architecture}`);
}

function changesOf(before: readonly InventoryPackage[], after: readonly InventoryPackage[]): Found[] {
  const without = (some: readonly InventoryPackage[], others: readonly InventoryPackage[]) =>
    some.filter(({ version }) => !others.some((other) => other.version === version));
  const [gone, fresh] = [without(before, after), without(after, before)];
  const [old, now] = [gone[0], fresh[0]];
  if (gone.length === 1 && fresh.length === 1 && old !== undefined && now !== undefined)
    return [{ ...nameOf(now), from: old.version, to: now.version }];
  return [
    ...gone.map((one) => ({ ...nameOf(one), from: one.version })),
    ...fresh.map((one) => ({ ...nameOf(one), to: one.version })),
  ];
}

function nameOf({ type, name, architecture, source }: InventoryPackage): Found {
  return {
    source: source?.name ?? name,
    type,
    name,
    ...(architecture !== undefined && { architecture }),
  };
}

function groupBy<T>(all: readonly T[], keyOf: (one: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const one of all) {
    const group = groups.get(keyOf(one));
    if (group === undefined) groups.set(keyOf(one), [one]);
    else group.push(one);
  }
  return groups;
}
