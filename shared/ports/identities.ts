import type { ServicePrincipal } from '../model/service-principal.ts';
import type { ResourceId } from '../model/template.ts';

export interface Identities {
  /** Of a user-assigned identity; undefined when there is none. */
  principal(id: ResourceId): Promise<ServicePrincipal | undefined>;
}
