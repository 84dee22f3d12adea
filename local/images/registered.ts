import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { LocalImage } from '../machines/machine.ts';
import type { ImageFormat } from './image-file.ts';

/** An image that somebody registered in the configuration file. */
export type RegisteredImage = LocalImage & {
  /** Absolute. */
  readonly file: string;
  readonly format: ImageFormat;
  readonly sha256?: string;
};

const FORMATS: Readonly<Record<string, ImageFormat>> = {
  qcow2: 'qcow2',
  raw: 'raw',
  img: 'raw',
  vhd: 'vpc',
  vpc: 'vpc',
};
const FIELDS = ['urn', 'version', 'generation', 'osType', 'file', 'format', 'sha256'];

/** Reads a configuration file. Throws with every problem in it, one per line. */
export async function readRegisteredImages(configFile: string): Promise<RegisteredImage[]> {
  const text = await readFile(configFile, 'utf8').catch((cause: unknown) => {
    throw new Error(`the image list ${configFile} cannot be read`, { cause });
  });
  return parseRegisteredImages(text, configFile);
}

/** The file's format: {"images": [{urn, version, generation, osType, file, format?, sha256?}]}; paths are relative to it. */
export function parseRegisteredImages(text: string, configFile: string): RegisteredImage[] {
  const problems: string[] = [];
  const images = entriesOf(text, configFile).flatMap((entry, index) => {
    const found = problemsOf(entry);
    problems.push(...found.map((problem) => `images[${index}]${problem}`));
    return found.length === 0 ? [toImage(entry, dirname(configFile))] : [];
  });
  const names = images.map((image) =>
    [image.publisher, image.offer, image.sku, image.version].join(':').toLowerCase(),
  );
  for (const [index, name] of names.entries())
    if (names.indexOf(name) < index) problems.push(`images: ${name} is registered twice`);
  if (problems.length > 0) throw new Error(`${configFile}:\n${problems.join('\n')}`);
  return images;
}

type Entry = Readonly<Record<string, unknown>>;

function entriesOf(text: string, configFile: string): Entry[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new Error(`${configFile} is not JSON: ${cause instanceof Error ? cause.message : ''}`, { cause });
  }
  const images: unknown = isEntry(value) ? value['images'] : undefined;
  if (!Array.isArray(images)) throw new Error(`${configFile} needs a list: {"images": [...]}`);
  return images.map((image: unknown) => (isEntry(image) ? image : {}));
}

function isEntry(value: unknown): value is Entry {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function problemsOf(entry: Entry): string[] {
  const rules: [field: string, pattern: RegExp, wanted: string, optional?: boolean][] = [
    ['urn', /^[\w.-]+:[\w.-]+:[\w.-]+$/, '"Publisher:offer:sku"'],
    ['version', /^\d+\.\d+\.\d+$/, 'three numbers, for example "1.0.0"'],
    ['generation', /^V[12]$/, '"V1" (BIOS) or "V2" (UEFI)'],
    ['osType', /^(?:Linux|Windows)$/, '"Linux" or "Windows"'],
    ['file', /./, 'the path of the disk file'],
    ['format', /^(?:qcow2|raw|vpc|vhd)$/, '"qcow2", "raw" or "vhd"', true],
    ['sha256', /^[0-9a-f]{64}$/i, '64 hexadecimal digits', true],
  ];
  const wrong = rules
    .filter(([field, pattern, , optional]) => {
      const value = entry[field];
      if (value === undefined) return optional !== true;
      return typeof value !== 'string' || !pattern.test(value);
    })
    .map(([field, , wanted]) => `.${field} must be ${wanted}; it is ${JSON.stringify(entry[field])}`);
  const unknown = Object.keys(entry).filter((field) => !FIELDS.includes(field));
  const file = textOf(entry, 'file');
  const unclear = entry['format'] === undefined && file !== '' && formatOf(entry) === undefined;
  return [
    ...wrong,
    ...unknown.map((field) => `.${field} is not known; known are ${FIELDS.join(', ')}`),
    ...(unclear ? [`.format is needed: "${file}" ends in none of .${Object.keys(FORMATS).join(', .')}`] : []),
  ];
}

/** Called for entries without problems only. */
function toImage(entry: Entry, folder: string): RegisteredImage {
  const [publisher = '', offer = '', sku = ''] = textOf(entry, 'urn').split(':');
  const sha256 = textOf(entry, 'sha256').toLowerCase();
  return {
    publisher,
    offer,
    sku,
    version: textOf(entry, 'version'),
    generation: entry['generation'] === 'V1' ? 'V1' : 'V2',
    osType: entry['osType'] === 'Windows' ? 'Windows' : 'Linux',
    file: resolve(folder, textOf(entry, 'file')),
    format: formatOf(entry) ?? 'raw',
    ...(sha256 === '' ? {} : { sha256 }),
  };
}

function formatOf(entry: Entry): ImageFormat | undefined {
  const extension = /\.([^./]+)$/.exec(textOf(entry, 'file'))?.[1]?.toLowerCase() ?? '';
  return FORMATS[textOf(entry, 'format') || extension];
}

function textOf(entry: Entry, field: string): string {
  const value = entry[field];
  return typeof value === 'string' ? value : '';
}
