import { customizerSchema } from '../../steps/all.ts';
import { sha256Checksum } from '../../steps/fields.ts';
import { distributorSchema } from '../../targets/all.ts';
import { MOST_STEPS, readOnly, stringMap } from './fields.ts';
import { buildRequests } from './build-requests.ts';
import { history, inventory } from './inventory.ts';
import { refresh } from './refresh.ts';
import { source } from './source.ts';
import { validate } from './validate.ts';

const identityId = {
  type: 'string',
  armId: { types: ['Microsoft.ManagedIdentity/userAssignedIdentities'] },
} as const;
const subnetId = {
  type: 'string',
  armId: { types: ['Microsoft.Network/virtualNetworks/subnets'], optional: true },
} as const;
const toggle = {
  type: 'string',
  enum: ['Enabled', 'Disabled'],
  description: '`Enabled` or `Disabled`.',
} as const;
const onError = {
  type: 'string',
  enum: ['cleanup', 'abort'],
  default: 'cleanup',
  description: '`cleanup` deletes the build VM, `abort` keeps it.',
} as const;

const vmProfile = {
  type: 'object',
  title: 'vmProfile',
  description: 'The machine that builds.',
  default: {},
  additionalProperties: false,
  properties: {
    vmSize: {
      type: 'string',
      default: '',
      description: 'VM size. Empty: the default of the image generation.',
    },
    osDiskSizeGB: {
      type: 'integer',
      minimum: 0,
      default: 0,
      description: 'GB; 0 for the size of the source.',
    },
    userAssignedIdentities: {
      type: 'array',
      maxItems: 20,
      items: identityId,
      description: 'Ids of the identities of the build VM.',
    },
    vnetConfig: {
      type: 'object',
      title: 'vnetConfig',
      description: 'An existing network to build in.',
      additionalProperties: false,
      needs: { containerInstanceSubnetId: 'subnetId' },
      notTogether: [['proxyVmSize', 'containerInstanceSubnetId']],
      properties: {
        subnetId: { ...subnetId, description: 'Subnet of the build VM.' },
        containerInstanceSubnetId: {
          ...subnetId,
          description: 'Accepted and kept; Kiln needs no container instance.',
        },
        proxyVmSize: { type: 'string', description: 'Accepted and kept; Kiln needs no proxy VM.' },
      },
    },
  },
} as const;

const optimize = {
  type: 'object',
  title: 'optimize section',
  description:
    "Optimizations of the finished image, which are Azure's own: recorded and not carried out. `notCarriedOut` of the template and of its runs, the message of the last run, and the timeline say so.",
  additionalProperties: false,
  properties: {
    vmBoot: {
      type: 'object',
      title: 'vmBoot',
      description: 'Faster boot.',
      additionalProperties: false,
      properties: { state: toggle },
    },
    workload: {
      type: 'object',
      title: 'workload',
      description: 'Optimization for a workload.',
      additionalProperties: false,
      properties: {
        state: toggle,
        scriptUri: { type: 'string', download: 'optional', description: 'URL of the script.' },
        sha256Checksum,
      },
    },
  },
} as const;

const errorHandling = {
  type: 'object',
  title: 'errorHandling section',
  description: 'What happens to the build VM after a failure.',
  additionalProperties: false,
  properties: {
    onCustomizerError: onError,
    onValidationError: onError,
    lease: {
      type: 'string',
      format: 'duration',
      description: 'How long a kept VM stays, for example `8h`. Default: `24h`.',
    },
  },
} as const;

const settings = {
  buildTimeoutInMinutes: {
    type: 'integer',
    minimum: 0,
    maximum: 960,
    notBetween: [1, 5],
    default: 0,
    description: 'Minutes for everything up to distribution: 6 to 960; 0 stands for 240.',
  },
  stagingResourceGroup: {
    type: 'string',
    armId: { types: ['resourceGroups'], optional: true },
    default: '',
    description: 'Id of the group to build in. Empty: a new group for each run.',
  },
  autoRun: {
    type: 'object',
    title: 'autoRun',
    description: 'Start a run whenever the template was created or changed.',
    additionalProperties: false,
    properties: { state: toggle },
  },
  managedResourceTags: { ...stringMap, description: 'Tags of everything that a run creates.' },
  additionalDataDisks: {
    type: 'array',
    maxItems: 64,
    description: 'Empty data disks that become part of the image.',
    items: {
      type: 'object',
      title: 'data disk',
      additionalProperties: false,
      required: ['sizeGB'],
      // What a managed disk can have: https://learn.microsoft.com/azure/virtual-machines/disks-types
      properties: {
        sizeGB: { type: 'integer', minimum: 1, maximum: 32_767, description: 'GB, 1 to 32767.' },
      },
    },
  },
} as const;

export const properties = {
  type: 'object',
  title: 'template properties',
  description: 'The template itself.',
  required: ['source', 'distribute'],
  additionalProperties: false,
  properties: {
    source,
    customize: {
      type: 'array',
      maxItems: MOST_STEPS,
      items: customizerSchema,
      description: 'Customizers, in order; at most 200.',
    },
    optimize,
    validate,
    distribute: {
      type: 'array',
      minItems: 1,
      maxItems: 20,
      uniqueBy: 'runOutputName',
      items: distributorSchema,
      description: 'Where the image goes; at most 20 targets.',
    },
    errorHandling,
    vmProfile,
    ...settings,
    inventory,
    history,
    refresh,
    buildRequests,
    refreshStatus: readOnly,
    notCarriedOut: readOnly,
    warnings: readOnly,
    provisioningState: readOnly,
    provisioningError: readOnly,
    lastRunStatus: readOnly,
    exactStagingResourceGroup: readOnly,
  },
} as const;

export { identityId };
