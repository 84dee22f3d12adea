import type {
  InventoryPackage,
  InventoryPort,
  InventoryService,
  InventoryUser,
  PackageType,
} from './inventory.ts';
import { countOf, fieldsOf, type Line } from './listing.ts';

/** Undoes how shared/guest/windows-inventory.ts writes what is not plain text. */
export function decodeWindows(output: string): string {
  return output.replaceAll(/\\u([0-9a-f]{4})/g, (_match, code: string) =>
    String.fromCharCode(Number.parseInt(code, 16)),
  );
}

/** Processors by the words of Windows. */
const ARCHITECTURES: Readonly<Record<string, string>> = { AMD64: 'x86_64', ARM64: 'aarch64' };

export function architectureOf(word: string): string {
  return ARCHITECTURES[word] ?? word;
}

export function windowsPackages(lines: readonly Line[]): InventoryPackage[] {
  const of = (type: PackageType) =>
    fieldsOf(lines, type).flatMap(([name = '', version = '', architecture = '']) =>
      name === '' ? [] : [{ type, name, version, ...(architecture !== '' && { architecture }) }],
    );
  return (['windows', 'hotfix', 'appx', 'feature'] as const).flatMap(of);
}

const START_MODES: Readonly<Record<string, InventoryService['state']>> = {
  Auto: 'automatic',
  Manual: 'manual',
  Disabled: 'disabled',
};

/** Services of a user who is signed in are copies with a number behind the name, another one at each sign-in. */
const OF_A_USER = /^(.+)_[0-9a-f]{4,8}$/;

export function windowsServices(lines: readonly Line[]): InventoryService[] {
  const all = fieldsOf(lines, 'service').map(([name = '', mode = '']) => ({ name, mode }));
  const names = new Set(all.map(({ name }) => name));
  return all.flatMap(({ name, mode }) => {
    const state = START_MODES[mode];
    const original = OF_A_USER.exec(name)?.[1];
    const isCopy = original !== undefined && names.has(original);
    return state === undefined || isCopy ? [] : [{ name, state }];
  });
}

export function windowsPorts(lines: readonly Line[]): InventoryPort[] {
  return fieldsOf(lines, 'listen').flatMap(([protocol, address = '', digits, process = '']) => {
    const port = countOf(digits);
    if ((protocol !== 'tcp' && protocol !== 'udp') || port === undefined) return [];
    return [{ protocol, address: address.replace(/%.*$/, ''), port, ...(process !== '' && { process }) }];
  });
}

export function windowsUsers(lines: readonly Line[]): InventoryUser[] {
  const members = fieldsOf(lines, 'member');
  return fieldsOf(lines, 'user').flatMap(([name = '']) => {
    const groups = members.flatMap(([group = '', member]) => (member === name ? [group] : []));
    return name === '' ? [] : [{ name, groups }];
  });
}
