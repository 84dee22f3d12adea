import { setTimeout as sleep } from 'node:timers/promises';
import { list, object, text } from '../api/json.ts';
import type { Run } from '../api/types.ts';
import type { LocalEndpoints } from '../connect/local-endpoints.ts';
import { cached, localToken } from '../connect/tokens.ts';
import { CliError, EXIT } from '../errors.ts';

/** Api-versions of Azure itself: the local cloud answers as ARM does. */
const VERSIONS = { groups: '2024-07-01', galleries: '2023-07-03', images: '2024-07-01' } as const;

type Get = (id: string, query: string) => Promise<{ status: number; body: unknown }>;

/** Looks at the result from outside, as an Azure client would. */
export function azureView(endpoints: LocalEndpoints): {
  stagingGroupIsGone(run: Run): Promise<string>;
  describeArtifacts(run: Run): Promise<string[]>;
} {
  const token = cached(() => localToken({ ...endpoints, audience: 'https://management.azure.com' }));
  const get: Get = async (id, query) => {
    const headers = { authorization: `Bearer ${await token()}` };
    const response = await fetch(`${endpoints.arm}${id}?${query}`, { headers });
    const body: unknown = await response.json().catch(() => undefined);
    return { status: response.status, body };
  };
  return {
    stagingGroupIsGone: (run) => stagingGroupIsGone(get, endpoints, run),
    describeArtifacts: (run) => describeArtifacts(get, run),
  };
}

async function stagingGroupIsGone(get: Get, endpoints: LocalEndpoints, run: Run): Promise<string> {
  const group = run.stagingGroup ?? '';
  const id = group.startsWith('/')
    ? group
    : `/subscriptions/${endpoints.subscriptionId}/resourceGroups/${group}`;
  const name = id.split('/').at(-1) ?? id;
  const deadline = Date.now() + 60_000;
  for (;;) {
    const { status } = await get(id, `api-version=${VERSIONS.groups}`);
    if (status === 404) return `staging group ${name}: gone (ARM answers 404)`;
    if (Date.now() > deadline)
      throw new CliError({
        exitCode: EXIT.failed,
        message: `The staging group ${name} is still there (ARM answers ${status}).`,
      });
    await sleep(500);
  }
}

async function describeArtifacts(get: Get, run: Run): Promise<string[]> {
  const lines: string[] = [];
  for (const output of run.outputs) {
    if (output.type === 'SharedImage' && output.artifactId !== undefined)
      lines.push(...(await describeGalleryVersion(get, output.artifactId)));
    if (output.type === 'ManagedImage' && output.artifactId !== undefined)
      lines.push(await describeManagedImage(get, output.artifactId));
  }
  return lines;
}

async function describeGalleryVersion(get: Get, id: string): Promise<string[]> {
  const query = `api-version=${VERSIONS.galleries}&$expand=ReplicationStatus`;
  const { status, body } = await get(id, query);
  const properties = object(object(body)['properties']);
  const replication = list(object(properties['replicationStatus'])['summary']).map(object);
  const regions = list(object(properties['publishingProfile'])['targetRegions']).map((target) => {
    const name = text(object(target)['name']) ?? '?';
    const row = replication.find((summary) => sameRegion(text(summary['region']) ?? '', name));
    return `${name} (${text(row?.['state']) ?? 'unknown'})`;
  });
  const state = text(properties['provisioningState']) ?? `ARM answers ${status}`;
  return [
    `gallery version ${id.split('/').slice(-5).join('/')}: ${state}`,
    `  regions: ${regions.join(', ')}`,
  ];
}

async function describeManagedImage(get: Get, id: string): Promise<string> {
  const { status, body } = await get(id, `api-version=${VERSIONS.images}`);
  const image = object(body);
  const properties = object(image['properties']);
  const state = text(properties['provisioningState']) ?? `ARM answers ${status}`;
  const generation = text(properties['hyperVGeneration']) ?? '?';
  return `managed image ${id.split('/').at(-1)} in ${text(image['location']) ?? '?'}, generation ${generation}: ${state}`;
}

/** Azure answers with display names ("West Europe") where it was given canonical ones. */
const sameRegion = (a: string, b: string): boolean => canonical(a) === canonical(b);
const canonical = (region: string): string => region.toLowerCase().replaceAll(' ', '');
