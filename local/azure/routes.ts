import { AUTHORIZATION_ROUTES } from './authorization/routes.ts';
import { CATALOGUE_ROUTES } from './catalogue/routes.ts';
import { DISK_ROUTES } from './disks/routes.ts';
import { GALLERY_ROUTES } from './galleries/routes.ts';
import { SHARED_GALLERY_ROUTES } from './galleries/shared.ts';
import type { Route } from './http/route.ts';
import { identityRoutes, type Secrets } from './identity/routes.ts';
import { IMAGE_ROUTES } from './images/routes.ts';
import { KEY_VAULT_ROUTES } from './key-vault/routes.ts';
import { MANAGED_IDENTITY_ROUTES } from './managed-identities/routes.ts';
import { NETWORK_ROUTES } from './network/routes.ts';
import { OPERATION_ROUTES } from './operations/routes.ts';
import { RESOURCE_GROUP_ROUTES } from './resource-groups/routes.ts';
import { RUN_COMMAND_ROUTES } from './run-commands/routes.ts';
import { SNAPSHOT_ROUTES } from './snapshots/routes.ts';
import { SUBSCRIPTION_ROUTES } from './subscriptions/routes.ts';
import { VIRTUAL_MACHINE_ROUTES } from './virtual-machines/routes.ts';

export type Section = { readonly title: string; readonly routes: readonly Route[] };

/** Every route of the cloud, by service. local/COVERAGE.md is made of it. */
export function sections(secrets: Secrets): readonly Section[] {
  return [
    { title: 'Identity and metadata', routes: identityRoutes(secrets) },
    { title: 'Subscriptions', routes: SUBSCRIPTION_ROUTES },
    { title: 'Authorization', routes: AUTHORIZATION_ROUTES },
    { title: 'Resource groups', routes: RESOURCE_GROUP_ROUTES },
    { title: 'Managed identities', routes: MANAGED_IDENTITY_ROUTES },
    { title: 'Long-running operations', routes: OPERATION_ROUTES },
    { title: 'Network', routes: NETWORK_ROUTES },
    { title: 'Marketplace, sizes and quota', routes: CATALOGUE_ROUTES },
    { title: 'Virtual machines', routes: VIRTUAL_MACHINE_ROUTES },
    { title: 'Managed run commands', routes: RUN_COMMAND_ROUTES },
    { title: 'Disks', routes: DISK_ROUTES },
    { title: 'Snapshots', routes: SNAPSHOT_ROUTES },
    { title: 'Managed images', routes: IMAGE_ROUTES },
    { title: 'Galleries', routes: [...GALLERY_ROUTES, ...SHARED_GALLERY_ROUTES] },
    { title: 'Key Vault secrets and keys', routes: KEY_VAULT_ROUTES },
  ];
}
