import path from 'node:path';
import { isObject, text } from '../api/json.ts';
import { refuse } from '../errors.ts';
import { collectLocalFiles, type Artifact } from './local-files.ts';
import { fillPlaceholders, refuseUnused } from './placeholders.ts';
import { readSource, refuseOtherTools } from './read-source.ts';

export type TemplateFile = {
  readonly name: string;
  /** As the API takes it: no `name`, no placeholders, no local paths. */
  readonly body: unknown;
  readonly artifacts: readonly Artifact[];
  /** True when comments or trailing commas had to be removed. */
  readonly relaxed: boolean;
};

export type ReadOptions = {
  readonly name?: string;
  /** Folders besides the template's own that it may take files from. */
  readonly allowFiles?: readonly string[];
  /** Names of the values that the user gave, which must be of use. */
  readonly given?: readonly string[];
};

const NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/;

/** Reads a template file. Its name is, in this order: the given one, the `name` in the file, the file's own name. */
export async function readTemplate(
  file: string,
  values: Readonly<Record<string, string>>,
  options: ReadOptions = {},
): Promise<TemplateFile> {
  const { value, relaxed } = await readSource(file);
  if (!isObject(value))
    throw refuse(
      `${file} holds no JSON object.`,
      'A template is {"location": …, "properties": {…}}; docs/template.md has its fields.',
    );
  refuseOtherTools(value, file);
  const { name: ownName, ...rest } = value;
  const name = options.name ?? text(ownName) ?? path.basename(file).replace(/(\.template)?\.jsonc?$/i, '');
  if (!NAME.test(name))
    throw refuse(
      `"${name}" cannot be a template name: letters, digits, "_", "." and "-", at most 64.`,
      'Give it one with --name.',
    );
  refuseUnused(options.given ?? [], rest);
  const filled = fillPlaceholders(rest, values);
  const folder = path.dirname(path.resolve(file));
  const { template, artifacts } = await collectLocalFiles(filled, [folder, ...(options.allowFiles ?? [])]);
  return { name, body: template, artifacts, relaxed };
}
