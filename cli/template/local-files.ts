import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { isObject } from '../api/json.ts';
import { refuse } from '../errors.ts';

export type Artifact = { readonly file: string; readonly sha256: string; readonly bytes: Uint8Array };

/** Fields of customizers and validators that name something to fetch. */
const FETCHED = new Set(['scriptUri', 'sourceUri']);

/** A scheme such as `https:`; everything without one is a path relative to the template. */
const hasScheme = (uri: string): boolean => /^[A-Za-z][A-Za-z0-9+.-]+:/.test(uri);

/**
 * Finds local files in `customize` and `validate`, and returns the template with each replaced by its content address.
 * All missing files are reported at once, each with its JSON pointer.
 */
export async function collectLocalFiles(
  template: unknown,
  folder: string,
): Promise<{ template: unknown; artifacts: Artifact[] }> {
  const artifacts = new Map<string, Artifact>();
  const problems: string[] = [];

  const replace = async (uri: string, owner: object, pointer: string): Promise<string> => {
    const bytes = await readFile(path.resolve(folder, uri)).catch(() => undefined);
    if (bytes === undefined) {
      problems.push(`${pointer}  there is no readable file ${path.join(folder, uri)}`);
      return uri;
    }
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
  if (problems.length > 0) throw refuse('The template names files that cannot be used.', undefined, problems);
  return { template: result, artifacts: [...artifacts.values()] };
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
