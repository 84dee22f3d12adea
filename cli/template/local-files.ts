import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { open, realpath } from 'node:fs/promises';
import path from 'node:path';
import { isObject } from '../api/json.ts';
import { refuse } from '../errors.ts';
import { formatBytes } from '../output/duration.ts';

export type Artifact = { readonly file: string; readonly sha256: string; readonly bytes: Uint8Array };

/** Fields of customizers and validators that name something to fetch. */
const FETCHED = new Set(['scriptUri', 'sourceUri']);

/** A scheme such as `https:`; everything without one is a path relative to the template. */
const hasScheme = (uri: string): boolean => /^[A-Za-z][A-Za-z0-9+.-]+:/.test(uri);

/** Folders that a template may take files from; the first is its own. */
export type Allowed = readonly [string, ...string[]];

/**
 * Finds local files in `customize` and `validate`, and returns the template with each replaced by its content address.
 * All files that cannot be used are reported at once, each with its JSON pointer.
 */
export async function collectLocalFiles(
  template: unknown,
  folders: Allowed,
): Promise<{ template: unknown; artifacts: Artifact[] }> {
  const [folder] = folders;
  const allowed = await Promise.all(folders.map((one) => realpath(one)));
  const artifacts = new Map<string, Artifact>();
  const problems: string[] = [];

  const replace = async (uri: string, owner: object, pointer: string): Promise<string> => {
    const found = await read(path.resolve(folder, uri), allowed);
    if ('problem' in found) {
      problems.push(`${pointer}  ${found.problem}`);
      return uri;
    }
    const { bytes } = found;
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    const wanted = 'sha256Checksum' in owner ? owner.sha256Checksum : '';
    if (typeof wanted === 'string' && wanted !== '' && wanted.toLowerCase() !== sha256)
      problems.push(`${pointer}  ${uri} has the checksum ${sha256}, not ${wanted}`);
    artifacts.set(sha256, { file: uri, sha256, bytes });
    return `kiln-artifact://sha256/${sha256}`;
  };

  const visit = async (value: unknown, pointer: string): Promise<unknown> => {
    if (Array.isArray(value))
      return Promise.all(value.map((item, index) => visit(item, `${pointer}/${index}`)));
    if (!isObject(value)) return value;
    const entries = Object.entries(value).map(async ([key, item]) => {
      const at = `${pointer}/${key}`;
      const isLocal = FETCHED.has(key) && typeof item === 'string' && item !== '' && !hasScheme(item);
      return [key, isLocal ? await replace(item, value, at) : await visit(item, at)] as const;
    });
    return Object.fromEntries(await Promise.all(entries));
  };

  const result = await visitBuildSteps(template, visit);
  if (problems.length > 0) throw refuse('The template names files that cannot be used.', WAY, problems);
  return { template: result, artifacts: [...artifacts.values()] };
}

const WAY =
  'Name plain files, from the folder of the template on: of a folder make an archive; for another folder pass --allow-files.';

/**
 * A template may be of somebody else, and its author must not choose what is uploaded from here: no file outside of the
 * folders, whatever links lead there, and none that is no plain file.
 */
async function read(
  file: string,
  allowed: readonly string[],
): Promise<{ readonly bytes: Buffer } | { readonly problem: string }> {
  const real = await realpath(file).catch(() => undefined);
  const none = { problem: `there is no readable file ${file}` };
  if (real === undefined) return none;
  if (!allowed.some((folder) => isBelow(real, folder)))
    return { problem: `${real} is outside of the template's folder; --allow-files <folder> allows another` };
  // Opened by its real name: a link that is changed meanwhile leads nowhere new.
  const flags = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);
  const handle = await open(real, flags).catch(() => undefined);
  if (handle === undefined) return none;
  try {
    const stats = await handle.stat();
    if (!stats.isFile()) return none;
    return stats.size > MAX_BYTES
      ? { problem: tooLarge(file, stats.size) }
      : { bytes: await handle.readFile() };
  } finally {
    await handle.close();
  }
}

/** What the service takes; told here, where the file has a name. */
const MAX_BYTES = 20 * 1024 * 1024;

const tooLarge = (file: string, bytes: number): string =>
  `${file} has ${formatBytes(bytes)}, and a step takes ${formatBytes(MAX_BYTES)} at most; let a script in the machine download it`;

function isBelow(file: string, folder: string): boolean {
  const way = path.relative(folder, file);
  return way !== '' && !path.isAbsolute(way) && way.split(path.sep)[0] !== '..';
}

/** Only what runs in the guest comes from the user's folder; a source ISO is far too large to be sent this way. */
async function visitBuildSteps(
  template: unknown,
  visit: (value: unknown, pointer: string) => Promise<unknown>,
): Promise<unknown> {
  if (!isObject(template) || !isObject(template['properties'])) return template;
  const properties: Record<string, unknown> = { ...template['properties'] };
  for (const part of ['customize', 'validate'])
    if (part in properties) properties[part] = await visit(properties[part], `/properties/${part}`);
  return { ...template, properties };
}
