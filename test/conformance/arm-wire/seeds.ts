// What a recording found there: made before it is replayed, from what its answers show.
import { isObject, listAt, objectAt, textAt, type JsonObject } from '../../../local/azure/json.ts';
import { groupIdOf, nameOf, parentOf, typeOf } from '../../../local/azure/store/ids.ts';
import { resourceOf, type World } from './recording.ts';

export type Seed = { readonly method: string; readonly path: string; readonly body?: JsonObject };

type Needs = {
  readonly location: string;
  /** Ids that must be there, in the order in which the recording names them. */
  readonly ids: readonly string[];
  /** First recorded body of a resource, by lower-case id. */
  readonly shown: ReadonlyMap<string, JsonObject>;
  /** Machines of which images are made, and that the recording does not generalize itself. */
  readonly captured: ReadonlySet<string>;
  /** True when versions of the recording have data disks that nothing in it names. */
  readonly dataDisks: boolean;
};

/** Requests that make the world as the recording found it. */
export function seedsOf(world: World, extra: readonly string[]): Seed[] {
  const needs = needsOf(world, extra);
  const made = world.exchanges
    .filter(({ request }) => request.method === 'PUT')
    .map(({ request }) => bare(request.path));
  const absent = groupsOf(world).filter((path) => !made.includes(path.toLowerCase()));
  const groups = absent.map((path): Seed => put(path, { location: needs.location, ...tagsOf(needs, path) }));
  const ordered = needs.ids.toSorted((a, b) => rank(a) - rank(b));
  return [...groups, ...ordered.flatMap((id) => recipe(id, needs))];
}

function needsOf(world: World, extra: readonly string[]): Needs {
  const dataDisks = JSON.stringify(world).includes('"dataDiskImages"');
  const made = new Set<string>();
  const ids = new Map<string, string>(extra.map((id) => [id.toLowerCase(), id]));
  const shown = new Map<string, JsonObject>();
  let location = 'westus';
  const need = (id: string) => {
    if (typeOf(id).startsWith('Microsoft.Resources') || made.has(id.toLowerCase())) return;
    ids.set(id.toLowerCase(), ids.get(id.toLowerCase()) ?? id);
  };
  for (const { request, response } of world.exchanges) {
    const target = resourceOf(request);
    if (isObject(response.body)) location = textAt(response.body, 'location') ?? location;
    for (const id of referencesIn(request.body)) for (const part of [...parentsOf(id), id]) need(part);
    if (target === undefined || response.headers?.['x-ms-failure-cause'] === 'gateway') continue;
    for (const parent of parentsOf(target)) need(parent);
    if (request.method === 'PUT') made.add(target.toLowerCase());
    else if (response.status !== 404) need(target);
    const key = target.toLowerCase();
    if (isObject(response.body) && !shown.has(key) && request.method === 'GET') shown.set(key, response.body);
  }
  return { location, ids: [...ids.values()], shown, captured: capturedIn(world), dataDisks };
}

function bare(path: string): string {
  return (path.split('?')[0] ?? '').toLowerCase();
}

function capturedIn(world: World): Set<string> {
  const sources = world.exchanges.map(({ request }) =>
    textAt(request.body as JsonObject, 'properties.sourceVirtualMachine.id')?.toLowerCase(),
  );
  const own = world.exchanges.flatMap(({ request }) =>
    /\/generalize\b/.test(request.path) ? [resourceOf(request)?.toLowerCase()] : [],
  );
  return new Set(sources.filter((id) => id !== undefined).filter((id) => !own.includes(id)));
}

/** Parents inside a provider, outermost first. */
function parentsOf(id: string): string[] {
  const parent = parentOf(id);
  return parent.includes('/providers/') ? [...parentsOf(parent), parent] : [];
}

function groupsOf(world: World): string[] {
  const text = JSON.stringify(world.exchanges);
  const ids = text.matchAll(/\/subscriptions\/[0-9a-f-]{36}\/resourceGroups\/group\d+/gi);
  return [...new Set([...ids].map(([id]) => id.replace(/resourcegroups/i, 'resourceGroups')))];
}

function referencesIn(value: unknown): string[] {
  if (typeof value === 'string') return /^\/subscriptions\/.*\/providers\//.test(value) ? [value] : [];
  if (Array.isArray(value)) return value.flatMap(referencesIn);
  return isObject(value) ? Object.values(value).flatMap(referencesIn) : [];
}

const ORDER = [
  'networksecuritygroups',
  'publicipaddresses',
  'virtualnetworks',
  'networkinterfaces',
  'virtualmachines',
  'disks',
  'snapshots',
  'microsoft.compute/images',
  'galleries',
  'galleries/images',
  'galleries/images/versions',
];

function rank(id: string): number {
  const type = typeOf(id).toLowerCase();
  return ORDER.findLastIndex((name) => type.endsWith(name));
}

function put(path: string, body: JsonObject): Seed {
  return { method: 'PUT', path, body };
}

