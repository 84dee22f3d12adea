import { ComponentType } from '@cyclonedx/cyclonedx-library/Enums';
import { Bom, Component, Property, PropertyRepository, Tool } from '@cyclonedx/cyclonedx-library/Models';
import { JSON as Json, JsonSerializer } from '@cyclonedx/cyclonedx-library/Serialize';
import { Spec1dot6 } from '@cyclonedx/cyclonedx-library/Spec';
import type { InventoryPackage, InventoryOs } from '../../model/inventory.ts';
import { VERSION } from '../../version.ts';
import { type BillOf, SIMULATED } from './about.ts';
import { purlOf } from './purl.ts';

/** https://cyclonedx.org/docs/1.6/json/ The same run gives the same bytes. */
export function cycloneDx(bill: BillOf): string {
  const { name, version = bill.runId, runId, takenAt, inventory, simulated } = bill;
  const image = new Component(ComponentType.Platform, name, { version, bomRef: `image/${runId}` });
  const bom = new Bom({ serialNumber: `urn:uuid:${runId}` });
  bom.metadata.timestamp = new Date(takenAt);
  bom.metadata.component = image;
  bom.metadata.tools.tools.add(new Tool({ vendor: 'Kiln', name: 'kiln', version: VERSION }));
  if (simulated) bom.metadata.properties.add(new Property('kiln:simulated', SIMULATED));
  for (const text of inventory.cut ?? []) bom.metadata.properties.add(new Property('kiln:incomplete', text));
  bom.components.add(systemOf(inventory.os));
  for (const one of inventory.packages) bom.components.add(componentOf(one, inventory.os));
  return new JsonSerializer(new Json.Normalize.Factory(Spec1dot6)).serialize(bom, {
    sortLists: true,
    space: 2,
  });
}

function systemOf({ id, version, name, kernel, architecture }: InventoryOs): Component {
  const properties = new PropertyRepository([
    new Property('kiln:architecture', architecture),
    ...(kernel === undefined ? [] : [new Property('kiln:kernel', kernel)]),
  ]);
  const more = { version, description: name, bomRef: `system/${id}`, properties };
  return new Component(ComponentType.OperatingSystem, id, more);
}

function componentOf(one: InventoryPackage, os: InventoryOs): Component {
  const { type, name, version, architecture = '', source } = one;
  const purl = purlOf(one, os)?.toString();
  const properties = new PropertyRepository([new Property('kiln:type', type)]);
  if (source !== undefined) {
    properties.add(new Property('kiln:source', source.name));
    properties.add(new Property('kiln:sourceVersion', source.version));
  }
  return new Component(type === 'windows' ? ComponentType.Application : ComponentType.Library, name, {
    bomRef: [type, name, version, architecture].join('/'),
    ...(version !== '' && { version }),
    ...(purl !== undefined && { purl }),
    properties,
  });
}
