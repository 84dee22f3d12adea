import { resourceGroupId } from '../model/ids.ts';
import type { TemplateRef } from '../model/template.ts';
import { isObject, type JsonObject, type SchemaNode } from './schema/node.ts';

// Shapes that changed between versions, and not only their names. A schema node asks for one by `upgrade` or `downgrade`.

type Upgrade = (named: JsonObject, given: JsonObject, ref: TemplateRef) => JsonObject;

const UPGRADES: Readonly<Record<string, Upgrade>> = {
  /** The previews took a network of the template's subscription by names; later versions take the subnet's id. */
  subnetOfNames(named, given, ref) {
    const { name, subnetName, resourceGroupName } = given;
    if (named['subnetId'] !== undefined || typeof name !== 'string' || typeof subnetName !== 'string')
      return named;
    const resourceGroup = typeof resourceGroupName === 'string' ? resourceGroupName : ref.resourceGroup;
    const group = resourceGroupId({ ...ref, resourceGroup });
    return {
      ...named,
      subnetId: `${group}/providers/Microsoft.Network/virtualNetworks/${name}/subnets/${subnetName}`,
    };
  },
};

const DOWNGRADES: Readonly<Record<string, (value: JsonObject) => JsonObject>> = {
  /** Versions before 2022-07-01 know regions by name only, and cannot do without the list. */
  regionsOfTargets(value) {
    if (value['replicationRegions'] !== undefined) return value;
    const targets = Array.isArray(value['targetRegions']) ? value['targetRegions'] : [];
    const replicationRegions = targets.flatMap((target) => (isObject(target) ? [target['name']] : []));
    return { ...value, replicationRegions };
  },
};

/** `named`: the fields that the schema knows, by their newest names; `given`: as they were sent. */
export function upgrade(
  node: SchemaNode,
  named: JsonObject,
  given: JsonObject,
  ref: TemplateRef,
): JsonObject {
  return UPGRADES[String(node['upgrade'])]?.(named, given, ref) ?? named;
}

export function downgrade(node: SchemaNode, value: JsonObject): JsonObject {
  return DOWNGRADES[String(node['downgrade'])]?.(value) ?? value;
}
