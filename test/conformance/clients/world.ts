/** What the programs of this folder share: they run as strangers would, with the environment of `env.sh` and nothing else. */

function setting(name: string): string {
  const value = process.env[name];
  if (value === undefined) throw new Error(`${name} is not set: source env.sh first.`);
  return value;
}

export const SUBSCRIPTION = setting('AZURE_SUBSCRIPTION_ID');
export const ENDPOINT = setting('KILN_ARM_URL');
/** The group of local mode's sample world. */
export const GROUP = 'images';

const id = (rest: string): string =>
  `/subscriptions/${SUBSCRIPTION}/resourceGroups/${GROUP}/providers/${rest}`;

export const IDENTITY = id('Microsoft.ManagedIdentity/userAssignedIdentities/builder');
export const SOURCE = {
  type: 'PlatformImage',
  publisher: 'Debian',
  offer: 'debian-12',
  sku: '12-gen2',
  version: 'latest',
} as const;
export const DEFINITION = id('Microsoft.Compute/galleries/goldens/images/debian-web');

export const shell = (...inline: string[]) => ({ type: 'Shell', name: 'step', inline }) as const;
export const managedImage = (name: string) =>
  ({
    type: 'ManagedImage',
    runOutputName: `${name}-image`,
    imageId: id(`Microsoft.Compute/images/${name}`),
    location: 'westeurope',
  }) as const;

export const SLOW = shell('# kiln-simulate: seconds=120');

export async function until(what: string, look: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 60_000;
  while (!(await look())) {
    if (Date.now() > deadline) throw new Error(`${what} did not happen within 60 s.`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

export async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

/** The message of what must fail. */
export async function failure(
  work: Promise<unknown>,
): Promise<Error & { code?: string; statusCode?: number }> {
  try {
    await work;
  } catch (error) {
    if (error instanceof Error) return error;
  }
  throw new Error('It should have failed.');
}
