import { randomUUID } from 'node:crypto';
import { listAt, objectAt, type JsonObject } from '../json.ts';

/** Parts of a network resource that are shown with an etag and a state of their own. */
const PARTS = ['subnets', 'securityRules', 'defaultSecurityRules', 'ipConfigurations'];

/** A network resource in a state: each change gives it, and all its parts with it, one new etag. */
export function stamped(body: JsonObject, provisioningState: string): JsonObject {
  const etag = `W/"${randomUUID()}"`;
  const mark = (part: JsonObject): JsonObject => ({
    ...part,
    etag,
    properties: { ...objectAt(part, 'properties'), provisioningState },
  });
  const properties = objectAt(body, 'properties');
  const parts = PARTS.filter((name) => properties[name] !== undefined).map((name): [string, JsonObject[]] => [
    name,
    listAt(properties, name).map(mark),
  ]);
  return mark({ ...body, properties: { ...properties, ...Object.fromEntries(parts) } });
}
