import path from 'node:path';
import { text, type JsonObject } from '../../api/json.ts';
import type { Context, Translate } from './step-parts.ts';
import { texts } from './step-parts.ts';

/** https://developer.hashicorp.com/packer/docs/provisioners/file */
export const file: Translate = (fields, pointer, context) => {
  const one = text(fields['source']);
  const sources = one === undefined || one === '' ? texts(fields['sources']) : [one];
  const destination = text(fields['destination']) ?? '';
  const problem = problemOf(fields, sources, destination);
  if (problem !== undefined) {
    context.notes.add('untranslated', pointer, problem);
    return [];
  }
  return sources.flatMap((source) => fileStep(source, destination, pointer, context));
};

function problemOf(fields: JsonObject, sources: readonly string[], destination: string): string | undefined {
  if (fields['direction'] === 'download') return 'A download out of the machine has no counterpart.';
  if (sources.length === 0 || 'content' in fields) return 'Only a file that exists can be copied.';
  if (/^([A-Za-z]:)?[/\\]|^\$|^\{\{|^\uE000/.test(destination)) return undefined;
  return `The destination "${destination}" depends on the account of Packer's connection; write an absolute path.`;
}

function fileStep(source: string, destination: string, pointer: string, context: Context): JsonObject[] {
  if (/[/\\]$/.test(source) || context.local?.kind(source) === 'folder') {
    const message = `"${source}" is a folder. Folders are not copied; pack it into one file and unpack it in a step.`;
    context.notes.add('untranslated', pointer, message);
    return [];
  }
  // Into a folder: under the name that it has.
  const target = /[/\\]$/.test(destination) ? `${destination}${path.basename(source)}` : destination;
  return [{ type: 'File', sourceUri: context.file(source), destination: target }];
}
