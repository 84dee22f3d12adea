import { listRoutes } from '../arm/lists.ts';
import { plainRoutes } from '../arm/plain-resource.ts';
import type { Route } from '../http/route.ts';
import { PART_ROUTES } from './subnets.ts';
import { NETWORK_TYPES } from './types.ts';

export const NETWORK_ROUTES: readonly Route[] = [
  ...NETWORK_TYPES.flatMap((type) => [
    ...plainRoutes(type),
    ...listRoutes(type.path.split('/').slice(0, 2).join('/'), {
      inGroup: `${type.operations}_List`,
      inSubscription: `${type.operations}_ListAll`,
    }),
  ]),
  ...PART_ROUTES,
];
