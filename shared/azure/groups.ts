import { region, resourceId } from '../model/convert.ts';
import { apiVersionOf } from './api-versions.ts';
import type { Connection } from './clients.ts';
import { start, startRemoval } from './operations.ts';
import { orUndefined } from './ownership.ts';
import type { Azure, Tag } from '../ports/azure.ts';

export function groupsOf(connection: Connection): Azure['groups'] {
  const { resourceGroups, resources } = connection.resources;
  return {
    async get(name) {
      const group = await orUndefined(resourceGroups.get(name));
      if (group === undefined) return undefined;
      const { location, tags = {}, properties } = group;
      return { location: region(location), tags, provisioningState: properties?.provisioningState ?? '' };
    },
    async put(name, location, tags) {
      await resourceGroups.createOrUpdate(name, { location, tags: { ...tags } });
    },
    // Without the forced type ARM shuts the machine down in good order first, which is minutes for nothing.
    startRemoval: async (name) =>
      await startRemoval(connection, (options) =>
        resourceGroups.delete(name, {
          ...options,
          forceDeletionTypes: 'Microsoft.Compute/virtualMachines',
        }),
      ),
    async resources(name, tag) {
      const ids = [];
      for await (const { id } of resources.listByResourceGroup(name, { filter: carries(tag) }))
        if (id !== undefined) ids.push(resourceId(id));
      return ids;
    },
    async list(tag) {
      const found = [];
      for await (const { name = '', tags = {}, properties } of resourceGroups.list({ filter: carries(tag) }))
        found.push({ name, tags, provisioningState: properties?.provisioningState ?? '' });
      return found;
    },
  };
}

export function resourcesOf(connection: Connection): Azure['resources'] {
  const { resources } = connection.resources;
  return {
    // Only ids: a list that is narrowed by a tag does not show tags.
    // https://learn.microsoft.com/rest/api/resources/resources/list#uri-parameters
    async carrying(tag) {
      const ids = [];
      for await (const { id } of resources.list({ filter: carries(tag) }))
        if (id !== undefined) ids.push(resourceId(id));
      return ids;
    },
    async list({ type, group }) {
      const filter = `resourceType eq '${quoted(type)}'`;
      const pages =
        group === undefined ? resources.list({ filter }) : resources.listByResourceGroup(group, { filter });
      const found = [];
      for await (const { id, tags = {} } of pages)
        if (id !== undefined) found.push({ id: resourceId(id), tags });
      return found;
    },
    tag: async (id, tags) => {
      await start(connection, (options) =>
        resources.updateById(id.slice(1), apiVersionOf(id), { tags: { ...tags } }, options),
      );
    },
    startRemoval: async (id) =>
      await startRemoval(connection, (options) =>
        resources.deleteById(id.slice(1), apiVersionOf(id), options),
      ),
  };
}

function carries({ name, value }: Tag): string {
  return `tagName eq '${quoted(name)}' and tagValue eq '${quoted(value)}'`;
}

/** OData doubles a quote inside a literal. */
function quoted(text: string): string {
  return text.replaceAll("'", "''");
}
