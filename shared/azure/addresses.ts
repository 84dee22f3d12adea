import { KilnError } from '../errors/failure.ts';
import { resourceId } from '../model/convert.ts';
import { parseResourceId } from '../model/ids.ts';
import type { ResourceId } from '../model/template.ts';
import type { Clients, Connection } from './clients.ts';

/** Where a resource is, split the way the SDK wants it. */
export type Address = {
  readonly clients: Clients;
  readonly group: string;
  readonly names: readonly string[];
};

/** The address of a resource of one name, such as a disk. Throws KilnError (ValidationFailed) for anything else. */
export function addressOf(connection: Connection, id: string): Address & { readonly name: string } {
  const address = addressWithin(connection, id);
  const [name] = address.names;
  if (name === undefined) throw notAnId(id, 'a resource');
  return { ...address, name };
}

/** The address of an image definition, or of the definition that a version belongs to. */
export function definitionOf(
  connection: Connection,
  id: string,
): { clients: Clients; group: string; gallery: string; definition: string; version?: string } {
  const { clients, group, names } = addressWithin(connection, id);
  const [gallery, definition, version] = names;
  if (gallery === undefined || definition === undefined) throw notAnId(id, 'a gallery image definition');
  return { clients, group, gallery, definition, ...(version === undefined ? {} : { version }) };
}

/** The id of something in a group of the connection's own subscription. */
export function idIn({ subscriptionId }: Connection, group: string, path: string): ResourceId {
  return resourceId(`/subscriptions/${subscriptionId}/resourceGroups/${group}/providers/${path}`);
}

function addressWithin(connection: Connection, id: string): Address {
  const parsed = parseResourceId(id);
  if (parsed === undefined) throw notAnId(id, 'a resource in a group');
  return {
    clients: connection.in(parsed.subscriptionId),
    group: parsed.resourceGroup,
    names: parsed.names,
  };
}

function notAnId(id: string, what: string): KilnError {
  return new KilnError({
    code: 'ValidationFailed',
    message: `"${id}" is not the id of ${what}; it has the form /subscriptions/{id}/resourceGroups/{group}/providers/{namespace}/{type}/{name}.`,
  });
}
