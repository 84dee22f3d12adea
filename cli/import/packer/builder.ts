import { isObject, list, object, text, type JsonObject } from '../../api/json.ts';
import { below, type Notes } from '../notes.ts';
import type { Place } from '../old-shapes.ts';
import { texts } from './step-parts.ts';

/** The azure-arm builder. https://developer.hashicorp.com/packer/integrations/hashicorp/azure/latest/components/builder/arm */
export class Builder {
  readonly #fields: JsonObject;
  readonly #pointer: string;
  readonly #notes: Notes;
  readonly #groups: string;
  readonly #ownGroup: string;

  constructor(fields: JsonObject, pointer: string, notes: Notes, place: Place) {
    this.#fields = fields;
    this.#pointer = pointer;
    this.#notes = notes;
    this.#groups = `/subscriptions/${place.subscription}/resourceGroups`;
    this.#ownGroup = place.resourceGroup;
  }

  get isWindows(): boolean {
    return /^windows$/i.test(this.#text('os_type') ?? '');
  }

  location(): string | undefined {
    return this.#text('location');
  }

  source(): JsonObject {
    const shared = object(this.#fields['shared_image_gallery']);
    const isPlatform = Object.keys(shared).length === 0 && !('custom_managed_image_name' in this.#fields);
    if (!isPlatform && 'plan_info' in this.#fields)
      this.#untranslated('plan_info', 'A plan goes with a Marketplace image only.');
    if (Object.keys(shared).length > 0)
      return { type: 'SharedImageVersion', imageVersionId: this.#version(shared) };
    const custom = this.#text('custom_managed_image_name');
    if (custom !== undefined)
      return {
        type: 'ManagedImage',
        imageId: this.#image('custom_managed_image_resource_group_name', custom),
      };
    if ('image_url' in this.#fields)
      this.#untranslated(
        'image_url',
        'A VHD cannot be the source; make a managed image or a gallery version of it.',
      );
    return {
      type: 'PlatformImage',
      publisher: this.#text('image_publisher'),
      offer: this.#text('image_offer'),
      sku: this.#text('image_sku'),
      version: this.#text('image_version') ?? 'latest',
      planInfo: this.#plan(),
    };
  }

  distribute(): JsonObject[] {
    const tags = this.#tags();
    const found: JsonObject[] = [];
    const managed = this.#text('managed_image_name');
    if (managed !== undefined)
      found.push({
        type: 'ManagedImage',
        runOutputName: managed,
        imageId: this.#image('managed_image_resource_group_name', managed),
        location: this.location(),
        artifactTags: tags,
      });
    const gallery = object(this.#fields['shared_image_gallery_destination']);
    if (Object.keys(gallery).length > 0) found.push(this.#galleryTarget(gallery, tags));
    if ('capture_container_name' in this.#fields || 'capture_name_prefix' in this.#fields)
      found.push({
        type: 'VHD',
        runOutputName: this.#text('capture_name_prefix') ?? 'vhd',
        artifactTags: tags,
      });
    return found;
  }

  dataDisks(): JsonObject[] | undefined {
    const sizes = list(this.#fields['disk_additional_size']);
    return sizes.length === 0 ? undefined : sizes.map((sizeGB) => ({ sizeGB }));
  }

  vmProfile(): JsonObject {
    const network = this.#text('virtual_network_name');
    const subnet = this.#text('virtual_network_subnet_name');
    if (network !== undefined && subnet === undefined)
      this.#untranslated(
        'virtual_network_name',
        'The subnet is not named; add vmProfile.vnetConfig.subnetId.',
      );
    const group = this.#text('virtual_network_resource_group_name') ?? this.#ownGroup;
    const subnetId = `${this.#groups}/${group}/providers/Microsoft.Network/virtualNetworks/${network}/subnets/${subnet}`;
    return {
      vmSize: this.#text('vm_size'),
      osDiskSizeGB: this.#fields['os_disk_size_gb'],
      userAssignedIdentities: this.#fields['user_assigned_managed_identities'],
      ...(network !== undefined && subnet !== undefined ? { vnetConfig: { subnetId } } : {}),
    };
  }

  /** Everything that none of the above reads gets a note. */
  noteTheRest(): void {
    for (const [key, message] of CHANGED)
      if (key in this.#fields) this.#notes.add('changed', below(this.#pointer, key), message);
    const cloud = this.#text('cloud_environment_name');
    if (cloud !== undefined && !/^(Azure)?Public(Cloud)?$/i.test(cloud))
      this.#untranslated('cloud_environment_name', `Kiln works in its own cloud, not in ${cloud}.`);
    for (const key of Object.keys(this.#fields).filter((name) => !CHANGED.has(name))) {
      const reason = UNNEEDED.find(([pattern]) => pattern.test(key))?.[1];
      if (reason !== undefined) this.#notes.add('left-out', below(this.#pointer, key), reason);
      else if (!READ.has(key)) this.#untranslated(key, `"${key}" has no counterpart here.`);
    }
  }

  #galleryTarget(gallery: JsonObject, tags: JsonObject): JsonObject {
    const version = text(gallery['image_version']);
    const id = this.#galleryImage(gallery);
    this.#noteNested('shared_image_gallery_destination', gallery, TARGET_READ);
    return {
      type: 'SharedImage',
      runOutputName: text(gallery['image_name']) ?? 'gallery',
      galleryImageId: version === undefined || version === '' ? id : `${id}/versions/${version}`,
      artifactTags: tags,
      excludeFromLatest: this.#fields['shared_gallery_image_version_exclude_from_latest'],
      endOfLifeDate: this.#text('shared_gallery_image_version_end_of_life_date'),
      targetRegions: this.#targetRegions(gallery),
      ...(String(gallery['use_shallow_replication']) === 'true' ? { replicationMode: 'Shallow' } : {}),
    };
  }

  /** Packer adds the region of the build to those that are named. https://github.com/hashicorp/packer-plugin-azure builder/azure/arm/builder.go */
  #targetRegions(gallery: JsonObject): JsonObject[] | undefined {
    const storage = text(gallery['storage_account_type']);
    const count = this.#fields['shared_image_gallery_replica_count'];
    const base = { storageAccountType: storage, replicaCount: count };
    const named = texts(gallery['replication_regions']).map((name) => ({ name, ...base }));
    const blocks = list(gallery['target_region']).flatMap((block) => {
      const { name, replicas = count, ...rest } = object(block);
      this.#noteNested('shared_image_gallery_destination', rest, []);
      return text(name) === undefined ? [] : [{ ...base, name: String(name), replicaCount: replicas }];
    });
    const regions = [...named, ...blocks];
    const own = this.location();
    const isThere = regions.some(({ name }) => plain(name) === plain(own ?? ''));
    if (own === undefined || isThere) return regions.length === 0 ? undefined : regions;
    if (regions.length === 0 && storage === undefined && count === undefined) return undefined;
    return [{ name: own, ...base }, ...regions];
  }

  /** Galleries of others are named by one id. */
  #version(gallery: JsonObject): string {
    this.#noteNested('shared_image_gallery', gallery, SOURCE_READ);
    const [id] = ['id', 'direct_shared_gallery_image_id', 'community_gallery_image_id'].flatMap(
      (key) => text(gallery[key]) ?? [],
    );
    const version = text(gallery['image_version']) ?? 'latest';
    if (id === undefined) return `${this.#galleryImage(gallery)}/versions/${version}`;
    return /\/versions\/[^/]+$/i.test(id) ? id : `${id}/versions/${version}`;
  }

  #noteNested(field: string, given: JsonObject, read: readonly string[]): void {
    for (const key of Object.keys(given).filter((name) => !read.includes(name)))
      this.#notes.add(
        'untranslated',
        below(below(this.#pointer, field), key),
        `"${key}" has no counterpart here.`,
      );
  }

  #tags(): JsonObject {
    const single = list(this.#fields['azure_tag']).flatMap((tag): [string, unknown][] => {
      const { name, value } = object(tag);
      return text(name) === undefined ? [] : [[String(name), value]];
    });
    return { ...object(this.#fields['azure_tags']), ...Object.fromEntries(single) };
  }

  #galleryImage(gallery: JsonObject): string {
    const subscription = text(gallery['subscription']);
    const groups =
      subscription === undefined ? this.#groups : `/subscriptions/${subscription}/resourceGroups`;
    const [group, name, image] = ['resource_group', 'gallery_name', 'image_name'].map((key) =>
      text(gallery[key]),
    );
    return `${groups}/${group}/providers/Microsoft.Compute/galleries/${name}/images/${image}`;
  }

  #image(groupField: string, name: string): string {
    return `${this.#groups}/${this.#text(groupField)}/providers/Microsoft.Compute/images/${name}`;
  }

  #plan(): JsonObject | undefined {
    const plan = this.#fields['plan_info'];
    if (!isObject(plan)) return undefined;
    this.#noteNested('plan_info', plan, PLAN_READ);
    return {
      planName: text(plan['plan_name']),
      planProduct: text(plan['plan_product']),
      planPublisher: text(plan['plan_publisher']),
    };
  }

  #text(key: string): string | undefined {
    const value = text(this.#fields[key]);
    return value === '' ? undefined : value;
  }

  #untranslated(key: string, message: string): void {
    this.#notes.add('untranslated', below(this.#pointer, key), message);
  }
}

const SOURCE_READ = [
  'subscription',
  'resource_group',
  'gallery_name',
  'image_name',
  'image_version',
  'id',
  'direct_shared_gallery_image_id',
  'community_gallery_image_id',
] as const;

const TARGET_READ = [
  'subscription',
  'resource_group',
  'gallery_name',
  'image_name',
  'image_version',
  'replication_regions',
  'target_region',
  'storage_account_type',
  'use_shallow_replication',
] as const;

const PLAN_READ = ['plan_name', 'plan_product', 'plan_publisher'] as const;

const plain = (region: string): string => region.toLowerCase().replaceAll(' ', '');

const READ = new Set(
  `type name os_type location azure_tags vm_size os_disk_size_gb plan_info user_assigned_managed_identities
  image_publisher image_offer image_sku image_version image_url custom_managed_image_name
  custom_managed_image_resource_group_name shared_image_gallery shared_image_gallery_destination managed_image_name
  managed_image_resource_group_name capture_container_name capture_name_prefix virtual_network_name
  virtual_network_subnet_name virtual_network_resource_group_name
  shared_gallery_image_version_exclude_from_latest shared_gallery_image_version_end_of_life_date
  shared_image_gallery_replica_count azure_tag disk_additional_size cloud_environment_name`.split(/\s+/),
);

const UNNEEDED: readonly (readonly [RegExp, string])[] = [
  [/^(client_|tenant_id|object_id|use_azure_cli_auth|oidc_)/, 'Kiln signs in with its own identity.'],
  [
    /^(communicator|ssh_|winrm_|allowed_inbound|private_virtual_network)/,
    'Kiln works through the VM agent: no SSH, no WinRM, no inbound port.',
  ],
  [/^(temp_|build_key_vault)/, 'Kiln names and removes what it needs for a build.'],
  [
    /^(async_resourcegroup_delete|polling_duration_timeout|shared_image_gallery_timeout)$/,
    'Kiln waits as long as it takes, within its own limits.',
  ],
];

/** Another way than Packer's, which its user should know of. */
const CHANGED: ReadonlyMap<string, string> = new Map([
  ['subscription_id', 'Ids are written with {{subscription}}; --subscription names it now.'],
  ['storage_account', "A VHD goes to Kiln's storage account; set `uri` of the target for another one."],
  ['resource_group_name', "A VHD goes to Kiln's storage account; set `uri` of the target for another one."],
  [
    'build_resource_group_name',
    'Kiln makes a group for each build; `stagingResourceGroup` names one of yours.',
  ],
]);
