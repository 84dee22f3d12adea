import { list, object, text, type JsonObject } from '../../api/json.ts';
import { below, type Notes } from '../notes.ts';
import { beforeGeneralizing, generalizes } from './generalizing.ts';

/** Local files beside the Packer file, as far as they can be looked at. */
export type LocalFiles = {
  readonly kind: (path: string) => 'file' | 'folder' | 'absent';
  readonly text: (path: string) => string | undefined;
};

export type Context = {
  readonly notes: Notes;
  readonly isWindows: boolean;
  /** A path beside the Packer file as a path beside the template. */
  readonly file: (path: string) => string;
  readonly local?: LocalFiles;
};

export type Translate = (fields: JsonObject, pointer: string, context: Context) => JsonObject[];

/** Packer takes one text where it takes a list. */
export const texts = (value: unknown): string[] =>
  (typeof value === 'string' ? [value] : list(value)).map(String);

/** One step for the lines, or one for each script. */
export function scripts(
  fields: JsonObject,
  pointer: string,
  context: Context,
  base: JsonObject,
): JsonObject[] {
  const lines = texts(fields['inline']);
  if (lines.length > 0 && ('script' in fields || 'scripts' in fields))
    context.notes.add(
      'untranslated',
      pointer,
      'Packer takes lines or scripts, not both; the scripts are left out.',
    );
  if (lines.length > 0) return inlineStep(lines, below(pointer, 'inline'), context, base);
  const one = text(fields['script']);
  const files = one === undefined ? texts(fields['scripts']) : [one];
  if (files.length === 0) context.notes.add('untranslated', pointer, 'There are no lines and no script.');
  return files.map((script) => {
    if (generalizes(context.local?.text(script) ?? '')) {
      const message = `${script} generalizes the machine. Kiln does that after the last step: take those lines out of it.`;
      context.notes.add('untranslated', pointer, message);
    }
    return { ...base, scriptUri: context.file(script) };
  });
}

function inlineStep(
  lines: readonly string[],
  pointer: string,
  { notes }: Context,
  base: JsonObject,
): JsonObject[] {
  const kept = beforeGeneralizing(lines);
  if (kept.without.length > 0)
    notes.add(
      'left-out',
      pointer,
      `Kiln generalizes the machine after the last step by itself, without: ${kept.without.map((part) => part.trim()).join(' · ')}`,
    );
  if (kept.lost.length > 0)
    notes.add(
      'untranslated',
      pointer,
      `It comes after the machine was generalized and was not translated: ${kept.lost.join(' · ')}`,
    );
  return kept.lines.length === 0 ? [] : [{ ...base, inline: kept.lines }];
}

/** `NAME=value` texts, or an object of them, as the `environment` of a step. */
export function environment(fields: JsonObject, pointer: string, { notes }: Context): JsonObject {
  const [first, second] = [fields['environment_vars'], fields['env']];
  const pairs = [...pairsOf(first), ...pairsOf(second)];
  const named = pairs.filter(([name]) => /^[A-Za-z_]\w*$/.test(name));
  for (const [name] of pairs.filter((pair) => !named.includes(pair)))
    notes.add('untranslated', below(pointer, 'environment_vars'), `"${name}" is no name of a variable.`);
  return named.length === 0 ? {} : { environment: Object.fromEntries(named) };
}

function pairsOf(given: unknown): (readonly [string, string])[] {
  if (typeof given === 'string' || Array.isArray(given)) return texts(given).map(splitPair);
  return Object.entries(object(given)).map(([name, value]) => [name, String(value)]);
}

function splitPair(pair: string): readonly [string, string] {
  const at = pair.indexOf('=');
  return at === -1 ? [pair, ''] : [pair.slice(0, at), pair.slice(at + 1)];
}

/** Packer's tries and time for a step. https://developer.hashicorp.com/packer/docs/templates/legacy_json_templates/provisioners */
export function retries(fields: JsonObject): JsonObject {
  const tries = Number(fields['max_retries'] ?? 0);
  const timeout = text(fields['timeout']);
  return {
    ...(Number.isInteger(tries) && tries > 0 && { retry: { attempts: tries + 1 } }),
    ...(timeout !== undefined && { timeout }),
  };
}
