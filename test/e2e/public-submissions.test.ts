// Every public template of the reference data is submitted: none that Azure VM Image Builder has taken is refused. What is
// particular to somebody's subscription is fitted to the local world; regions, sizes, steps and targets stay their author's.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { fallbackName, importDocument } from '../../cli/import/import-file.ts';
import { readSource } from '../../cli/template/read-source.ts';
import { DEFAULT_PROFILE } from '../../local/azure/profile/defaults.ts';
import { inParallel } from '../../shared/parallel.ts';
import { fill } from '../cli/import/fill.ts';
import { LocalKiln, ROOT } from '../support/local-kiln.ts';

const DATA = process.env['KILN_REFERENCE_DATA'] ?? path.resolve(ROOT, '../shared/data');
const FOLDER = path.join(DATA, 'templates');
const skip = existsSync(FOLDER) ? false : `reference data not found at ${DATA}; set KILN_REFERENCE_DATA`;

/** Sizes of the templates that the local cloud does not list by itself. */
const SIZES = ['D2_v2', 'DS2_v2', 'D2_v3', 'D4_v3', 'D4s_v3', 'D4d_v4'].map((name) => ({
  ...{ name: `Standard_${name}`, family: 'standardDv3Family', vCpus: 4, memoryGiB: 16 },
  ...{ generations: 'V1,V2', architecture: 'x64' },
}));

type OsType = 'Linux' | 'Windows';
type Template = { file: string; body: any; osType: OsType };

let kiln: LocalKiln;
let files: Server;
let origin = '';
let templates: Template[] = [];
/** A stand-in says who it is, so that two URLs never have the same content. */
const standIn = (where: string): string => `#!/bin/sh\n# stand-in for ${where}\necho ran\n`;

