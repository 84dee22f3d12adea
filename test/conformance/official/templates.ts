import { readFileSync } from 'node:fs';
import path from 'node:path';
import { DATA } from './swagger.ts';
import { SUBSCRIPTION } from '../../support/sample-templates.ts';

export type PublicTemplate = {
  readonly file: string;
  /** As declared, or the one that the real service took such templates for. */
  readonly version: string;
  /** Undefined: the text is no template, whatever is put in for its placeholders. */
  readonly body: unknown;
};

const FOLDER = path.join(DATA, 'templates');

/** Templates say their version, or leave it to a parameter; the walkthroughs of that time used this one. */
const USUAL_VERSION = '2020-02-14';

/** Every template of the index, with something sensible for each placeholder and expression. */
export function publicTemplates(): PublicTemplate[] {
  const [head = '', ...rows] = readFileSync(path.join(FOLDER, 'index.tsv'), 'utf8').trimEnd().split('\n');
  const names = head.split('\t');
  return rows.map((row) => {
    const cells = row.split('\t');
    const of = (name: string) => cells[names.indexOf(name)] ?? '';
    const document = parse(readFileSync(path.join(FOLDER, of('file')), 'utf8'));
    const body = document === undefined ? undefined : findTemplate(document);
    return {
      file: of('file'),
      version: versionOf(of('apiVersion'), document),
      body: body === undefined ? undefined : fill(body, '', { count: 0 }),
    };
  });
}

/** Written out, or the default of the parameter that the expression names. */
function versionOf(declared: string, document: any): string {
  const [, parameter = ''] = /^\[parameters\('([^']+)'\)\]$/.exec(declared) ?? [];
  const version: string = document?.parameters?.[parameter]?.defaultValue ?? declared;
  return /^\d{4}-\d\d-\d\d/.test(version) ? version : USUAL_VERSION;
}

/** Comments, trailing commas and tokens without quotes are what people keep in their templates. */
function parse(text: string): unknown {
  for (const attempt of [text, relaxed(text)])
    try {
      return JSON.parse(attempt);
    } catch {
      continue;
    }
  return undefined;
}

function relaxed(text: string): string {
  return text
    .replace(/^\uFEFF/, '')
    .replaceAll(/^\s*\/\/.*$/gm, '')
    .replaceAll(/([:,[]\s*)(<[A-Za-z]\w*>)(?=\s*[,}\]])/g, '$1"$2"')
    .replaceAll(/,(\s*[}\]])/g, '$1');
}

const TOKEN = /<([A-Za-z][A-Za-z0-9_ -]*)>/g;
/** Nothing but one placeholder, or an expression of a deployment template. */
const WHOLE = /^(?:<[A-Za-z][A-Za-z0-9_ -]*>|\[[\s\S]*\])$/;

/** A placeholder within a text: part of an id, mostly. Script lines keep their angle brackets. */
function withoutTokens(text: string, key: string): string {
  if (key === 'inline') return text;
  return text.replaceAll(TOKEN, (_, token: string) => {
    const name = token.toLowerCase();
    if (/subs?cription/.test(name)) return SUBSCRIPTION;
    if (/version/.test(name)) return '1.0.0';
    return name.replaceAll(/[^a-z0-9]/g, '').slice(0, 40) || 'value';
  });
}

/** The template itself, or the first one among the resources of a deployment. */
function findTemplate(document: any): unknown {
  if (typeof document !== 'object' || document === null) return undefined;
  if (typeof document.properties === 'object' && document.properties?.source !== undefined) return document;
  const nested: unknown = document.properties?.template;
  const resources: unknown[] = [...(Array.isArray(document.resources) ? document.resources : []), nested];
  return resources.map(findTemplate).find((found) => found !== undefined);
}

const group = `/subscriptions/${SUBSCRIPTION}/resourceGroups/group`;
const gallery = `${group}/providers/Microsoft.Compute/galleries/gallery/images/image`;
const identity = `${group}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/identity`;

/** What an expression stands for, by the field that it is the value of. */
const SAMPLES: Readonly<Record<string, unknown>> = {
  imageid: `${group}/providers/Microsoft.Compute/images/image`,
  galleryimageid: gallery,
  imageversionid: `${gallery}/versions/1.0.0`,
  subnetid: `${group}/providers/Microsoft.Network/virtualNetworks/net/subnets/subnet`,
  containerinstancesubnetid: `${group}/providers/Microsoft.Network/virtualNetworks/net/subnets/aci`,
  stagingresourcegroup: `${group}-staging`,
  userassignedidentities: { [identity]: {} },
  location: 'westus2',
  tags: {},
  artifacttags: {},
  customize: [{ type: 'Shell', inline: ['true'] }],
  inline: ['true'],
  distribute: [{ type: 'VHD', runOutputName: 'output' }],
  source: { type: 'PlatformImage', publisher: 'p', offer: 'o', sku: 's', version: 'latest' },
  version: 'latest',
  osdisksizegb: 127,
  buildtimeoutinminutes: 100,
  replicacount: 1,
  vmprofile: {},
  scripturi: 'https://example.com/script.sh',
  sourceuri: 'https://example.com/file',
  sha256checksum: 'a'.repeat(64),
  runelevated: true,
  runassystem: true,
  excludefromlatest: false,
};

/** Values that must differ within a template are counted. */
type Seen = { count: number };
const COUNTED = new Set(['runoutputname', 'replicationregions', 'name']);

function fill(value: unknown, key: string, seen: Seen): unknown {
  if (typeof value === 'string') return WHOLE.test(value) ? sample(key, seen) : withoutTokens(value, key);
  // An item of a list of expressions stands for an item of what the field is.
  if (Array.isArray(value))
    return value.map((item) => {
      const filled = fill(item, key, seen);
      return Array.isArray(filled) && typeof item === 'string' ? filled[0] : filled;
    });
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, field]) => [
      WHOLE.test(name) ? identity : withoutTokens(name, ''),
      fill(field, name, seen),
    ]),
  );
}

function sample(key: string, seen: Seen): unknown {
  const name = key.toLowerCase();
  if (COUNTED.has(name)) return `sample${(seen.count += 1)}`;
  return Object.hasOwn(SAMPLES, name) ? SAMPLES[name] : 'value';
}
