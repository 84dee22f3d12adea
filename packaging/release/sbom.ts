import { readFileSync } from 'node:fs';
import path from 'node:path';
import { ComponentType, HashAlgorithm } from '@cyclonedx/cyclonedx-library/Enums';
import { Bom, Component, HashDictionary } from '@cyclonedx/cyclonedx-library/Models';
import { JSON as Json, JsonSerializer } from '@cyclonedx/cyclonedx-library/Serialize';
import { Spec1dot6 } from '@cyclonedx/cyclonedx-library/Spec';
import { PackageURL } from 'packageurl-js';
import { type Locked, lockedPackages } from './lock.ts';

/** What is inside of the deployed file, as CycloneDX 1.6: the packages whose code is in it, with the checksums of the lock. */
export function releaseSbom(root: string, packages: readonly string[]): string {
  const { version = '' } = manifestOf(root);
  const kiln = new Component(ComponentType.Application, 'kiln', { version, bomRef: 'kiln' });
  const bom = new Bom();
  bom.metadata.component = kiln;
  for (const one of lockedPackages(root, packages)) {
    const component = componentOf(one);
    bom.components.add(component);
    kiln.dependencies.add(component.bomRef);
  }
  // No serial number and no time: the same sources give the same bytes.
  return new JsonSerializer(new Json.Normalize.Factory(Spec1dot6)).serialize(bom, {
    sortLists: true,
    space: 2,
  });
}

function componentOf({ folder, name, version, integrity }: Locked): Component {
  const [scope, base] = name.startsWith('@') ? name.split('/', 2) : [undefined, name];
  const purl = new PackageURL('npm', scope, base ?? name, version, undefined, undefined).toString();
  const sha512 = /^sha512-(.+)$/.exec(integrity)?.[1];
  const hashes = new HashDictionary(
    sha512 === undefined ? [] : [[HashAlgorithm['SHA-512'], Buffer.from(sha512, 'base64').toString('hex')]],
  );
  return new Component(ComponentType.Library, base ?? name, {
    bomRef: folder,
    version,
    purl,
    hashes,
    ...(scope !== undefined && { group: scope }),
  });
}

function manifestOf(root: string): { readonly version?: string } {
  const parsed: unknown = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
  const holds = typeof parsed === 'object' && parsed !== null && 'version' in parsed;
  return holds && typeof parsed.version === 'string' ? { version: parsed.version } : {};
}
