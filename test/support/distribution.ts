import type { LocalKiln } from './local-kiln.ts';

const compute = (subscription: string, rest: string): string =>
  `/subscriptions/${subscription}/resourceGroups/images/providers/Microsoft.Compute/${rest}`;

/** A SharedImage target of the sample gallery whose run output has the name of its definition. */
export function sharedImage(
  subscription: string,
  definition: string,
  { regions, ...more }: { regions: readonly string[]; [field: string]: unknown },
): object {
  return {
    type: 'SharedImage',
    runOutputName: definition,
    galleryImageId: compute(subscription, `galleries/goldens/images/${definition}`),
    targetRegions: regions.map((name) => ({ name })),
    ...more,
  };
}

/** A gallery image definition beside the one of the sample world. */
export async function makeDefinition(
  kiln: LocalKiln,
  name: string,
  more: { securityType?: string; generation?: 'V1' | 'V2'; osState?: string } = {},
): Promise<string> {
  const id = compute(kiln.endpoints.subscriptionId, `galleries/goldens/images/${name}`);
  const { securityType, generation = 'V2', osState = 'Generalized' } = more;
  const features =
    securityType === undefined ? {} : { features: [{ name: 'SecurityType', value: securityType }] };
  await kiln.arm('PUT', id, '2023-07-03', {
    location: 'westeurope',
    properties: {
      osType: 'Linux',
      osState,
      hyperVGeneration: generation,
      architecture: 'x64',
      identifier: { publisher: 'kiln', offer: 'test', sku: name },
      ...features,
    },
  });
  await kiln.until('the definition', async () => {
    const { body } = await kiln.arm('GET', id, '2023-07-03');
    return body.properties?.provisioningState === 'Succeeded' ? true : undefined;
  });
  return id;
}
