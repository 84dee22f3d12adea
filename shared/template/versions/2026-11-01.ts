import { imageTemplate } from '../schema/image-template.ts';
import type { ApiVersion } from './version.ts';

/** Our own version: everything Kiln can do. */
export const v20261101: ApiVersion = {
  name: '2026-11-01',
  extensions: true,
  lenient: false,
  errors: 'wrapped',
  patchable: [
    'tags',
    'identity',
    'properties.distribute',
    'properties.vmProfile',
    'properties.refresh',
    'properties.buildRequests',
  ],
  runStates: {},
  provisioningStates: {},
  schema: imageTemplate,
};
