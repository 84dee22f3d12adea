import { catalogueOf } from './catalogue.ts';
import { commandsOf } from './commands.ts';
import { type ConnectionOptions, connect } from './clients.ts';
import { disksOf } from './disks.ts';
import { galleriesOf } from './galleries.ts';
import { groupsOf, resourcesOf } from './groups.ts';
import { identitiesOf } from './identities.ts';
import { imagesOf } from './images.ts';
import type { MachineOptions } from './machine-body.ts';
import { machinesOf } from './machines.ts';
import { networkOf } from './network.ts';
import { look } from './operations.ts';
import type { Azure } from '../ports/azure.ts';
import { permissionsOf } from './permissions.ts';
import { snapshotsOf } from './snapshots.ts';
import { sourcesOf } from './sources.ts';

export type AzureOptions = ConnectionOptions & MachineOptions;

/**
 * Azure for one subscription. Holds no connection open, starts no timer, and remembers nothing but tokens. Throws
 * KilnError when the endpoint would send tokens in the clear.
 */
export function createAzure(options: AzureOptions): Azure {
  const connection = connect(options);
  return {
    operations: { look: async (pollUrl) => await look(connection, pollUrl) },
    groups: groupsOf(connection),
    resources: resourcesOf(connection),
    network: networkOf(connection),
    catalogue: catalogueOf(connection),
    sources: sourcesOf(connection),
    identities: identitiesOf(connection),
    machines: machinesOf(connection, options),
    commands: commandsOf(connection),
    images: imagesOf(connection),
    snapshots: snapshotsOf(connection),
    galleries: galleriesOf(connection),
    disks: disksOf(connection),
    permissions: permissionsOf(connection),
  };
}