function tagsOf({ shown }: Needs, id: string): JsonObject {
  const tags = shown.get(id.toLowerCase())?.['tags'];
  return tags === undefined ? {} : { tags };
}

function recipe(id: string, needs: Needs): Seed[] {
  const { location, shown } = needs;
  const base = {
    location: textAt(shown.get(id.toLowerCase()), 'location') ?? location,
    ...tagsOf(needs, id),
  };
  const make = RECIPES[typeOf(id).toLowerCase()];
  return make === undefined ? [] : make({ id, base, needs });
}

type Order = { readonly id: string; readonly base: JsonObject; readonly needs: Needs };

const RECIPES: Readonly<Record<string, (order: Order) => Seed[]>> = {
  'microsoft.network/networksecuritygroups': ({ id, base }) => [put(id, { ...base, properties: {} })],
  'microsoft.network/publicipaddresses': ({ id, base }) => [put(id, { ...base, properties: {} })],
  'microsoft.network/virtualnetworks': ({ id, base }) => [put(id, { ...base, properties: network })],
  'microsoft.network/networkinterfaces': nic,
  'microsoft.compute/virtualmachines': vm,
  'microsoft.compute/images': image,
  'microsoft.compute/snapshots': ({ id, base }) => [
    put(id, { ...base, properties: { ...blank, osType: 'Linux' } }),
  ],
  'microsoft.compute/galleries/images/versions': version,
  'microsoft.compute/galleries': ({ id, base, needs }) => [
    put(id, { ...base, properties: { ...objectAt(needs.shown.get(id.toLowerCase()), 'properties') } }),
  ],
  'microsoft.compute/galleries/images': ({ id, base }) => [put(id, { ...base, properties: definition })],
};

const network = {
  addressSpace: { addressPrefixes: ['10.0.0.0/16'] },
  subnets: [{ name: 'subnet', properties: { addressPrefix: '10.0.0.0/24' } }],
};

const blank = { creationData: { createOption: 'Empty' }, diskSizeGB: 1 };

const definition = {
  osType: 'Linux',
  osState: 'Generalized',
  hyperVGeneration: 'V1',
  identifier: { publisher: 'p', offer: 'o', sku: 's' },
};

/** An interface uses whatever network resources of its group the recording needs, else a network of its own. */
function nic({ id, base, needs }: Order): Seed[] {
  const group = groupIdOf(id);
  const near = (type: string) =>
    needs.ids.find((other) => other.startsWith(`${group}/`) && typeOf(other).endsWith(`/${type}`));
  const own = `${group}/providers/Microsoft.Network/virtualNetworks/of-${nameOf(id)}`;
  const vnet = near('virtualNetworks') ?? own;
  const [securityGroup, address] = [near('networkSecurityGroups'), near('publicIPAddresses')];
  const properties = {
    subnet: { id: `${vnet}/subnets/subnet` },
    ...(address === undefined ? {} : { publicIPAddress: { id: address } }),
  };
  return [
    ...(vnet === own ? [put(own, { location: base['location'], properties: network })] : []),
    put(id, {
      ...base,
      properties: {
        ipConfigurations: [{ name: 'ip', properties }],
        ...(securityGroup === undefined ? {} : { networkSecurityGroup: { id: securityGroup } }),
      },
    }),
  ];
}

const CENTOS = { publisher: 'OpenLogic', offer: 'CentOS', sku: '7.5', version: 'latest' };

/** A machine as its recorded body shows it; what the recording never shows is an ordinary one with a data disk. */
function vm({ id, base, needs }: Order): Seed[] {
  const body = needs.shown.get(id.toLowerCase()) ?? {};
  const properties = objectAt(body, 'properties');
  const { exactVersion: _, ...reference } = objectAt(properties, 'storageProfile.imageReference');
  const nicId =
    textAt(listAt(properties, 'networkProfile.networkInterfaces')[0], 'id') ??
    `${groupIdOf(id)}/providers/Microsoft.Network/networkInterfaces/${nameOf(id)}VMNic`;
  const {
    osType: _osType,
    diskSizeGB: _size,
    vhd: _vhd,
    managedDisk,
    ...osDisk
  } = objectAt(properties, 'storageProfile.osDisk');
  const sku = textAt({ managedDisk }, 'managedDisk.storageAccountType') ?? 'Premium_LRS';
  const dataDisk = {
    lun: 0,
    createOption: 'Empty',
    caching: 'None',
    diskSizeGB: 10,
    managedDisk: { storageAccountType: sku },
  };
  const kept = ['hardwareProfile', 'securityProfile', 'diagnosticsProfile'].map((key) => [
    key,
    properties[key],
  ]);
  return [
    ...nic({ id: nicId, base: { location: base['location'] ?? 'westus' }, needs }),
    put(id, {
      ...base,
      properties: {
        hardwareProfile: { vmSize: 'Standard_DS1_v2' },
        ...(Object.keys(body).length === 0
          ? { diagnosticsProfile: { bootDiagnostics: { enabled: true } } }
          : {}),
        ...Object.fromEntries(kept.filter(([, value]) => value !== undefined)),
        storageProfile: {
          imageReference: Object.keys(reference).length === 0 ? CENTOS : reference,
          osDisk: { createOption: 'FromImage', ...osDisk, managedDisk: { storageAccountType: sku } },
          dataDisks:
            Object.keys(body).length === 0 && needs.dataDisks
              ? [dataDisk]
              : listAt(properties, 'storageProfile.dataDisks'),
        },
        osProfile: {
          computerName: nameOf(id),
          adminUsername: 'azureuser',
          ...profileOf(properties),
          adminPassword: 'P@ssw0rd1234',
        },
        networkProfile: { networkInterfaces: [{ id: nicId }] },
      },
    }),
    ...(needs.captured.has(id.toLowerCase()) ? generalized(id) : []),
  ];
}

