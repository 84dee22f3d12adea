export const SUBSCRIPTION = '11111111-1111-1111-1111-111111111111';
export const inGroup = (rest: string): string =>
  `/subscriptions/${SUBSCRIPTION}/resourceGroups/images/providers/${rest}`;
export const IDENTITY = inGroup('Microsoft.ManagedIdentity/userAssignedIdentities/builder');

export const REF = { subscriptionId: SUBSCRIPTION, resourceGroup: 'images', name: 'web' };

export type Body = { [key: string]: unknown; properties: Record<string, unknown> };

/** A body with the value at a JSON pointer replaced in place; `undefined` removes it. */
export function changed(pointer: string, value: unknown, body: Body = fullBody()): Body {
  const steps = pointer.split('/').slice(1);
  const last = steps.pop() ?? '';
  let parent: Record<string, unknown> = body;
  for (const step of steps) parent = parent[step] as Record<string, unknown>;
  if (value === undefined) delete parent[last];
  else parent[last] = value;
  return body;
}

/** A body that uses every field of the newest api-version. */
export function fullBody(): Body {
  return {
    location: 'West US 2',
    tags: { team: 'web' },
    identity: { type: 'UserAssigned', userAssignedIdentities: { [IDENTITY]: {} } },
    properties: {
      source: {
        type: 'PlatformImage',
        publisher: 'Debian',
        offer: 'debian-12',
        sku: '12-gen2',
        version: 'Latest',
        planInfo: { planName: 'a', planProduct: 'b', planPublisher: 'c' },
      },
      customize: [
        { type: 'Shell', name: 'one', inline: ['echo <b>'] },
        { type: 'Shell', scriptUri: 'https://example.com/a.sh', sha256Checksum: 'A'.repeat(64) },
        {
          type: 'PowerShell',
          inline: ['dir'],
          runElevated: true,
          runAsSystem: true,
          validExitCodes: [0, 3010],
        },
        { type: 'File', sourceUri: 'https://example.com/f?sig=secret', destination: 'C:\\a\\f.txt' },
        { type: 'WindowsRestart', restartTimeout: '1h30m' },
        { type: 'WindowsUpdate', filters: ['include:$true'], updateLimit: 20 },
        { type: 'LinuxRestart', restartTimeout: '90s' },
      ],
      optimize: {
        vmBoot: { state: 'Enabled' },
        workload: { state: 'Enabled', scriptUri: 'https://example.com/w.sh', sha256Checksum: '' },
      },
      validate: {
        continueDistributeOnFailure: true,
        inVMValidations: [{ type: 'Shell', inline: ['true'] }],
      },
      distribute: [
        {
          type: 'ManagedImage',
          runOutputName: 'image',
          imageId: inGroup('Microsoft.Compute/images/web'),
          location: 'West US 2',
        },
        {
          type: 'SharedImage',
          runOutputName: 'gallery',
          galleryImageId: inGroup('Microsoft.Compute/galleries/g/images/web'),
          targetRegions: [{ name: 'North Europe', replicaCount: 2, storageAccountType: 'Standard_ZRS' }],
          versioning: { scheme: 'Latest', major: 2 },
          replicationMode: 'Shallow',
          excludeFromLatest: true,
          artifactTags: { a: 'b' },
        },
        { type: 'VHD', runOutputName: 'disk', uri: '' },
      ],
      errorHandling: { onCustomizerError: 'abort' },
      vmProfile: {
        vmSize: 'Standard_D2s_v3',
        osDiskSizeGB: 64,
        userAssignedIdentities: [IDENTITY],
        vnetConfig: { subnetId: inGroup('Microsoft.Network/virtualNetworks/n/subnets/s'), proxyVmSize: '' },
      },
      buildTimeoutInMinutes: 0,
      stagingResourceGroup: `/subscriptions/${SUBSCRIPTION}/resourceGroups/staging`,
      autoRun: { state: 'Enabled' },
      managedResourceTags: { owner: 'me' },
      additionalDataDisks: [{ sizeGB: 8 }],
    },
  };
}
