import { isObject, object, text, type JsonObject } from '../api/json.ts';
import { below, type Notes } from './notes.ts';
import { hasOpenPart } from './open-values.ts';

/** What an earlier api-version, or a habit of many files, wrote in another way. Runs before fields are looked at. */
type OldShape = (value: JsonObject, pointer: string, notes: Notes) => JsonObject;

/** Other names of fields, by the title of their object in the schema. */
export const OTHER_NAMES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'Shell customizer': { script: 'scriptUri' },
  'PowerShell customizer': { script: 'scriptUri' },
  'File customizer': { source: 'sourceUri' },
  'ManagedImage distributor': { tags: 'artifactTags' },
  'SharedImage distributor': { tags: 'artifactTags', sigDefId: 'galleryImageId' },
  'VHD distributor': { tags: 'artifactTags' },
};

/** Types that no version had, and what their authors meant. */
export const OTHER_TYPES: Readonly<Record<string, string>> = { reboot: 'LinuxRestart' };

/** Ids or marks of where the template is, for ids that old files shortened to names. */
export type Place = { readonly subscription: string; readonly resourceGroup: string };

export function oldShapes({ subscription, resourceGroup }: Place): Readonly<Record<string, OldShape>> {
  const groups = `/subscriptions/${subscription}/resourceGroups`;
  return {
    'template properties': (value, pointer, notes) => {
      const group = text(value['stagingResourceGroup']);
      if (group === undefined || group === '' || group.startsWith('/')) return value;
      notes.add(
        'changed',
        below(pointer, 'stagingResourceGroup'),
        'A bare name; read as the id of that group.',
      );
      return { ...value, stagingResourceGroup: `${groups}/${group}` };
    },
    // Until 2019-05-01-preview the subnet was named in three fields.
    vnetConfig: (value, pointer, notes) => {
      const { name, subnetName, resourceGroupName, ...rest } = value;
      if (typeof name !== 'string' || typeof subnetName !== 'string') return value;
      notes.add('changed', pointer, 'name, subnetName and resourceGroupName are subnetId now.');
      const network = `${groups}/${text(resourceGroupName) ?? resourceGroup}/providers/Microsoft.Network/virtualNetworks/${name}`;
      return { ...rest, subnetId: `${network}/subnets/${subnetName}` };
    },
    distributor,
    identity,
  };
}

/** A target that names a gallery is one, whatever it calls itself. */
const distributor: OldShape = (value, pointer, notes) => {
  const isManaged = /^managedimage$/i.test(text(value['type']) ?? '');
  if (!isManaged || 'imageId' in value || !('galleryImageId' in value)) return value;
  notes.add('changed', below(pointer, 'type'), 'ManagedImage with a galleryImageId is read as SharedImage.');
  const { location, ...rest } = value;
  const hasRegions = 'targetRegions' in value || 'replicationRegions' in value;
  if (location === undefined) return { ...rest, type: 'SharedImage' };
  const [level, meant] = hasRegions
    ? (['left-out', 'A gallery version goes to its regions; only a managed image has a location.'] as const)
    : (['changed', 'The location is read as the region of the gallery version.'] as const);
  notes.add(level, below(pointer, 'location'), meant);
  return { ...rest, ...(!hasRegions && { replicationRegions: [location] }), type: 'SharedImage' };
};

const identity: OldShape = (value, pointer, notes) => {
  const type = text(value['type']);
  const isNamed = Object.keys(object(value['userAssignedIdentities'])).length > 0;
  if (type !== undefined && /^userassigned$/i.test(type) && !isNamed) {
    notes.add('left-out', pointer, 'It names no identity; Kiln builds with its own.');
    return { type: 'None' };
  }
  if (type === undefined || /^(userassigned|none)$/i.test(type)) return value;
  notes.add('left-out', pointer, `Kiln builds with its own identity; ${type} is not needed.`);
  return { type: 'None' };
};

/** Names of results must differ; old files gave two targets the same one. */
export function distinctOutputs(distribute: readonly unknown[], pointer: string, notes: Notes): unknown[] {
  const seen = new Set<string>();
  return distribute.map((target, index) => {
    const name = text(object(target)['runOutputName']);
    if (!isObject(target) || name === undefined) return target;
    let unique = name;
    for (let count = 2; seen.has(unique.toLowerCase()); count += 1) unique = `${name}-${count}`;
    seen.add(unique.toLowerCase());
    if (unique === name || hasOpenPart(name)) return { ...target, runOutputName: unique };
    notes.add(
      'changed',
      below(below(pointer, index), 'runOutputName'),
      `"${name}" is taken; it is ${unique} here.`,
    );
    return { ...target, runOutputName: unique };
  });
}
