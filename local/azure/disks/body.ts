import { randomUUID } from 'node:crypto';
import { envelope } from '../arm/bodies.ts';
import { objectAt, textAt, type JsonObject } from '../json.ts';
import { computeTime } from '../arm/times.ts';

type Draft = { readonly id: string; readonly location: string; readonly request: JsonObject };

/** A managed disk or snapshot as ARM shows it. */
export function diskBody({ id, location, request }: Draft, properties: JsonObject): JsonObject {
  const name = textAt(request, 'sku.name') ?? 'Standard_LRS';
  const body = envelope(id, location, request, {
    networkAccessPolicy: 'AllowAll',
    publicNetworkAccess: 'Enabled',
    encryption: { type: 'EncryptionAtRestWithPlatformKey' },
    ...objectAt(request, 'properties'),
    uniqueId: randomUUID(),
    timeCreated: computeTime(),
    ...properties,
  });
  return { ...body, sku: { name, tier: name.split('_')[0] ?? 'Standard' } };
}