before(async () => {
  if (skip !== false) return;
  files = createServer(({ url = '' }, response) => {
    response.setHeader('content-type', 'application/octet-stream').end(standIn(url));
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => files.once('listening', resolve));
  origin = `http://127.0.0.1:${(files.address() as AddressInfo).port}`;
  templates = await published();
  kiln = await LocalKiln.start({
    env: { KILN_URL_ALLOW: origin },
    profile: { sizes: [...DEFAULT_PROFILE.sizes, ...SIZES], simulated: { images: sources() } },
  });
  const definitions = templates.flatMap(({ body, osType }) =>
    body.properties.distribute.filter(isShared).map((target: any) => `${osType} ${homeOf(target)}`),
  );
  await inParallel([...new Set<string>(definitions)], makeDefinition);
});
after(async () => {
  if (skip !== false) return;
  await kiln.stop();
  files.close();
});

const inGroup = (rest: string): string =>
  `/subscriptions/${kiln.endpoints.subscriptionId}/resourceGroups/images/providers/${rest}`;

const isShared = ({ type }: any): boolean => /^sharedimage$/i.test(type);

/** Definitions of the templates are where their first region is: Azure makes a version there first. */
const homeOf = ({ targetRegions, replicationRegions }: any): string =>
  targetRegions?.[0]?.name ?? replicationRegions?.[0] ?? 'westeurope';

const definitionId = (osType: string, home: string): string =>
  inGroup(`Microsoft.Compute/galleries/goldens/images/public-${osType.toLowerCase()}-${home}`);

async function makeDefinition(definition: string): Promise<void> {
  const [osType = '', location = ''] = definition.split(' ');
  const answer = await kiln.arm('PUT', definitionId(osType, location), '2023-07-03', {
    location,
    properties: {
      ...{ osType, osState: 'Generalized', hyperVGeneration: 'V1' },
      identifier: { publisher: 'kiln', offer: osType.toLowerCase(), sku: location },
    },
  });
  assert.ok(answer.status < 300, JSON.stringify(answer.body));
}

/** What an import makes of each file without a word of warning: what is not, is no template yet. */
async function published(): Promise<Template[]> {
  const found = await Promise.all(
    readdirSync(FOLDER)
      .filter((name) => name.endsWith('.json'))
      .map(readFile),
  );
  return found.flat();
}

async function readFile(file: string): Promise<Template[]> {
  const source = await readSource(path.join(FOLDER, file)).catch(() => undefined);
  if (source === undefined) return [];
  const { templates: read, notes } = importDocument(source.value, {
    ...{ parameters: {}, location: 'westeurope', resourceGroup: 'images' },
    ...{ fallbackName: fallbackName(file), file: (name: string) => `${origin}/${name}` },
  });
  if (notes.some(({ level }) => level === 'untranslated')) return [];
  return read.map(({ template }) => {
    const { name: _name, ...body } = fill(template).template as any;
    const osType = osOf(body);
    // Its author left the image open: two of them are not the same one.
    if (body.properties.source.sku === 'value') body.properties.source.sku = osType;
    return { file, body, osType };
  });
}

function osOf({ properties }: any): OsType {
  const { source, customize = [] } = properties;
  const steps = new Set(customize.map(({ type }: any) => type));
  if (['PowerShell', 'WindowsRestart', 'WindowsUpdate'].some((type) => steps.has(type))) return 'Windows';
  return /windows/i.test(`${source.publisher} ${source.offer}`) ? 'Windows' : 'Linux';
}

const isPlatform = ({ type }: any): boolean => /^platformimage$/i.test(type);

/** The marketplace images that the templates build from, most of them long gone from the real one. */
function sources(): object[] {
  const own = templates.filter(({ body }) => isPlatform(body.properties.source));
  const images = own.map(({ body, osType }) => {
    const { publisher, offer, sku, version } = body.properties.source;
    const number = /^\d+(\.\d+){2}$/.test(version) ? version : '1.0.0';
    return { publisher, offer, sku, version: number, generation: 'V1', osType };
  });
  const all = [...new Map(images.map((one) => [JSON.stringify(one).toLowerCase(), one])).values()];
  const plain = (['Linux', 'Windows'] as const).map((osType) => ({
    ...{ ...plainSource(osType), version: '1.0.0', generation: 'V1', osType },
  }));
  return [...all, ...plain];
}

/** Instead of an image or a medium of somebody's own. */
const plainSource = (osType: OsType): object => ({ publisher: 'kiln', offer: 'own', sku: osType });

function fitted({ body, osType }: Template, name: string): any {
  const properties = structuredClone(body.properties);
  if (!isPlatform(properties.source))
    properties.source = { type: 'PlatformImage', ...plainSource(osType), version: 'latest' };
  properties.customize = properties.customize?.map(fitStep);
  if (properties.validate?.inVMValidations !== undefined)
    properties.validate.inVMValidations = properties.validate.inVMValidations.map(fitStep);
  properties.distribute = properties.distribute.map((target: any, index: number) => {
    const runOutputName = `${name}-${index}`;
    if (isShared(target))
      return { ...target, galleryImageId: definitionId(osType, homeOf(target)), runOutputName };
    if (/^vhd$/i.test(target.type)) return { type: 'VHD', runOutputName };
    const imageId = inGroup(`Microsoft.Compute/images/${name}-${index}`);
    return { ...target, imageId, location: body.location, runOutputName };
  });
  // A network, an identity and a group of their owner's are theirs alone.
  delete properties.vmProfile?.vnetConfig;
  delete properties.vmProfile?.userAssignedIdentities;
  delete properties.stagingResourceGroup;
  const builder = inGroup('Microsoft.ManagedIdentity/userAssignedIdentities/builder');
  const identity = { type: 'UserAssigned', userAssignedIdentities: { [builder]: {} } };
  return { ...body, identity, properties };
}

function fitStep(step: any): any {
  const fields = ['scriptUri', 'sourceUri'].filter((field) => step[field] !== undefined);
  const local = Object.fromEntries(
    fields.map((field) => [
      field,
      `${origin}/${
        String(step[field])
          .replace(/^[a-z-]+:\/\//, '')
          .split('?')[0]
      }`,
    ]),
  );
  const [uri] = Object.values(local);
  const sum = (where: string): string =>
    createHash('sha256')
      .update(standIn(new URL(where).pathname))
      .digest('hex');
  const checked = step.sha256Checksum &&
    uri !== undefined && { sha256Checksum: sum(uri.replaceAll(' ', '%20')) };
  return { ...step, ...local, ...checked };
}

async function refusal(template: Template, index: number): Promise<string> {
  const name = `public-${index}`;
  const put = await kiln.api('PUT', `${kiln.templatePath}/${name}`, fitted(template, name));
  if (put.status !== 201) return `${template.file}: ${JSON.stringify(put.body)}`;
  // A hundred that are asked for at short intervals would be most of what the host does.
  const { provisioningError } = await kiln.until('the submission', async () => {
    await setTimeout(500);
    const { properties } = (await kiln.api('GET', `${kiln.templatePath}/${name}`)).body;
    return properties.provisioningState === 'Creating' ? undefined : properties;
  });
  return provisioningError === undefined ? '' : `${template.file}: ${JSON.stringify(provisioningError)}`;
}

test('none of the public templates that ran before is refused', { skip }, async (t) => {
  const refused: string[] = [];
  await inParallel([...templates.entries()], async ([index, template]) => {
    const problem = await refusal(template, index);
    if (problem !== '') refused.push(problem);
  });
  t.diagnostic(`${templates.length} templates, ${refused.length} refused`);
  assert.deepEqual(refused, []);
  assert.ok(templates.length >= 110, String(templates.length));
});
