import { isObject, list, object, text, type JsonObject } from '../../api/json.ts';
import type { FoundTemplate } from '../deployment.ts';
import { below, type Notes } from '../notes.ts';
import type { Place } from '../old-shapes.ts';
import type { OpenValues } from '../open-values.ts';
import { Builder } from './builder.ts';
import { Interpolation } from './interpolate.ts';
import { provisioner } from './provisioners.ts';
import { texts, type LocalFiles } from './step-parts.ts';

type PackerContext = {
  readonly notes: Notes;
  readonly open: OpenValues;
  readonly place: Place;
  readonly file: (path: string) => string;
  readonly local?: LocalFiles;
};

export const isPacker = (document: JsonObject): boolean => Array.isArray(document['builders']);

/** A Packer template in JSON; one image template for each azure-arm builder. */
export function readPacker(document: JsonObject, context: PackerContext): FoundTemplate[] {
  const { notes, open } = context;
  const words = new Interpolation(document, open, notes);
  for (const [index] of list(document['post-processors']).entries())
    notes.add(
      'untranslated',
      below('/post-processors', index),
      'Post-processors have no counterpart; use the events of a run.',
    );
  // https://developer.hashicorp.com/packer/docs/templates/legacy_json_templates/provisioners#on-error-provisioner
  if ('error-cleanup-provisioner' in document)
    notes.add(
      'left-out',
      '/error-cleanup-provisioner',
      'It runs when a build fails; no image has anything of it.',
    );
  return list(document['builders']).flatMap((given, index) => {
    const pointer = below('/builders', index);
    if (!isObject(given) || given['type'] !== 'azure-arm') {
      const type = isObject(given) ? text(given['type']) : undefined;
      notes.add('untranslated', pointer, `The builder "${type ?? ''}" makes no image for Azure.`);
      return [];
    }
    const fields = words.value(given, pointer);
    return isObject(fields) ? [oneBuilder(document, fields, pointer, { ...context, words })] : [];
  });
}

function oneBuilder(
  document: JsonObject,
  fields: JsonObject,
  pointer: string,
  { notes, open, place, file, local, words }: PackerContext & { words: Interpolation },
): FoundTemplate {
  const builder = new Builder(fields, pointer, notes, place);
  const location = builder.location() ?? open.ask('location', pointer, 'the builder names no location');
  const name = text(fields['name']) ?? 'azure-arm';
  const steps = list(document['provisioners']).flatMap((given, index) => {
    const at = below('/provisioners', index);
    if (!isObject(given) || !isFor(given, name, at, notes)) return [];
    const { only: _only, except: _except, override: _own, execute_command: command, ...rest } = given;
    // Its braces are filled in by Packer at each script; whether it has sudo in it is all that is asked.
    const own = words.value(rest, at);
    const kept = {
      ...(isObject(own) ? own : {}),
      ...(command === undefined ? {} : { execute_command: command }),
    };
    return provisioner(kept, at, { notes, isWindows: builder.isWindows, file, ...(local && { local }) });
  });
  builder.noteTheRest();
  const distribute = builder.distribute();
  if (distribute.length === 0)
    notes.add('untranslated', pointer, 'The builder names no image to make; add a target to `distribute`.');
  const resource = {
    ...(text(fields['name']) === undefined ? {} : { name: fields['name'] }),
    location,
    properties: {
      source: builder.source(),
      customize: steps,
      distribute,
      vmProfile: builder.vmProfile(),
      additionalDataDisks: builder.dataDisks(),
    },
  };
  return { resource, pointer };
}

/** https://developer.hashicorp.com/packer/docs/templates/legacy_json_templates/provisioners#run-on-specific-builds */
function isFor(given: JsonObject, name: string, pointer: string, notes: Notes): boolean {
  const only = texts(given['only']);
  if (only.length > 0 && !only.includes(name)) return false;
  if (texts(given['except']).includes(name)) return false;
  if (name in object(given['override']))
    notes.add('untranslated', below(pointer, 'override'), 'Overrides for single builders are not read.');
  return true;
}
