import { requireReference } from '../arm/checks.ts';
import type { Cloud } from '../cloud.ts';
import { backingOf, freeze, layersOn, type Backing } from '../disks/backing.ts';
import { checkCopied, imported } from '../disks/content.ts';
import { conflict, invalidParameter } from '../http/errors.ts';
import { captureVm } from '../images/content.ts';
import { listAt, numberAt, objectAt, textAt, type JsonObject } from '../json.ts';
import { isType, nameOf, parentOf } from '../store/ids.ts';
import type { Resource } from '../store/resources.ts';
import { toArchitecture, toGeneration } from '../virtual-machines/source.ts';
import { regionState } from './replication.ts';
import { securityTypeOf, sourceOf } from './rules.ts';

const VM = 'Microsoft.Compute/virtualMachines';
const IMAGE = 'Microsoft.Compute/images';
const VERSION = 'Microsoft.Compute/galleries/images/versions';
const DISK = 'Microsoft.Compute/disks';
const SNAPSHOT = 'Microsoft.Compute/snapshots';

export type VersionSource = { readonly open: () => Promise<Backing> };

type Facts = {
  readonly osType: string | undefined;
  readonly generation: string | undefined;
  readonly architecture: string | undefined;
  readonly location: string | undefined;
};

/** Checks the source of a new version against its definition. */
export function checkSource(
  cloud: Cloud,
  definition: Resource,
  body: JsonObject,
  location: string,
): VersionSource {
  const properties = objectAt(body, 'properties');
  const uri = textAt(properties, 'storageProfile.osDiskImage.source.uri');
  if (uri !== undefined) {
    const data = dataDiskSources(cloud, properties, location);
    const { open: openBlob } = fromBlob(cloud, uri);
    return { open: async () => withData(await openBlob(), data) };
  }
  const id = sourceOf(properties);
  if (id === undefined)
    throw invalidParameter('The gallery image version has no source in storageProfile.', 'storageProfile');
  const source = requireReference(cloud, id, [VM, IMAGE, VERSION, DISK, SNAPSHOT]);
  checkFacts(definition, factsOf(cloud, source), source, location);
  if (isType(source.id, VM)) checkVm(definition, source);
  checkSecurity(definition, source, cloud);
  if (isType(source.id, VERSION) && regionState(cloud, source, location) !== 'Completed')
    throw conflict('OperationNotAllowed', `The source ${source.id} is not replicated to '${location}'.`);
  if (isType(source.id, SNAPSHOT)) checkCopied(source);
  const data = dataDiskSources(cloud, properties, location);
  return { open: async () => withData(await open(cloud, source), data) };
}

type DataSource = { readonly lun: number; readonly open: () => Promise<string> };

/** Data disks of a version that is made of single disks, snapshots or blobs. */
function dataDiskSources(cloud: Cloud, properties: JsonObject, location: string): DataSource[] {
  return listAt(properties, 'storageProfile.dataDiskImages')
    .filter((disk) => Object.keys(objectAt(disk, 'source')).length > 0)
    .map((disk) => {
      const lun = numberAt(disk, 'lun') ?? 0;
      const uri = textAt(disk, 'source.uri');
      if (uri !== undefined) return { lun, open: imported(cloud, { sourceUri: uri }).open };
      const source = requireReference(cloud, textAt(disk, 'source.id') ?? '', [DISK, SNAPSHOT]);
      if (textAt(source.body, 'location') !== location)
        throw invalidParameter(
          `The source '${source.id}' is not in '${location}', the region of the gallery image version.`,
          'location',
        );
      return { lun, open: () => freeze(cloud, source) };
    });
}

async function withData(backing: Backing, sources: readonly DataSource[]): Promise<Backing> {
  const dataDisks = [...backing.dataDisks];
  for (const { lun, open: openDisk } of sources) dataDisks.push({ lun, disk: await openDisk() });
  return { ...backing, dataDisks };
}

function fromBlob(cloud: Cloud, uri: string): VersionSource {
  const content = imported(cloud, { sourceUri: uri });
  return { open: async () => ({ disk: await content.open(), dataDisks: [] }) };
}

async function open(cloud: Cloud, source: Resource): Promise<Backing> {
  if (isType(source.id, VM)) return captureVm(cloud, source);
  if (isType(source.id, IMAGE) || isType(source.id, VERSION)) return layersOn(cloud, backingOf(source));
  return { disk: await freeze(cloud, source), dataDisks: [] };
}

