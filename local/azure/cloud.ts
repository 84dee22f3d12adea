import type { MachineRoom, Marketplace } from '../machines/machine.ts';
import type { Authorizer } from './authorization/authorizer.ts';
import type { Blobs } from './blobs/blobs.ts';
import type { Identity } from './identity/identity.ts';
import type { Operations } from './operations/operations.ts';
import type { Buckets } from './profile/buckets.ts';
import type { Faults } from './profile/faults.ts';
import type { Profile } from './profile/profile.ts';
import type { ResourceStore } from './store/resources.ts';
import type { Executions } from './run-commands/executions.ts';
import type { MachineRegistry } from './virtual-machines/machine-registry.ts';

/** Everything a handler may use. One per process; nothing here is global. */
export type Cloud = {
  readonly subscriptionId: string;
  readonly tenantId: string;
  readonly dataDir: string;
  readonly profile: Profile;
  readonly faults: Faults;
  readonly buckets: Buckets;
  readonly resources: ResourceStore;
  readonly operations: Operations;
  readonly identity: Identity;
  readonly authorizer: Authorizer;
  readonly room: MachineRoom;
  readonly marketplace: Marketplace;
  readonly machines: MachineRegistry;
  readonly executions: Executions;
  readonly blobs: Blobs;
  readonly log: (line: string) => void;
};
