import { createHash } from 'node:crypto';

/** What stands for a value that only Azure knows. Any text that has one is taken for whatever is asked. */
export const unknown = (what: string): string => `«${what}»`;
export const isUnknown = (value: unknown): boolean => typeof value === 'string' && value.includes('«');

const hash = (...parts: unknown[]): string =>
  createHash('sha256').update(JSON.stringify(parts)).digest('hex');
const SUBSCRIPTION = '00000000-0000-4000-8000-000000000001';

/** The functions of Bicep that infra/ uses. https://learn.microsoft.com/azure/azure-resource-manager/bicep/bicep-functions */
export const FUNCTIONS: Readonly<Record<string, (...args: any[]) => unknown>> = {
  cidrSubnet: (range: string, prefix: number, index: number) => {
    const [a = 0, b = 0, c = 0, d = 0] = (range.split('/')[0] ?? '').split('.').map(Number);
    const start = ((a << 24) | (b << 16) | (c << 8) | d) + index * 2 ** (32 - prefix);
    return `${[24, 16, 8, 0].map((shift) => (start >>> shift) & 255).join('.')}/${prefix}`;
  },
  concat: (...lists: unknown[][]) => lists.flat(),
  empty: (value: any) =>
    value === null || (typeof value === 'object' ? Object.keys(value).length === 0 : value === ''),
  environment: () => ({
    authentication: { loginEndpoint: 'https://login.microsoftonline.com/' },
    resourceManager: 'https://management.azure.com/',
    suffixes: { storage: 'core.windows.net' },
  }),
  guid: (...parts) => hash(parts).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*/, '$1-$2-$3-$4-$5'),
  items: (object: object) =>
    Object.entries(object)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, value]) => ({ key, value })),
  join: (list: unknown[], separator: string) => list.join(separator),
  last: (list: unknown[]) => list.at(-1),
  map: (list: unknown[], lambda: (item: unknown) => unknown) => list.map((item) => lambda(item)),
  resourceGroup: (...at: string[]) => ({
    scope: 'resourceGroup',
    id: at.length === 2 ? `/subscriptions/${at[0]}/resourceGroups/${at[1]}` : unknown('resource group'),
  }),
  resourceId: (type: string, ...names: string[]) =>
    `${unknown('resource group')}/providers/${type}/${names.join('/')}`,
  split: (text: string, separator: string) => text.split(separator),
  string: (value: unknown) =>
    typeof value === 'boolean'
      ? value
        ? 'True'
        : 'False'
      : typeof value === 'string'
        ? value
        : JSON.stringify(value),
  subscription: (id = SUBSCRIPTION) => ({
    scope: 'subscription',
    id: `/subscriptions/${id}`,
    subscriptionId: id,
  }),
  subscriptionResourceId: (type: string, name: string) =>
    `/subscriptions/${SUBSCRIPTION}/providers/${type}/${name}`,
  tenant: () => ({ tenantId: '00000000-0000-4000-8000-000000000002' }),
  toLower: (text: string) => text.toLowerCase(),
  union: (...parts: any[]) =>
    Array.isArray(parts[0])
      ? [...new Set(parts.flat())]
      : parts.reduce((all, part) => ({ ...all, ...part }), {}),
  uniqueString: (...parts) => `u${hash(parts).slice(0, 12)}`,
  utcNow: () => '2026-01-01',
};
