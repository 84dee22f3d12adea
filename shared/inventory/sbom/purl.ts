import { PackageURL } from 'packageurl-js';
import type { InventoryOs, InventoryPackage } from '../../model/inventory.ts';

/** Vendors by the ID of os-release, where they are not the same: https://github.com/package-url/purl-spec/blob/main/types/rpm-definition.json */
const VENDORS: Readonly<Record<string, string>> = {
  rhel: 'redhat',
  sles: 'suse',
  'opensuse-leap': 'opensuse',
  ol: 'oracle',
};

/**
 * The package URL of a package, as scanners write it: with the distribution and the source package, without which no
 * advisory of a distribution can be found. Undefined for features of Windows, which nobody publishes, and for odd names.
 */
export function purlOf(one: InventoryPackage, os: InventoryOs): PackageURL | undefined {
  const { type, name, version, architecture, source } = one;
  const distro = `${os.id}-${os.version}`;
  const vendor = VENDORS[os.id] ?? os.id;
  const plain = { ...(architecture !== undefined && { arch: architecture }), distro };
  switch (type) {
    case 'deb': {
      const isOwn = source === undefined || (source.name === name && source.version === version);
      const upstream = isOwn ? {} : { upstream: upstreamOf(source, { name, version }) };
      return url('deb', vendor, name, version, { ...plain, ...upstream });
    }
    case 'rpm': {
      const [, epoch, rest = version] = /^(\d+):(.*)$/.exec(version) ?? [];
      const archive = source && `${source.name}-${source.version.replace(/^\d+:/, '')}.src.rpm`;
      return url('rpm', vendor, name, rest, {
        ...plain,
        ...(epoch !== undefined && { epoch }),
        ...(archive !== undefined && { upstream: archive }),
      });
    }
    case 'pypi':
      return url('pypi', undefined, name, version);
    case 'npm': {
      const [, scope, own = name] = /^(@[^/]+)\/(.+)$/.exec(name) ?? [];
      return url('npm', scope, own, version);
    }
    case 'snap':
    case 'windows':
    case 'appx':
    case 'hotfix':
      return url('generic', undefined, name, version, { packaging: type });
    case 'feature':
      return undefined;
    default:
      return type satisfies never;
  }
}

function upstreamOf(
  source: NonNullable<InventoryPackage['source']>,
  own: { readonly name: string; readonly version: string },
): string {
  return source.version === own.version ? source.name : `${source.name}@${source.version}`;
}

function url(
  type: string,
  namespace: string | undefined,
  name: string,
  ...[version, qualifiers]: [string, Record<string, string>?]
): PackageURL | undefined {
  try {
    return new PackageURL(type, namespace, name, version === '' ? undefined : version, qualifiers, undefined);
  } catch {
    // A name that its package manager would not take either; anything may call itself a package.
    return undefined;
  }
}
