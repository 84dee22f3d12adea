import type { BuildPlan } from '../model/plan.ts';

/**
 * Empty disks on the lowest LUNs that the source leaves free: Azure refuses two disks on one.
 * https://learn.microsoft.com/azure/virtual-machines/managed-disks-overview#data-disk
 */
export function planDataDisks(
  sizesGB: readonly number[] | undefined,
  taken: readonly number[] | undefined,
): Pick<BuildPlan, 'dataDisks'> {
  if (sizesGB === undefined || sizesGB.length === 0) return {};
  const free = Array.from({ length: sizesGB.length + (taken?.length ?? 0) }, (_, lun) => lun).filter(
    (lun) => taken?.includes(lun) !== true,
  );
  return { dataDisks: sizesGB.map((sizeGB, index) => ({ lun: free[index] ?? index, sizeGB })) };
}
