import { canonicalInventory } from './canonical.ts';
import type { Inventory } from './inventory.ts';
import { linuxPackages } from './linux-packages.ts';
import { linuxPorts, linuxServices, linuxUsers } from './linux-state.ts';
import { countOf, fieldsOf, type Line, type Listing, listingsIn } from './listing.ts';
import { repositoriesOf } from './repositories.ts';
import {
  architectureOf,
  decodeWindows,
  windowsPackages,
  windowsPorts,
  windowsServices,
  windowsUsers,
} from './windows.ts';

export type ReadListing = {
  readonly inventory: Inventory;
  /** What the source of the build brought along, without its folders. Absent: it was not listed. */
  readonly source?: Inventory;
};

/** How a listing is to be read. */
type Reading = {
  readonly osType: 'Linux' | 'Windows';
  /** An account that is no part of the image, because generalizing removes it. */
  readonly without?: string;
};

/** What a machine has listed of itself. Undefined: the output holds no listing. */
export function readListing(output: string, reading: Reading): ReadListing | undefined {
  const text = reading.osType === 'Windows' ? decodeWindows(output) : output;
  const { image, source } = listingsIn(text);
  const inventory = inventoryOf(image, reading);
  if (inventory === undefined) return undefined;
  const before = source && inventoryOf(source, reading);
  return { inventory, ...(before && { source: before }) };
}

function inventoryOf({ lines, isWhole }: Listing, reading: Reading): Inventory | undefined {
  const [id = '', version = '', codename = '', name = ''] = fieldsOf(lines, 'os')[0] ?? [];
  const [machine = '', kernel = ''] = fieldsOf(lines, 'machine')[0] ?? [];
  if (id === '' || machine === '') return undefined;
  const cut = [
    ...fieldsOf(lines, 'lack').map(([text = '']) => text),
    ...(isWhole ? [] : ['everything: the listing ended before its last line.']),
    ...foldersLack(lines),
  ];
  const family = reading.osType === 'Windows' ? 'windows' : 'linux';
  const { users, ...parts } = family === 'windows' ? windowsParts(lines) : linuxParts(lines);
  return canonicalInventory({
    schema: 1,
    os: {
      family,
      id,
      version,
      ...(codename !== '' && { codename }),
      name: name || id,
      architecture: architectureOf(machine),
      ...(kernel !== '' && { kernel }),
    },
    ...parts,
    users: withoutAccount(users, reading.without),
    disk: { usedBytes: kibibytes(fieldsOf(lines, 'disk')[0]?.[0]), folders: foldersOf(lines) },
    ...(cut.length > 0 && { cut }),
  });
}

function linuxParts(lines: readonly Line[]) {
  return {
    packages: linuxPackages(lines),
    services: linuxServices(lines),
    listening: linuxPorts(lines),
    users: linuxUsers(lines),
    repositories: repositoriesOf(lines),
  };
}

function windowsParts(lines: readonly Line[]) {
  return {
    packages: windowsPackages(lines),
    services: windowsServices(lines),
    listening: windowsPorts(lines),
    users: windowsUsers(lines),
    repositories: [],
  };
}

/** Its group, which has its name, goes with it. */
function withoutAccount(users: Inventory['users'], account: string | undefined): Inventory['users'] {
  if (account === undefined) return users;
  return users
    .filter(({ name }) => name !== account)
    .map((user) => ({ ...user, groups: user.groups.filter((group) => group !== account) }));
}

/** `1024<space>/usr`; the last one is the whole. */
function foldersOf(lines: readonly Line[]): Inventory['disk']['folders'] {
  return fieldsOf(lines, 'folder').flatMap(([size, path = '']) =>
    path === '' || path === '/' ? [] : [{ path, bytes: kibibytes(size) }],
  );
}

/** The sum comes last. */
function foldersLack(lines: readonly Line[]): string[] {
  const paths = fieldsOf(lines, 'folder').map(([, path]) => path);
  return paths.length === 0 || paths.includes('/') ? [] : ['disk: not all folders were measured in time.'];
}

function kibibytes(text: string | undefined): number {
  return (countOf(text) ?? 0) * 1024;
}
