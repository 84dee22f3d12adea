import path from 'node:path';
import { isObject, object, text, type JsonObject } from '../api/json.ts';
import { refuse } from '../errors.ts';
import { Deployment, isImageTemplate, type FoundTemplate } from './deployment.ts';
import { Fit } from './fit.ts';
import { below, Notes, type Note } from './notes.ts';
import type { Place } from './old-shapes.ts';
import { asWritten, hasOpenPart, OpenValues, openTokens, shown } from './open-values.ts';
import { isPacker, readPacker } from './packer/read-packer.ts';
import type { LocalFiles } from './packer/step-parts.ts';

export type ImportOptions = {
  /** Values of parameters, variables and placeholders; of a parameter file also other than texts. */
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly subscription?: string;
  readonly resourceGroup?: string;
  readonly location?: string;
  readonly unique?: string;
  /** Name of the template when the file tells none. */
  readonly fallbackName: string;
  /** A path beside the source file as a path beside the result. */
  readonly file: (path: string) => string;
  /** Files beside the source file; absent: they cannot be looked at. */
  readonly local?: LocalFiles;
};

export type Imported = {
  readonly kind: 'image template' | 'ARM deployment' | 'Packer template';
  readonly templates: readonly {
    readonly name: string;
    readonly pointer: string;
    readonly template: JsonObject;
  }[];
  readonly notes: readonly Note[];
  /** Placeholders that `kiln build` must be given with --var. */
  readonly open: readonly string[];
};

/** Turns the JSON of another tool into templates for Kiln. Throws a refusal when there is nothing to import in it. */
export function importDocument(document: unknown, options: ImportOptions): Imported {
  if (!isObject(document)) throw refuse('The file holds no JSON object.');
  const notes = new Notes();
  const texts = Object.entries(options.parameters).map(([key, value]) => [key, asText(value)] as const);
  const open = new OpenValues(Object.fromEntries(texts), notes);
  const place = {
    subscription: options.subscription ?? open.ask('subscription', '', ''),
    resourceGroup: options.resourceGroup ?? open.ask('resourceGroup', '', ''),
  };
  const context = { notes, open, place, options };
  const { kind, found } = findTemplates(document, context);
  const fit = new Fit(notes, place);
  const templates = found.map(({ resource, pointer }, index) => {
    const tokens = object(openTokens(resource, pointer, open));
    const name = nameOf(tokens, index, options.fallbackName);
    if (hasOpenPart(tokens['name']))
      notes.add('changed', below(pointer, 'name'), namedAfterFile(tokens, name));
    const template = { name, ...object(asWritten(fit.template(tokens, pointer))) };
    return { name, pointer, template };
  });
  const written = JSON.stringify(templates.map(({ template }) => template));
  const isUsed = (name: string): boolean => written.includes(`{{${name}}}`);
  const used = notes.all.filter(({ names }) => names === undefined || names.some(isUsed));
  return { kind, templates: distinct(templates), notes: used, open: open.names.filter(isUsed) };
}

type Context = { notes: Notes; open: OpenValues; place: Place; options: ImportOptions };

function findTemplates(
  document: JsonObject,
  context: Context,
): { kind: Imported['kind']; found: FoundTemplate[] } {
  if (isPacker(document))
    return {
      kind: 'Packer template',
      found: nonEmpty(readPacker(document, { ...context, ...localOf(context.options) })),
    };
  if ('resources' in document)
    return { kind: 'ARM deployment', found: nonEmpty(deployment(document, context)) };
  const type = text(document['type']);
  if (isObject(document['properties']) && (type === undefined || isImageTemplate(type)))
    return { kind: 'image template', found: [{ resource: document, pointer: '' }] };
  if ('source' in document && 'build' in document)
    throw refuse(
      "The file is Packer's HCL, written as JSON.",
      'It is not read. docs/migrate.md shows which field goes where.',
    );
  throw refuse(
    'The file is no image template, no ARM deployment and no Packer template.',
    'An image template has `properties`, a deployment `resources`, a Packer template `builders`.',
  );
}

function localOf({ file, local }: ImportOptions): Pick<ImportOptions, 'file' | 'local'> {
  return { file, ...(local && { local }) };
}

function deployment(document: JsonObject, { notes, open, place, options }: Context): FoundTemplate[] {
  const azure = {
    subscriptionId: place.subscription,
    resourceGroup: place.resourceGroup,
    location: () =>
      options.location ??
      open.ask('location', '', 'the location of the resource group; --location sets it now'),
    unique: options.unique,
  };
  const given = Object.entries(options.parameters).map(([key, value]) => [key.toLowerCase(), value] as const);
  return new Deployment(document, { notes, open, place: azure }, new Map(given)).templates();
}

function nonEmpty(found: FoundTemplate[]): FoundTemplate[] {
  if (found.length > 0) return found;
  throw refuse('There is no image template in the file.');
}

/** Names of templates are letters, digits, `_`, `.` and `-`; one that is not known yet cannot be written into the file. */
function nameOf(resource: JsonObject, index: number, fallback: string): string {
  const own = text(resource['name']);
  const usable = own !== undefined && !hasOpenPart(own) && /^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/.test(own);
  return usable ? own : index === 0 ? fallback : `${fallback}-${index + 1}`;
}

/** `kiln build` cannot fill in a name: it is the address of the template. */
function namedAfterFile({ name }: JsonObject, given: string): string {
  return `The name ${shown(text(name) ?? '')} is not known, so that the template is called ${given}. Another name: change it in the result, or import with --param or --name.`;
}

/** Each name is also a file's. */
function distinct<T extends { name: string; template: JsonObject }>(templates: readonly T[]): T[] {
  const taken = new Set<string>();
  return templates.map((one) => {
    let { name } = one;
    for (let count = 2; taken.has(name.toLowerCase()); count += 1) name = `${one.name}-${count}`;
    taken.add(name.toLowerCase());
    return { ...one, name, template: { ...one.template, name } };
  });
}

const asText = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));

/** A parameter file of a deployment: `{"parameters": {"name": {"value": …}}}`, or the object of values alone. */
export function readParameterFile(document: unknown, file: string): Record<string, unknown> {
  if (!isObject(document)) throw refuse(`${file} holds no JSON object.`);
  const given = isObject(document['parameters']) ? document['parameters'] : document;
  return Object.fromEntries(
    Object.entries(given).flatMap(([name, value]) => {
      if (name.startsWith('$') || name === 'contentVersion') return [];
      if (isObject(value) && 'reference' in value)
        throw refuse(
          `${file}: ${below('/parameters', name)} is a secret in a key vault.`,
          `Leave it out; the template then asks for it with {{${name}}}.`,
        );
      return [[name, isObject(value) && 'value' in value ? value['value'] : value]];
    }),
  );
}

/** `images/web.template.json` → `web`; characters that no name may have become hyphens. */
export function fallbackName(file: string): string {
  const base = path.basename(file).replace(/(\.(template|pkr))?\.jsonc?$/i, '');
  return (
    base
      .replaceAll(/[^A-Za-z0-9_.-]+/g, '-')
      .replaceAll(/^[^A-Za-z0-9]+/g, '')
      .slice(0, 64) || 'template'
  );
}
