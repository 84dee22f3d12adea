import type { PurchasePlan, ResourceId } from './template.ts';

/** Images as Kiln needs to know them: what a build starts from, and what its result has to fit. */

export type MarketplaceImage = {
  readonly version: string;
  readonly generation: 'V1' | 'V2';
  readonly osType: 'Linux' | 'Windows';
  readonly architecture: 'x64' | 'Arm64';
  /** `Standard` when the image names none. */
  readonly securityType: string;
  readonly plan?: PurchasePlan;
  /** GB of its system disk, when the image says so. */
  readonly osDiskGB?: number;
  readonly deprecated?: { readonly alternative?: string };
  /** LUNs of the data disks that are part of the image. Absent: none. */
  readonly dataDiskLuns?: readonly number[];
  /** Still usable, but announced to be deprecated. */
  readonly retiring?: { readonly on?: string; readonly alternative?: string };
};

/** What a definition asks for is what an image has to be. */
export type Definition = {
  readonly id: ResourceId;
  readonly location: string;
  readonly generation: 'V1' | 'V2';
  readonly osType: 'Linux' | 'Windows';
  readonly architecture: 'x64' | 'Arm64';
  readonly generalized: boolean;
  /** `Standard` when the image or definition names none. */
  readonly securityType: string;
  readonly plan?: PurchasePlan;
};

export type SourceImage = Definition & {
  /** Set when the day is over: Azure goes on booting such an image. */
  readonly endOfLife?: string;
  /** LUNs of the data disks that are part of the image. Absent: none. */
  readonly dataDiskLuns?: readonly number[];
  /** GB of its system disk, when the image says so. */
  readonly osDiskGB?: number;
};

/** What a machine is made of. */
export type MachineImage =
  | {
      readonly kind: 'marketplace';
      readonly publisher: string;
      readonly offer: string;
      readonly sku: string;
      readonly version: string;
    }
  | { readonly kind: 'resource'; readonly id: ResourceId };
