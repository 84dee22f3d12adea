/** Templates for tests, written for the sample world of local mode: group `images`, gallery `goldens`. */

const image = (subscription: string, rest: string): string =>
  `/subscriptions/${subscription}/resourceGroups/images/providers/Microsoft.Compute/${rest}`;

export const shell = (name: string, ...inline: string[]): object => ({ type: 'Shell', name, inline });

export const managedImage = (subscription: string, name = 'web'): object => ({
  type: 'ManagedImage',
  runOutputName: `${name}-image`,
  imageId: image(subscription, `images/${name}`),
  location: 'westeurope',
});

export const galleryVersion = (
  subscription: string,
  regions = ['westeurope', 'northeurope', 'swedencentral'],
): object => ({
  type: 'SharedImage',
  runOutputName: 'web-gallery',
  galleryImageId: image(subscription, 'galleries/goldens/images/debian-web'),
  targetRegions: regions.map((name) => ({ name })),
});

export const vhd: object = { type: 'VHD', runOutputName: 'web-vhd' };

/** What a first step printed itself: in a guest that is still at its package manager, Kiln says before it how long that was waited for. */
export function afterPreparation(output: string): string {
  return output.replace(/^kiln: note: The first step waited .*\n/, '');
}

/** Messages may ask for its runs. */
export function asked(body: any, parameters: string[] = []): any {
  return { ...body, properties: { ...body.properties, buildRequests: { parameters } } };
}

export function template(customize: object[], distribute: object[]): any {
  return {
    location: 'westeurope',
    properties: {
      source: {
        type: 'PlatformImage',
        publisher: 'Debian',
        offer: 'debian-12',
        sku: '12-gen2',
        version: 'latest',
      },
      customize,
      distribute,
      buildTimeoutInMinutes: 30,
    },
  };
}