function factsOf(cloud: Cloud, source: Resource): Facts {
  const location = isType(source.id, VERSION) ? undefined : textAt(source.body, 'location');
  if (isType(source.id, VM))
    return {
      osType: textAt(source.state, 'osType'),
      generation: textAt(source.state, 'generation'),
      architecture: textAt(source.state, 'architecture'),
      location,
    };
  const about = isType(source.id, VERSION) ? cloud.resources.get(parentOf(source.id)) : source;
  const properties = objectAt(about?.body, 'properties');
  return {
    osType: textAt(properties, 'osType') ?? textAt(properties, 'storageProfile.osDisk.osType'),
    generation: textAt(properties, 'hyperVGeneration'),
    architecture:
      textAt(properties, 'architecture') ?? textAt(properties, 'supportedCapabilities.architecture'),
    location,
  };
}

function checkFacts(definition: Resource, facts: Facts, source: Resource, location: string): void {
  if (facts.location !== undefined && facts.location !== location)
    throw invalidParameter(
      `The source '${source.id}' is in '${facts.location}', the gallery image version in '${location}'. They must be in the same region.`,
      'location',
    );
  const wantedOs = textAt(definition.body, 'properties.osType');
  if (facts.osType !== undefined && facts.osType !== wantedOs)
    throw invalidParameter(
      `The osType '${facts.osType}' of the source does not match '${wantedOs}' of gallery image '${nameOf(definition.id)}'.`,
      'osType',
    );
  const wanted = toGeneration(textAt(definition.body, 'properties.hyperVGeneration'));
  if (facts.generation !== undefined && facts.generation !== wanted)
    throw invalidParameter(
      `The resource with id '${source.id}' has a different Hypervisor generation ['${facts.generation}'] than the ` +
        `parent gallery image Hypervisor generation ['${wanted}'].`,
      'hyperVGeneration',
    );
  checkArchitecture(definition, facts, source);
}

function checkArchitecture(definition: Resource, { architecture }: Facts, source: Resource): void {
  const wanted = toArchitecture(textAt(definition.body, 'properties.architecture'));
  // A managed image does not say: it is always x64.
  const given = isType(source.id, IMAGE) ? 'x64' : architecture;
  if (given === undefined || given === wanted) return;
  throw invalidParameter(
    `The resource with id '${source.id}' has a different architecture ['${given}'] than the parent gallery image ` +
      `architecture ['${wanted}'].`,
    'architecture',
  );
}

function checkVm(definition: Resource, vm: Resource): void {
  const generalized = vm.state['generalized'] === true;
  const wanted = textAt(definition.body, 'properties.osState') ?? 'Generalized';
  if (wanted === 'Generalized' && !generalized)
    throw conflict(
      'OperationNotAllowed',
      `The source virtual machine '${nameOf(vm.id)}' is not generalized, but the gallery image '${nameOf(definition.id)}' is.`,
    );
  if (wanted === 'Specialized' && generalized)
    throw invalidParameter(
      `The source '${vm.id}' is generalized, the gallery image is Specialized.`,
      'osState',
    );
}

/**
 * Which sources a definition's SecurityType takes.
 * https://learn.microsoft.com/azure/virtual-machines/trusted-launch-portal#create-a-gallery-image-definition
 */
function checkSecurity(definition: Resource, source: Resource, cloud: Cloud): void {
  const security = securityTypeOf(definition);
  if (security === undefined) return;
  const supportedOnly = security.endsWith('Supported');
  // Recorded: a specialized one takes disks and snapshots as well.
  const specialized = textAt(definition.body, 'properties.osState') === 'Specialized';
  const loose = specialized ? [IMAGE, VERSION, DISK, SNAPSHOT] : [IMAGE, VERSION];
  const accepted = supportedOnly ? loose : [VM, DISK, SNAPSHOT, VERSION];
  if (!accepted.some((type) => isType(source.id, type)))
    throw invalidParameter(
      `The security type '${security}' is not supported for the source id '${source.id}'.`,
      'securityType',
    );
  const vmSecurity = textAt(source.body, 'properties.securityProfile.securityType');
  if (isType(source.id, VM) && vmSecurity !== security)
    throw invalidParameter(
      `The source '${source.id}' has security type '${vmSecurity ?? 'Standard'}', the gallery image '${security}'.`,
      'securityType',
    );
  const parent = isType(source.id, VERSION) ? cloud.resources.get(parentOf(source.id)) : undefined;
  if (parent !== undefined && securityTypeOf(parent) !== security)
    throw invalidParameter(
      `The source '${source.id}' is of another security type than '${security}'.`,
      'securityType',
    );
}