function generalized(id: string): Seed[] {
  return ['deallocate', 'generalize'].map((action) => ({ method: 'POST', path: `${id}/${action}` }));
}

/** Without what only an answer shows. */
function profileOf(properties: JsonObject): JsonObject {
  const {
    secrets: _s,
    allowExtensionOperations: _a,
    requireGuestProvisionSignal: _r,
    ...given
  } = objectAt(properties, 'osProfile');
  return given;
}

/** A managed image of a generalized machine with a data disk. */
function image({ id, base, needs }: Order): Seed[] {
  const source = `${groupIdOf(id)}/providers/Microsoft.Compute/virtualMachines/of-${nameOf(id)}`;
  return [
    ...vm({ id: source, base: { location: base['location'] ?? 'westus' }, needs }),
    ...generalized(source),
    put(id, { ...base, properties: { sourceVirtualMachine: { id: source } } }),
  ];
}

/** A version of a managed image of its own. */
function version({ id, base, needs }: Order): Seed[] {
  const source = `${groupIdOf(id)}/providers/Microsoft.Compute/images/of-${nameOf(id)}`;
  const properties = { storageProfile: { source: { id: source } } };
  return [...image({ id: source, base, needs }), put(id, { ...base, properties })];
}

/** Marketplace images that the recordings name. */
export function imagesIn(worlds: readonly World[]): JsonObject[] {
  const found = new Map<string, JsonObject>();
  const add = (reference: JsonObject, version: string | undefined, more: JsonObject = {}) => {
    const { publisher, offer, sku } = reference;
    if (version === undefined || !/^\d+\.\d+\.\d+$/.test(version)) return;
    const osType = /windows/i.test(String(offer)) ? 'Windows' : 'Linux';
    found.set(`${String(publisher)}:${String(offer)}:${String(sku)}:${version}`, {
      publisher,
      offer,
      sku,
      version,
      generation: 'V1',
      osType,
      ...more,
    });
  };
  for (const { request, response } of worlds.flatMap(({ exchanges }) => exchanges)) {
    const [, publisher, offer, sku, version] = CATALOGUE.exec(request.path) ?? [];
    if (publisher && offer && sku && isObject(response.body))
      add({ publisher, offer, sku }, version, shownImage(response.body));
    for (const reference of imageReferencesIn(response.body)) {
      const generation = /gen2|2022|22_04|server$/i.test(textAt(reference, 'sku') ?? '') ? 'V2' : 'V1';
      add(reference, textAt(reference, 'exactVersion'), { generation });
    }
  }
  return [...found.values()];
}

const CATALOGUE =
  /\/publishers\/([^/]+)\/artifacttypes\/vmimage\/offers\/([^/]+)\/skus\/([^/]+)\/versions\/([^/?]+)/i;

function shownImage(body: JsonObject): JsonObject {
  const { hyperVGeneration, plan, imageDeprecationStatus } = objectAt(body, 'properties');
  const state = textAt({ imageDeprecationStatus }, 'imageDeprecationStatus.imageState');
  const on = textAt({ imageDeprecationStatus }, 'imageDeprecationStatus.scheduledDeprecationTime');
  const alternative = textAt({ imageDeprecationStatus }, 'imageDeprecationStatus.alternativeOption.value');
  return {
    generation: hyperVGeneration ?? 'V1',
    ...(plan === undefined ? {} : { plan }),
    ...(state === undefined || state === 'Active'
      ? {}
      : { deprecation: { state, ...(on && { on: on.slice(0, 10) }), ...(alternative && { alternative }) } }),
  };
}

function imageReferencesIn(value: unknown): JsonObject[] {
  if (Array.isArray(value)) return value.flatMap(imageReferencesIn);
  if (!isObject(value)) return [];
  const own = isObject(value['imageReference']) ? [value['imageReference']] : [];
  return [...own, ...Object.values(value).flatMap(imageReferencesIn)];
}
