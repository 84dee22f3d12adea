// Linux templates that people have published, through the whole build on simulated machines. The templates are read from
// the reference data and fitted to the local world; what they download is served by stand-ins on this machine.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { LocalKiln, ROOT } from '../support/local-kiln.ts';

const DATA = process.env['KILN_REFERENCE_DATA'] ?? path.resolve(ROOT, '../shared/data');
const FOLDER = path.join(DATA, 'templates');
const skip = existsSync(FOLDER) ? false : `reference data not found at ${DATA}; set KILN_REFERENCE_DATA`;

type Template = { file: string; body: any };

/** A stand-in says who it is, so that two URLs never have the same content. */
const standIn = (where: string): string => `#!/bin/sh\n# stand-in for ${where}\necho ran\n`;

let kiln: LocalKiln;
let files: Server;
let origin = '';
const served = new Set<string>();
const chosen = skip === false ? choose() : [];

before(async () => {
  if (skip !== false) return;
  files = createServer((request, response) => {
    served.add(request.url ?? '');
    response.setHeader('content-type', 'application/octet-stream').end(standIn(request.url ?? ''));
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => files.once('listening', resolve));
  origin = `http://127.0.0.1:${(files.address() as AddressInfo).port}`;
  kiln = await LocalKiln.start({
    env: { KILN_URL_ALLOW: origin },
    profile: { simulated: { images: sources() } },
  });
  const { subscriptionId } = kiln.endpoints;
  const definition = `/subscriptions/${subscriptionId}/resourceGroups/images/providers/Microsoft.Compute/galleries/goldens/images/public-linux`;
  const answer = await kiln.arm('PUT', definition, '2023-07-03', {
    location: 'westeurope',
    properties: {
      osType: 'Linux',
      osState: 'Generalized',
      hyperVGeneration: 'V1',
      identifier: { publisher: 'kiln', offer: 'public', sku: 'linux' },
    },
  });
  assert.ok(answer.status < 300, JSON.stringify(answer.body));
});
after(async () => {
  if (skip !== false) return;
  await kiln.stop();
  files.close();
});

/** One of each kind: half of the published templates differ by a comment or a name only. */
function choose(): Template[] {
  const kinds = new Map<string, Template>();
  for (const file of readdirSync(FOLDER).filter((name) => name.endsWith('.json'))) {
    const body = parse(readFileSync(path.join(FOLDER, file), 'utf8'));
    const { source, customize, distribute } = body?.properties ?? {};
    if (source?.type !== 'PlatformImage' || !Array.isArray(distribute)) continue;
    const steps = (customize ?? []).map((step: any) => `${step.type}${step.scriptUri ? ':uri' : ''}`);
    if (!steps.every((step: string) => /^(shell|file)(:uri)?$/i.test(step))) continue;
    const targets = distribute.map((target: any) => target.type);
    const spelling = (customize ?? []).flatMap((step: any) => Object.keys(step));
    const kind = JSON.stringify([body.apiVersion, ...[steps, targets, spelling].map(distinct)]);
    if (!kinds.has(kind)) kinds.set(kind, { file, body });
  }
  return [...kinds.values()];
}

function distinct(names: readonly string[]): string[] {
  return [...new Set(names)].toSorted();
}

function parse(text: string): any {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The marketplace images that the templates build from, most of them long gone from the real one. */
function sources(): object[] {
  const images = chosen.map(({ body }) => {
    const { publisher, offer, sku, version } = body.properties.source;
    return {
      publisher,
      offer,
      sku,
      version: /^\d+(\.\d+){2}$/.test(version) ? version : '1.0.0',
      generation: 'V1',
      osType: 'Linux',
    };
  });
  return [...new Map(images.map((image) => [JSON.stringify(image).toLowerCase(), image])).values()];
}

/** Puts what is particular to somebody's subscription into terms of the local one; the rest stays as it was written. */
function fitted({ body }: Template, name: string): any {
  const { subscriptionId } = kiln.endpoints;
  const inGroup = (rest: string) =>
    `/subscriptions/${subscriptionId}/resourceGroups/images/providers/${rest}`;
  const { location: _location, type: _type, apiVersion: _version, ...rest } = structuredClone(body);
  const properties = {
    ...rest.properties,
    customize: rest.properties.customize?.map(fitStep),
    distribute: rest.properties.distribute.map((target: any, index: number) => {
      const runOutputName = `${name}-${index}`;
      if (/^sharedimage$/i.test(target.type)) {
        const galleryImageId = inGroup('Microsoft.Compute/galleries/goldens/images/public-linux');
        const regions = target.targetRegions
          ? { targetRegions: [{ ...target.targetRegions[0], name: 'westeurope' }] }
          : { replicationRegions: ['westeurope'] };
        return { ...target, ...regions, galleryImageId, runOutputName };
      }
      if (/^vhd$/i.test(target.type)) return { ...target, runOutputName };
      const imageId = inGroup(`Microsoft.Compute/images/${name}-${index}`);
      return { ...target, imageId, location: 'westeurope', runOutputName };
    }),
  };
  // A network of its owner's, an address of theirs and a size are theirs alone.
  delete properties.vmProfile?.vnetConfig;
  delete properties.stagingResourceGroup;
  const identity = inGroup('Microsoft.ManagedIdentity/userAssignedIdentities/builder');
  return {
    ...rest,
    location: 'westeurope',
    ...(rest.identity && { identity: { type: 'UserAssigned', userAssignedIdentities: { [identity]: {} } } }),
    properties,
  };
}

function fitStep(step: any): any {
  const local = (uri: string) =>
    uri.startsWith('http')
      ? `${origin}/${uri.replace(/^https?:\/\//, '').split('?')[0]}`
      : `${origin}/script`;
  const fitted = { ...step };
  for (const field of ['scriptUri', 'script', 'sourceUri'])
    if (step[field]) fitted[field] = local(step[field]);
  const uri = fitted.scriptUri ?? fitted.script ?? fitted.sourceUri;
  if (step.sha256Checksum && uri !== undefined)
    fitted.sha256Checksum = createHash('sha256')
      .update(standIn(new URL(uri).pathname))
      .digest('hex');
  return fitted;
}

function settled({ body }: { body: any }): any {
  return body.properties?.provisioningState === 'Creating' ? undefined : body.properties;
}

async function build(template: Template, index: number): Promise<string> {
  const name = `public-${index}`;
  const version = /^\d{4}-\d{2}-\d{2}(-preview)?$/.test(template.body.apiVersion)
    ? template.body.apiVersion
    : '2024-02-01';
  const url = `${kiln.endpoints.api}${kiln.templatePath}/${name}?api-version=${version}`;
  const put = await kiln.api('PUT', url, fitted(template, name));
  if (put.status >= 300) return `${template.file} (${version}): ${put.status} ${JSON.stringify(put.body)}`;
  const accepted = await kiln
    .until('submission', async () => settled(await kiln.api('GET', `${kiln.templatePath}/${name}`)), 60)
    .catch((error: unknown) => ({ provisioningState: String(error).slice(0, 80) }));
  if (accepted.provisioningState !== 'Succeeded')
    return `${template.file} (${version}): ${JSON.stringify(accepted)}`;
  const run = await kiln
    .run(name, 240)
    .catch((error: unknown) => ({ state: 'none', message: String(error) }));
  return run.state === 'Succeeded' ? '' : `${template.file} (${version}): ${run.state} ${run.message}`;
}

test(
  'published Linux templates go through the whole build, each in its own api-version',
  { skip, timeout: 400_000 },
  async (t) => {
    assert.ok(chosen.length >= 12, `only ${chosen.length} kinds of templates were found`);
    const waiting = [...chosen.entries()];
    const problems: string[] = [];
    const worker = async () => {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
        const problem = await build(next[1], next[0]);
        if (problem !== '') problems.push(problem);
      }
    };
    await Promise.all(Array.from({ length: 6 }, worker));
    t.diagnostic(`${chosen.length} templates, ${served.size} files served by the stand-in`);
    assert.deepEqual(problems, []);
    assert.ok(served.size > 3);
  },
);
