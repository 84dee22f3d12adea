import type { ChangeCounts } from '../model/documents/inventory.ts';
import type { Inventory, InventoryPort, InventoryService, InventoryUser } from '../model/inventory.ts';
import { diffPackages, type PackageGroup } from './diff-packages.ts';

/** Something with a value on each side. */
export type Move<T> = { readonly from: T; readonly to: T };

type Named<T> = {
  readonly added: readonly T[];
  readonly removed: readonly T[];
  readonly changed: readonly { readonly name: string; readonly from: T; readonly to: T }[];
};

/** What is not the same in two images. Nothing in it is guessed: each part compares what both inventories say. */
export type InventoryDiff = {
  readonly counts: ChangeCounts;
  /** The system's name, version or kernel. Absent: the same. */
  readonly os?: Move<string>;
  readonly kernel?: Move<string>;
  readonly packages: readonly PackageGroup[];
  readonly services: Named<InventoryService>;
  readonly listening: {
    readonly opened: readonly InventoryPort[];
    readonly closed: readonly InventoryPort[];
  };
  readonly users: Named<InventoryUser>;
  readonly repositories: { readonly added: readonly string[]; readonly removed: readonly string[] };
  readonly usedBytes: Move<number>;
  /** What either inventory does not know. Absent: nothing. */
  readonly unknown?: readonly string[];
};

const NOTHING = { added: [], removed: [], changed: [] };

export function diffInventories(before: Inventory, after: Inventory): InventoryDiff {
  const packages = diffPackages(before.packages, after.packages);
  const unknown = [...new Set([...(before.cut ?? []), ...(after.cut ?? [])])];
  // What a busy machine could not list in time is not gone from it.
  const isKnown = (section: string) => !unknown.some((text) => text.startsWith(`${section}:`));
  const [oldKernel = '', newKernel = ''] = [before.os.kernel, after.os.kernel];
  return {
    counts: countsOf(packages),
    ...(before.os.name !== after.os.name && { os: { from: before.os.name, to: after.os.name } }),
    ...(oldKernel !== newKernel && { kernel: { from: oldKernel, to: newKernel } }),
    packages,
    services: isKnown('services') ? diffNamed(before.services, after.services) : NOTHING,
    listening: isKnown('listening')
      ? {
          opened: without(after.listening, before.listening),
          closed: without(before.listening, after.listening),
        }
      : { opened: [], closed: [] },
    users: diffNamed(before.users, after.users),
    repositories: {
      added: after.repositories.filter((one) => !before.repositories.includes(one)),
      removed: before.repositories.filter((one) => !after.repositories.includes(one)),
    },
    usedBytes: { from: before.disk.usedBytes, to: after.disk.usedBytes },
    ...(unknown.length > 0 && { unknown }),
  };
}

/** Packages, not groups: what a package manager would say that it does. */
function countsOf(groups: readonly PackageGroup[]): ChangeCounts {
  const all = groups.flatMap(({ packages }) => packages);
  return {
    added: all.filter(({ from }) => from === undefined).length,
    removed: all.filter(({ to }) => to === undefined).length,
    changed: all.filter(({ from, to }) => from !== undefined && to !== undefined).length,
  };
}

/** Nobody would call the same port another one because its process has a new name. */
function without(ports: readonly InventoryPort[], others: readonly InventoryPort[]): InventoryPort[] {
  const keyOf = ({ protocol, address, port }: InventoryPort) => `${protocol} ${address} ${port}`;
  const known = new Set(others.map(keyOf));
  return ports.filter((port) => !known.has(keyOf(port)));
}

/** A name may be there twice: two lines of a file, of which nobody knows which one counts. */
function diffNamed<T extends { readonly name: string }>(before: readonly T[], after: readonly T[]): Named<T> {
  const [old, now] = [new Set(before.map(textOf)), new Set(after.map(textOf))];
  const gone = before.filter((one) => !now.has(textOf(one)));
  const fresh = after.filter((one) => !old.has(textOf(one)));
  const partner = ({ name }: T, others: readonly T[]) => others.find((other) => other.name === name);
  return {
    added: fresh.filter((one) => partner(one, gone) === undefined),
    removed: gone.filter((one) => partner(one, fresh) === undefined),
    changed: fresh.flatMap((to) => {
      const from = partner(to, gone);
      return from === undefined ? [] : [{ name: to.name, from, to }];
    }),
  };
}

function textOf(one: object): string {
  return JSON.stringify(one);
}
