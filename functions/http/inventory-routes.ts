import { type Route, TEMPLATE } from './exchange.ts';
import { getInventory, getSbom } from './inventory.ts';
import { getDiff } from './inventory-diff.ts';

const RUN = `${TEMPLATE}/runs/{runId}`;
const extension = { method: 'GET', role: 'Reader', extension: true } as const;

export const inventoryRoutes: readonly Route[] = [
  { name: 'get-inventory', path: `${RUN}/inventory`, handle: getInventory, ...extension },
  { name: 'get-sbom', path: `${RUN}/sbom`, handle: getSbom, ...extension },
  { name: 'get-diff', path: `${RUN}/diff`, handle: getDiff, ...extension },
];
