import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { LocalImage } from '../machines/machine.ts';

/** A disk file that the user offers under a URN. */
export type RegisteredImage = LocalImage & {
  readonly file: string;
  readonly format: 'qcow2' | 'raw' | 'vpc';
  readonly sha256?: string;
};

const FORMATS = { '.qcow2': 'qcow2', '.vhd': 'vpc', '.raw': 'raw', '.img': 'raw' } as const;
const FIELDS = ['urn', 'version', 'generation', 'osType', 'file', 'format', 'sha256'];

/**
 * Reads `{"images": [{"urn": "Contoso:base:gen2", "version": "1.0.0", "generation": "V2", "osType": "Linux",
 * "file": "base.vhd", "sha256": "…"}]}`. Paths are relative to the file. Throws every problem at once.
 */
export function readRegisteredImages(file: string): RegisteredImage[] {
  const problems: string[] = [];
  const images = listOf(parse(file)).map((entry, index) =>
    readImage(entry, path.dirname(file), (problem) => problems.push(`images[${index}]: ${problem}`)),
  );
  if (problems.length > 0) throw new Error(`${file} is not usable:\n${problems.join('\n')}`);
  return images;
}

function parse(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new Error(
      `${file} cannot be read as JSON: ${error instanceof Error ? error.message : String(error)}`,
      { cause: error },
    );
  }
}

function listOf(value: unknown): unknown[] {
  const list = isObject(value) ? value['images'] : undefined;
  if (!Array.isArray(list)) throw new Error('The file of registered images needs a list "images".');
  return list;
}

type Report = (problem: string) => void;

function readImage(entry: unknown, folder: string, report: Report): RegisteredImage {
  const fields = isObject(entry) ? entry : {};
  for (const name of Object.keys(fields))
    if (!FIELDS.includes(name)) report(`"${name}" is unknown; use ${FIELDS.join(', ')}`);
  const text = (name: string): string => {
    const value = fields[name];
    return typeof value === 'string' ? value : '';
  };
  const [publisher = '', offer = '', sku = '', ...more] = text('urn').split(':');
  if (sku === '' || more.length > 0) report(`urn "${text('urn')}" is not Publisher:offer:sku`);
  if (!/^\d+\.\d+\.\d+$/.test(text('version')))
    report(`version "${text('version')}" is not three integers such as 1.0.0`);
  const generation = text('generation') === 'V1' ? 'V1' : 'V2';
  if (text('generation') !== generation) report(`generation "${text('generation')}" is not V1 or V2`);
  const osType = text('osType') === 'Windows' ? 'Windows' : 'Linux';
  if (text('osType') !== osType) report(`osType "${text('osType')}" is not Linux or Windows`);
  const { file, format } = readFile(text, folder, report);
  const sha256 = text('sha256').toLowerCase();
  return {
    publisher,
    offer,
    sku,
    version: text('version'),
    generation,
    osType,
    file,
    format,
    ...(sha256 !== '' && { sha256 }),
  };
}

function readFile(
  text: (name: string) => string,
  folder: string,
  report: Report,
): Pick<RegisteredImage, 'file' | 'format'> {
  const file = path.resolve(folder, text('file'));
  if (text('file') === '' || !existsSync(file)) report(`file "${text('file')}" does not exist`);
  const byName = Object.entries(FORMATS).find(([ending]) => file.toLowerCase().endsWith(ending))?.[1];
  const given = Object.values(FORMATS).find((format) => format === text('format'));
  const format = given ?? byName;
  if (format === undefined || (text('format') !== '' && given === undefined))
    report(`format "${text('format')}" is not qcow2, vpc or raw`);
  return { file, format: format ?? 'raw' };
}

/** Throws when a registered file is not the one that its checksum names. */
export function verifyRegistered({ file, sha256 }: RegisteredImage): void {
  if (sha256 === undefined) return;
  const actual = createHash('sha256').update(readFileSync(file)).digest('hex');
  if (actual !== sha256)
    throw new Error(`${file} has SHA-256 ${actual}, not ${sha256} as it was registered.`);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
