import { setTimeout as sleep } from 'node:timers/promises';
import { clientToken } from './client-token.ts';
import type { Endpoints } from './endpoints-file.ts';

const REGION = 'westeurope';
const DEADLINE_MS = 30_000;

/**
 * Makes what the examples distribute to: the group `images` and the gallery definition `goldens/debian-web`. It goes
 * through ARM like any client, so that nothing in the sample world could not be made by its user. Repeating it is free.
 */
export async function makeSampleWorld(endpoints: Endpoints): Promise<void> {
  const token = await clientToken(endpoints, 'https://management.azure.com');
  const group = `/subscriptions/${endpoints.subscriptionId}/resourceGroups/images`;
  const gallery = `${group}/providers/Microsoft.Compute/galleries/goldens`;
  const put = (path: string, version: string, body: object): Promise<void> =>
    putResource(`${endpoints.arm}${path}?api-version=${version}`, token, { location: REGION, ...body });
  await put(group, '2024-07-01', {});
  await put(gallery, '2023-07-03', { properties: { description: 'Golden images of the examples' } });
  await put(`${gallery}/images/debian-web`, '2023-07-03', {
    properties: {
      osType: 'Linux',
      osState: 'Generalized',
      hyperVGeneration: 'V2',
      architecture: 'x64',
      identifier: { publisher: 'kiln', offer: 'debian', sku: 'web' },
    },
  });
}

/** PUT, then GET until it is provisioned: compute answers before the work is done. */
async function putResource(url: string, token: string, body: object): Promise<void> {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const deadline = Date.now() + DEADLINE_MS;
  let response = await fetch(url, { method: 'PUT', headers, body: JSON.stringify(body) });
  for (;;) {
    const answer = await response.text();
    if (!response.ok) throw new Error(`The sample world: ${url} answered ${response.status}: ${answer}`);
    const state = /"provisioningState"\s*:\s*"(\w+)"/.exec(answer)?.[1];
    if (state === 'Succeeded') return;
    if (state === 'Failed' || Date.now() > deadline)
      throw new Error(`The sample world: ${url} is ${state ?? 'without a state'}.`);
    await sleep(100);
    response = await fetch(url, { headers });
  }
}
