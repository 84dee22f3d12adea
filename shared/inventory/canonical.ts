import { createHash } from 'node:crypto';
import { sha256 } from '../model/convert.ts';
import type { Sha256 } from '../model/template.ts';
import {
  type Inventory,
  type InventoryOs,
  type InventoryPackage,
  type InventoryPort,
  type InventoryService,
  type InventoryUser,
  LIMITS,
} from './inventory.ts';

/**
 * The one form of an inventory: sections sorted by code units, each entry once, fields in one order, no more entries than
 * `LIMITS`. What is left out for that is said in `cut`. Doing it twice changes nothing.
 */
export function canonicalInventory(inventory: Inventory): Inventory {
  const cut = new Set(inventory.cut);
  const section = <T>(name: keyof typeof LIMITS, entries: readonly T[]): T[] => {
    const sorted = sortedOnce(entries);
    const most = LIMITS[name];
    if (sorted.length > most) cut.add(`${name}: the first ${most} of ${sorted.length} are listed.`);
    return sorted.slice(0, most);
  };
  const { disk } = inventory;
  const folders = disk.folders.map(({ path, bytes }) => ({ path, bytes }));
  const sections = {
    packages: section('packages', inventory.packages.map(packageOf)),
    services: section('services', inventory.services.map(serviceOf)),
    listening: section('listening', inventory.listening.map(portOf)),
    users: section('users', inventory.users.map(userOf)),
    repositories: section('repositories', inventory.repositories),
    disk: { usedBytes: disk.usedBytes, folders: section('folders', folders) },
  };
  const said = cut.size > 0 ? { cut: sortedOnce([...cut]) } : {};
  return { schema: 1, os: osOf(inventory.os), ...sections, ...said };
}

/** The bytes that a digest of an inventory is of. */
export function canonicalJson(inventory: Inventory): string {
  return JSON.stringify(canonicalInventory(inventory));
}

export function inventoryDigest(inventory: Inventory): Sha256 {
  return sha256(createHash('sha256').update(canonicalJson(inventory)).digest('hex'));
}

/** By the values of their fields, in the order in which those are written. */
function sortedOnce<T>(entries: readonly T[]): T[] {
  const keyed = new Map(entries.map((entry) => [sortKey(entry), entry]));
  return [...keyed].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, entry]) => entry);
}

function sortKey(entry: unknown): string {
  if (typeof entry === 'number') return String(entry).padStart(16, '0');
  if (typeof entry !== 'object' || entry === null) return String(entry);
  const fields = Object.entries(entry).map(([name, value]) => `${name}\u0001${sortKey(value)}`);
  return fields.join('\u0000');
}

function osOf(os: InventoryOs): InventoryOs {
  const { family, id, version, codename, name, architecture, kernel } = os;
  return {
    family,
    id,
    version,
    ...(codename !== undefined && { codename }),
    name,
    architecture,
    ...(kernel !== undefined && { kernel }),
  };
}

function packageOf({ type, name, version, architecture, source }: InventoryPackage): InventoryPackage {
  return {
    type,
    name,
    version,
    ...(architecture !== undefined && { architecture }),
    ...(source !== undefined && { source: { name: source.name, version: source.version } }),
  };
}

function serviceOf({ name, state }: InventoryService): InventoryService {
  return { name, state };
}

function portOf({ protocol, address, port, process }: InventoryPort): InventoryPort {
  return { protocol, address, port, ...(process !== undefined && { process }) };
}

function userOf({ name, uid, shell, groups }: InventoryUser): InventoryUser {
  const known = { ...(uid !== undefined && { uid }), ...(shell !== undefined && { shell }) };
  return { name, ...known, groups: sortedOnce(groups) };
}
