// Where the local cloud answers otherwise than Azure did, and why that stays so. A line that no longer occurs fails the test.

export type Exception = {
  /** Numbers of files and exchanges, as `09#3`; `09` means all of a file. */
  readonly at: readonly string[];
  readonly difference: RegExp;
  readonly reason: string;
};

export const EXCEPTIONS: readonly Exception[] = [
  // What the local cloud does not offer.
  {
    at: ['06#7', '09#0', '25#0', '27#1', '27#2', '27#5', '27#6'],
    difference: /NotSupportedByLocalCloud/,
    reason: 'VM extensions, deployments, scale sets, evictions, data boundaries and policies are not offered',
  },
  {
    at: ['26#0'],
    difference: /NotSupportedByLocalCloud/,
    reason: 'image templates are the app’s own; no app runs',
  },
  {
    at: ['28'],
    difference: /^another host$/,
    reason: 'a vault has an address of its own; its test is elsewhere',
  },
  {
    at: ['09', '10'],
    difference: /osDisk\.(vhd missing|managedDisk only here|diskSizeGB missing)/,
    reason: 'the recorded machine has an unmanaged disk; here every disk is a managed one',
  },
  {
    at: ['10'],
    difference: /(body\.resources|instanceView\.extensions) missing|extensionHandlers has/,
    reason: 'VM extensions are not offered',
  },
  {
    at: ['09', '10', '12'],
    difference: /instanceView\.(osName|osVersion|vmAgent\.vmAgentVersion)/,
    reason: 'a simulated machine has no distribution, and its agent says that it is simulated',
  },
  { at: ['15'], difference: /consoleScreenshotBlobUri missing/, reason: 'nothing here has a screen' },
  { at: ['14#6'], difference: /runAsUser is not supported/, reason: 'every script runs as root' },
  {
    at: ['14#9', '14#10', '14#11'],
    difference: /source\.script|parameters missing|runAsUser missing|timeoutInSeconds: 3600/,
    reason: 'follows from the refusal of runAsUser',
  },
  {
    at: ['23#37', '23#38', '23#41', '23#42'],
    difference: /Succeeded", here "Failed|not accessible|sizeInGB missing/,
    reason: 'the storage accounts of the recording are not there',
  },
  {
    at: ['11#4'],
    difference: /./,
    reason: 'ARM forgets a machine some time after compute; here both do at once',
  },

  // What the recording does not show of its set-up.
  {
    at: ['04#11', '05#5', '14#7', '14#8', '19#10', '19#15', '23#0', '25'],
    difference: /^its operation was started before the recording$/,
    reason: 'the request that started it is not in the recording, or is an exception itself',
  },
  { at: ['05#4'], difference: /NicInUse/, reason: 'the recording deleted the machine in between' },
  {
    at: ['05#2', '05#3', '02#7', '02#8', '02#9', '12#11', '19#3'],
    difference: /./,
    reason: 'names and neighbours that the recording does not show are made up',
  },
  { at: ['01#12', '12#6', '14#5'], difference: /body\.tags missing/, reason: 'groups are made without tags' },
  { at: ['13#5', '13#6'], difference: /tier: "P3"/, reason: 'the recording enlarged the disk in between' },
  {
    at: ['20#0', '20#3'],
    difference: /managedDisk\.id/,
    reason: 'the machine came from a deployment that named its disks',
  },
  {
    at: ['19', '21'],
    difference: /identifier\.uniqueName/,
    reason: 'the recording renamed the gallery but not what is made of its name',
  },
  {
    at: ['09#5'],
    difference: /./,
    reason: 'read while the machine is made; here its creation is over when the recording begins',
  },

  // What the recorder or the years have changed.
  {
    at: ['01'],
    difference: /operationresults\/JOB/,
    reason: 'the recording replaced the id',
  },
  {
    at: ['02#0', '03', '05#4'],
    difference: /^header azure-asyncoperation: (?!.*<signed>", here)/,
    reason: 'recorded before November 2023, when addresses of operations became signed',
  },
  {
    at: ['02'],
    difference: /ipamPoolPrefixAllocations|privateEndpointVNetPolicies|privateEndpointNetworkPolicies/,
    reason: 'recorded in 2022, before networks had these members',
  },
  {
    at: ['04#3', '04#12'],
    difference: /api-version=2024-03-01/,
    reason: 'the service polls with the version before the one that was asked',
  },

  // Catalogues: the recorded region has thousands of entries.
  {
    at: ['06#3', '06#4', '06#5'],
    difference: /\.(name|id):/,
    reason: 'publishers, offers and SKUs are others',
  },
  { at: ['08'], difference: /\.name\.|\[\d+\]/, reason: 'counters of the size families that are here' },
  {
    at: ['06', '07'],
    difference: /features|automaticOSUpgradeSupported|sizeInGb/,
    reason: 'differs from image to image',
  },
  {
    at: ['07'],
    difference: /TermsLink|TextLink|PolicyLink|signature|body\.id/,
    reason: 'texts and signature of the publisher; the id of an agreement is written in three ways',
  },
];
