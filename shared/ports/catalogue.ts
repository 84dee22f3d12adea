import type { ResourceId } from '../model/template.ts';

/** A VM size as the subscription may use it in one region. */
export type VmSize = {
  readonly name: string;
  /** Quota is counted by family. */
  readonly family: string;
  readonly cores: number;
  readonly generations: readonly string[];
  readonly architecture: 'x64' | 'Arm64';
  readonly trustedLaunch: boolean;
  /** Why the subscription may not use it there, in Azure's word. */
  readonly restricted?: string;
};

export type Usage = { readonly name: string; readonly used: number; readonly limit: number };

/** What a subscription offers where, and how much of it is left. */
export interface Catalogue {
  /** In canonical form. */
  regions(): Promise<string[]>;
  sizes(location: string): Promise<VmSize[]>;
  usages(location: string): Promise<Usage[]>;
  /**
   * Of any subscription; undefined when its subscription has no such group. Throws AzureNotFound for a subscription that
   * is not there, or that Kiln may not see at all.
   */
  group(id: string): Promise<true | undefined>;
  /** Where a subnet is; undefined when its network has none of that name. */
  subnet(id: ResourceId): Promise<{ readonly location: string } | undefined>;
}
