import type { ApiClient } from './client.ts';
import { compact } from './convert.ts';
import { list, number, object, text } from './json.ts';
import { templatePath } from './template-id.ts';
import type { TemplateId } from './types.ts';

export type RunRef = { readonly template: TemplateId; readonly id: string };

const pathOf = ({ template, id }: RunRef): string =>
  `${templatePath(template)}/runs/${encodeURIComponent(id)}`;

/** The bill of materials of an image, as the service wrote it. */
export async function getSbom(client: ApiClient, run: RunRef, format: string): Promise<Uint8Array> {
  return (await client.send(`${pathOf(run)}/sbom`, { query: { format } })).bytes;
}

export type FoundImage = {
  readonly template: string;
  readonly runId: string;
  readonly versions: readonly string[];
  readonly os: string;
  readonly at: string;
  readonly simulated: boolean;
  readonly packages: readonly { readonly name: string; readonly version: string }[];
};

/** Images of a subscription that have a package, by template, the newest first. */
export async function findPackages(
  client: ApiClient,
  subscription: string,
  query: { readonly name: string; readonly range: string },
): Promise<FoundImage[]> {
  const path = `/subscriptions/${encodeURIComponent(subscription)}/providers/Microsoft.VirtualMachineImages/packages`;
  const { body } = await client.call(path, { query });
  return list(object(body)['value']).map((value) => {
    const found = object(value);
    const field = (name: string): string => text(found[name]) ?? '';
    return {
      template: field('template'),
      runId: field('runId'),
      os: field('os'),
      at: field('at'),
      versions: list(found['versions']).flatMap((one) => text(one) ?? []),
      simulated: found['simulated'] === true,
      packages: list(found['packages'])
        .map(object)
        .map(({ name, version }) => ({ name: text(name) ?? '', version: text(version) ?? '' })),
    };
  });
}

/** What is different in the image of a run. `against`: another run, or what it was built from; absent: the service chooses. */
export async function getDiff(
  client: ApiClient,
  run: RunRef,
  against: RunRef | 'source' | undefined,
  format: 'json' | 'text' | 'markdown',
): Promise<string> {
  const other = typeof against === 'object' ? { against: pathOf(against) } : {};
  const source = against === 'source' ? { against } : {};
  const { bytes } = await client.send(`${pathOf(run)}/diff`, { query: { format, ...other, ...source } });
  return new TextDecoder().decode(bytes);
}

/** One build that gave an image, in numbers. */
export type Trend = {
  readonly runId: string;
  readonly at: string;
  readonly versions: readonly string[];
  /** Of the whole run under `run`, by phase, and by `<phase> > <step>`. */
  readonly seconds: Readonly<Record<string, number>>;
  readonly packages?: number;
  readonly usedBytes?: number;
  readonly bootSeconds?: number;
};

/** The last builds of a template, the newest first. */
export async function getTrends(client: ApiClient, template: TemplateId): Promise<Trend[]> {
  const { body } = await client.call(`${templatePath(template)}/trends`);
  return list(object(body)['value']).map((value) => {
    const found = object(value);
    const seconds = Object.entries(object(found['seconds'])).flatMap(([key, one]): [string, number][] => {
      const took = number(one);
      return took === undefined ? [] : [[key, took]];
    });
    return {
      runId: text(found['runId']) ?? '',
      at: text(found['at']) ?? '',
      versions: list(found['versions']).flatMap((one) => text(one) ?? []),
      seconds: Object.fromEntries(seconds),
      ...compact({
        packages: number(found['packages']),
        usedBytes: number(found['usedBytes']),
        bootSeconds: number(found['bootSeconds']),
      }),
    };
  });
}
