import { existsSync, readFileSync, statSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Command } from 'commander';
import { EXIT, refuse, type ExitCode } from '../errors.ts';
import { fallbackName, importDocument, readParameterFile, type Imported } from '../import/import-file.ts';
import type { Note, NoteLevel } from '../import/notes.ts';
import type { LocalFiles } from '../import/packer/step-parts.ts';
import { makeFolder } from '../output/make-folder.ts';
import { Output } from '../output/output.ts';
import { formatTable } from '../output/table.ts';

import { refuseName } from '../api/template-id.ts';
import { parseVariables } from '../template/placeholders.ts';
import { readSource } from '../template/read-source.ts';
import { collect } from './common.ts';

type ImportCommandOptions = {
  readonly output?: string;
  readonly param: readonly string[];
  readonly parameters?: string;
  readonly subscription?: string;
  readonly resourceGroup?: string;
  readonly location?: string;
  readonly unique?: string;
  readonly name?: string;
  readonly json?: boolean;
};

export function registerImport(program: Command): void {
  program
    .command('import')
    .description(
      'turn an Azure VM Image Builder template, an ARM deployment or a Packer template into one for Kiln',
    )
    .argument('<file>', 'the file as JSON; comments are allowed')
    .option('-o, --output <path>', 'file for the template, or a folder for several (default: stdout)')
    .option(
      '--param <name=value>',
      'value of a parameter, variable or <placeholder>; repeatable',
      collect,
      [],
    )
    .option('--parameters <file>', 'parameter file of an ARM deployment')
    .option('--subscription <id>', 'write it into the template instead of {{subscription}}')
    .option('-g, --resource-group <name>', 'write it into the template instead of {{resourceGroup}}')
    .option('--location <region>', 'what resourceGroup().location is')
    .option('--unique <text>', 'what uniqueString() is: its algorithm is not published')
    .option('--name <name>', 'name of the template when the file tells none')
    .option('--json', 'templates and notes as one JSON document on stdout')
    .action(async (file: string, options: ImportCommandOptions) => {
      process.exitCode = await importFile(file, options);
    });
}

async function importFile(file: string, options: ImportCommandOptions): Promise<ExitCode> {
  if (options.name !== undefined) refuseName(options.name);
  const out = new Output(options.json === undefined ? {} : { json: options.json });
  const fromFile =
    options.parameters === undefined
      ? {}
      : readParameterFile((await readSource(options.parameters)).value, options.parameters);
  const folder = options.output === undefined ? '.' : folderOf(options.output);
  const { output: _o, param, parameters: _p, name, json: _j, ...place } = options;
  const imported = importDocument((await readSource(file)).value, {
    ...place,
    parameters: { ...fromFile, ...parseVariables(param) },
    fallbackName: name ?? fallbackName(file),
    file: (given) => relativeTo(folder, path.dirname(file), given),
    local: localFiles(path.dirname(file)),
  });
  if (options.json === true) out.result([], imported);
  else await deliver(out, imported, options.output);
  tell(out, imported);
  return imported.notes.some(({ level }) => level === 'untranslated')
    ? EXIT.partiallySucceeded
    : EXIT.succeeded;
}

const isFile = (output: string): boolean => /\.jsonc?$/i.test(output);
const folderOf = (output: string): string => (isFile(output) ? path.dirname(output) : output);

/** Local files stay where they are; URLs and absolute paths too. */
function relativeTo(folder: string, sourceFolder: string, given: string): string {
  if (/^[A-Za-z][\w+.-]+:/.test(given) || path.isAbsolute(given)) return given;
  const relative = path.relative(folder, located(sourceFolder, given)).replaceAll('\\', '/');
  return relative.startsWith('.') ? relative : `./${relative}`;
}

/** Packer takes paths from the folder that it is started in; most people start it in the folder of the file. */
function located(sourceFolder: string, given: string): string {
  const beside = path.join(sourceFolder, given);
  return !existsSync(beside) && existsSync(given) ? given : beside;
}

function localFiles(sourceFolder: string): LocalFiles {
  const at = (given: string): string => (path.isAbsolute(given) ? given : located(sourceFolder, given));
  const kind: LocalFiles['kind'] = (given) => {
    const found = statSync(at(given), { throwIfNoEntry: false });
    return found === undefined ? 'absent' : found.isDirectory() ? 'folder' : 'file';
  };
  return { kind, text: (given) => (kind(given) === 'file' ? readFileSync(at(given), 'utf8') : undefined) };
}

async function deliver(out: Output, { templates }: Imported, output: string | undefined): Promise<void> {
  const names = templates.map(({ name }) => name).join(', ');
  if (templates.length > 1 && (output === undefined || isFile(output)))
    throw refuse(
      `The file holds ${templates.length} templates: ${names}.`,
      'Name a folder for them with --output.',
    );
  for (const { name, template } of templates) {
    const text = JSON.stringify(template, undefined, 2);
    if (output === undefined) {
      out.document(text);
      continue;
    }
    makeFolder(folderOf(output));
    const target = isFile(output) ? output : path.join(output, `${name}.json`);
    await writeFile(target, `${text}\n`);
    out.say(`wrote ${target}`);
  }
}

const HEADINGS: readonly (readonly [NoteLevel, string])[] = [
  ['untranslated', 'Not translated – look at each of these'],
  ['open', 'Values to give with --var when building, or with --param now'],
  ['changed', 'Read in another way than it is written'],
  ['left-out', 'Left out, nothing is lost'],
];

function tell(out: Output, { notes, kind, open, templates }: Imported): void {
  out.say(`${kind} with ${templates.length} image template${templates.length === 1 ? '' : 's'}.`);
  for (const [level, heading] of HEADINGS) {
    const found = notes.filter((note) => note.level === level);
    if (found.length > 0) out.say('', `${heading}:`, ...formatTable(found.map(row)));
  }
  if (open.length > 0) out.say('', `kiln build FILE ${open.map((name) => `--var ${name}=…`).join(' ')}`);
}

const row = ({ pointer, message }: Note): string[] => [`  ${pointer === '' ? '/' : pointer}`, message];
