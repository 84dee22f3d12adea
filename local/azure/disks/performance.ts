import type { JsonObject } from '../json.ts';

/** Largest GiB, tier, IOPS and MB/s. https://learn.microsoft.com/azure/virtual-machines/disks-types#premium-ssd-size */
const PREMIUM: readonly (readonly [number, string, number, number])[] = [
  [4, 'P1', 120, 25],
  [8, 'P2', 120, 25],
  [16, 'P3', 120, 25],
  [32, 'P4', 120, 25],
  [64, 'P6', 240, 50],
  [128, 'P10', 500, 100],
  [256, 'P15', 1100, 125],
  [512, 'P20', 2300, 150],
  [1024, 'P30', 5000, 200],
  [Infinity, 'P40', 7500, 250],
];

/** What a managed disk of a SKU and size is sold with. */
export function performanceOf(sku: string, sizeGiB: number): JsonObject {
  if (!sku.startsWith('Premium_')) return { diskIOPSReadWrite: 500, diskMBpsReadWrite: 60 };
  const row = PREMIUM.find(([largest]) => sizeGiB <= largest);
  if (row === undefined) return {};
  const [, tier, diskIOPSReadWrite, diskMBpsReadWrite] = row;
  return { tier, diskIOPSReadWrite, diskMBpsReadWrite };
}
