import type { InventoryPackage } from './inventory.ts';
import { fieldsOf, type Line } from './listing.ts';

/** Packages in the lines of shared/guest/linux-inventory.ts. */
export function linuxPackages(lines: readonly Line[]): InventoryPackage[] {
  return [
    ...fieldsOf(lines, 'deb').flatMap(debOf),
    ...fieldsOf(lines, 'rpm').flatMap(rpmOf),
    ...snapsOf(fieldsOf(lines, 'snap')),
    ...pythonPackages(fieldsOf(lines, 'python').map(([text = '']) => text)),
    ...fieldsOf(lines, 'node').flatMap(([text = '']) => nodePackage(text)),
  ];
}

/** Of what dpkg knows, what is there: `ii`, `hi`; a removed package whose settings stay is `rc`. */
function debOf([status = '', name = '', version = '', architecture = '', ...rest]: readonly string[]) {
  if (status[1] !== 'i' || name === '') return [];
  const [source = '', sourceVersion = ''] = rest;
  const from = { name: source || name, version: sourceVersion || version };
  return [{ type: 'deb', name, version, architecture, source: from } as const];
}

/** Keys that rpm trusts are listed as packages, too. */
function rpmOf([name = '', version = '', architecture = '', archive = '']: readonly string[]) {
  if (name === '' || name === 'gpg-pubkey') return [];
  return [
    { type: 'rpm', name, version, architecture, source: rpmSource(archive, { name, version }) } as const,
  ];
}

/** `openssl-3.0.7-27.el9.src.rpm`; the epoch is the package's own, which archives do not carry in their names. */
function rpmSource(archive: string, binary: { readonly name: string; readonly version: string }) {
  const [, name, release] = /^(.+)-([^-]+-[^-]+)\.(?:no)?src\.rpm$/.exec(archive) ?? [];
  if (name === undefined || release === undefined) return binary;
  const epoch = /^\d+:/.exec(binary.version)?.[0] ?? '';
  return { name, version: `${epoch}${release}` };
}

/** Two lines each, in the order in which the file of a snap has them. */
function snapsOf(lines: readonly (readonly string[])[]): InventoryPackage[] {
  const found: InventoryPackage[] = [];
  let one: { name?: string; version?: string } = {};
  for (const [field = '', value = ''] of lines) {
    const known = { ...one, [field]: value };
    const { name, version } = known;
    one = name === undefined || version === undefined ? known : {};
    if (name !== undefined && version !== undefined) found.push({ type: 'snap', name, version });
  }
  return found;
}

/** Of lines `<folder>/<file>:<text>`: what a tool other than the package manager of the system has installed. */
function pythonPackages(lines: readonly string[]): InventoryPackage[] {
  const known = new Map<string, { name?: string; version?: string; installer?: string }>();
  for (const line of lines) {
    const [, folder = '', file = '', text = ''] =
      /^(.*?\.(?:dist|egg)-info)(?:\/(METADATA|PKG-INFO|INSTALLER))?:(.*)$/.exec(line) ?? [];
    const [, field, value] = /^(Name|Version): *(.*)$/.exec(text) ?? [];
    const seen = known.get(folder) ?? {};
    if (file === 'INSTALLER') known.set(folder, { ...seen, installer: text });
    else if (field !== undefined) known.set(folder, { ...seen, [field.toLowerCase()]: value });
  }
  return [...known].flatMap(([folder, { name, version, installer }]) =>
    name !== undefined && version !== undefined && isForeign(folder, installer)
      ? [{ type: 'pypi', name: normalized(name), version } as const]
      : [],
  );
}

const OF_THE_SYSTEM = new Set(['rpm', 'debian']);

function isForeign(folder: string, installer: string | undefined): boolean {
  if (installer !== undefined) return !OF_THE_SYSTEM.has(installer);
  return folder.startsWith('/usr/local/') || folder.startsWith('/opt/');
}

/** https://packaging.python.org/en/latest/specifications/name-normalization/ */
function normalized(name: string): string {
  return name.replaceAll(/[-_.]+/g, '-').toLowerCase();
}

/** `/usr/lib/node_modules/@scope/name/package.json:"version": "1.2.3"` */
function nodePackage(line: string): InventoryPackage[] {
  const [, name, version] = /\/node_modules\/(.+)\/package\.json:"version": *"(.*)"$/.exec(line) ?? [];
  return name === undefined || version === undefined ? [] : [{ type: 'npm', name, version }];
}
