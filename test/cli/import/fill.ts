// Values for the placeholders of an imported template, as a user would give them. What a place needs is known from the
// place, and from how authors call such a value.
const SUBSCRIPTION = '11111111-2222-4333-8444-555555555555';
const group = `/subscriptions/${SUBSCRIPTION}/resourceGroups/images`;

/** Two placeholders for regions of one image must not be the same. */
const REGIONS: Record<string, string> = { '1': 'westeurope', '2': 'northeurope', '3': 'swedencentral' };

/** By the field that holds nothing but the placeholder. */
const BY_FIELD: Record<string, string> = {
  location: 'westeurope',
  name: 'westeurope',
  replicationRegions: 'westeurope',
  scriptUri: 'https://example.com/script.sh',
  sourceUri: 'https://example.com/file.bin',
  sha256Checksum: 'ab'.repeat(32),
  imageId: `${group}/providers/Microsoft.Compute/images/web`,
  galleryImageId: `${group}/providers/Microsoft.Compute/galleries/goldens/images/web`,
  imageVersionId: `${group}/providers/Microsoft.Compute/galleries/goldens/images/web/versions/1.0.0`,
  subnetId: `${group}/providers/Microsoft.Network/virtualNetworks/net/subnets/build`,
  stagingResourceGroup: group.replace('images', 'staging'),
  userAssignedIdentities: `${group}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/builder`,
  version: '1.2.3',
  destination: '/tmp/file',
  restartTimeout: '5m',
};

/** Inside of an id: `{{galleryImageId}}{{name}}` of a concat() that had both halves in parameters. */
const BY_NAME: [RegExp, string][] = [
  [/^subscription$/, SUBSCRIPTION],
  [/^galleryImageId$/, `${group}/providers/Microsoft.Compute/galleries/goldens/images/`],
  [/^managedImageResGroupId$/i, `${group}/providers/Microsoft.Compute/images/`],
  [/ResourceId$/i, `${group}/providers/Microsoft.Compute/galleries/goldens/images/`],
  [/region|location/i, 'westeurope'],
  [/version$/i, '1.2.3'],
  [/^managedImageResGroupId$|imagergid/i, `${group}/providers/Microsoft.Compute/images/`],
];

export type Filled = { template: unknown; used: Map<string, string> };

/** Fills in every `{{name}}` outside of scripts. `used` tells which pointer of the result had one. */
export function fill(template: unknown): Filled {
  const used = new Map<string, string>();
  let count = 0;
  const text = (value: string, field: string, pointer: string): string => {
    if (!/\{\{(?!\{)/.test(value)) return value;
    used.set(pointer, value);
    const region = REGIONS[[...value.matchAll(/\d/g)].at(-1)?.[0] ?? '0'];
    if (/region|location/i.test(value) && /^\{\{[\w-]+\}\}$/.test(value)) return region ?? 'westeurope';
    const whole = /^(\{\{[\w-]+\}\})+$/.test(value) && BY_FIELD[field];
    if (whole) return whole;
    return value.replaceAll(/\{\{([A-Za-z][\w-]*)\}\}/g, (_, name: string) => {
      count += 1;
      const known = BY_NAME.find(([pattern]) => pattern.test(name))?.[1];
      // Names of results must differ from each other.
      return known ?? (field === 'runOutputName' ? `value${count}` : 'value');
    });
  };
  const visit = (value: unknown, field: string, pointer: string): unknown => {
    if (typeof value === 'string') return field === 'inline' ? value : text(value, field, pointer);
    if (Array.isArray(value)) return value.map((item, index) => visit(item, field, `${pointer}/${index}`));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => {
        const name = text(key, field, `${pointer}/${key}`);
        return [name, visit(item, key, `${pointer}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`)];
      }),
    );
  };
  return { template: visit(template, '', ''), used };
}
