import { region, resourceId } from '../template/convert.ts';
import { apiVersionOf } from './api-versions.ts';
import type { Connection } from './clients.ts';
import { startRemoval } from './operations.ts';
import { orUndefined } from './ownership.ts';
import type { Azure } from './ports.ts';

export function groupsOf(connection: Connection): Azure['groups'] {
  const { resourceGroups, resources } = connection.resources;
  return {
    async get(name) {
      const group = await orUndefined(resourceGroups.get(name));
      return group && { location: region(group.location), tags: group.tags ?? {} };
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
      const filter = `tagName eq '${quoted(tag.name)}' and tagValue eq '${quoted(tag.value)}'`;
      const ids = [];
      for await (const { id } of resources.listByResourceGroup(name, { filter }))
        if (id !== undefined) ids.push(resourceId(id));
      return ids;
    },
  };
}

export function resourcesOf(connection: Connection): Azure['resources'] {
  const { resources } = connection.resources;
  return {
    startRemoval: async (id) =>
      await startRemoval(connection, (options) =>
        resources.deleteById(id.slice(1), apiVersionOf(id), options),
      ),
  };
}

/** OData doubles a quote inside a literal. */
function quoted(text: string): string {
  return text.replaceAll("'", "''");
}
