import { list, object, text, type JsonObject } from '../../api/json.ts';
import { below, type Notes } from '../notes.ts';

type Context = {
  readonly notes: Notes;
  readonly isWindows: boolean;
  /** A path beside the Packer file as a path beside the template. */
  readonly file: (path: string) => string;
};

type Translate = (fields: JsonObject, pointer: string, context: Context) => JsonObject[];

/** Kiln generalizes by itself; a build that has done so already cannot be reached by the next step. */
const GENERALIZES = /waagent\b.*-deprovision|sysprep(\.exe)?["']?\s+.*\/generalize/i;

/** Fields that a translation reads, beside `type`. */
const READ: Readonly<Record<string, readonly string[]>> = {
  shell: ['inline', 'script', 'scripts', 'environment_vars', 'execute_command', 'inline_shebang'],
  powershell: [
    'inline',
    'script',
    'scripts',
    'environment_vars',
    'elevated_user',
    'elevated_password',
    'valid_exit_codes',
  ],
  'windows-restart': ['restart_command', 'restart_check_command', 'restart_timeout'],
  'windows-update': ['search_criteria', 'filters', 'update_limit'],
  file: ['source', 'destination', 'direction', 'generated', 'content'],
};

/** Only how, not what. */
const HARMLESS = new Set([
  'expect_disconnect',
  'pause_before',
  'timeout',
  'max_retries',
  'remote_path',
  'remote_folder',
  'skip_clean',
]);

export function provisioner(fields: JsonObject, pointer: string, context: Context): JsonObject[] {
  const type = text(fields['type']) ?? '';
  const translate = Object.hasOwn(TRANSLATIONS, type) ? TRANSLATIONS[type] : undefined;
  if (translate === undefined) {
    const message = `The provisioner "${type}" has no counterpart; run it in a script of the template.`;
    context.notes.add('untranslated', pointer, message);
    return [];
  }
  for (const key of Object.keys(fields)) {
    if (key === 'type' || READ[type]?.includes(key)) continue;
    if (HARMLESS.has(key)) context.notes.add('left-out', below(pointer, key), `Kiln needs no ${key}.`);
    else context.notes.add('untranslated', below(pointer, key), `"${key}" has no counterpart here.`);
  }
  return translate(fields, pointer, context);
}

const shell: Translate = (fields, pointer, context) => {
  const command = text(fields['execute_command']);
  // Run commands run as root already, so that the usual wrapper with sudo says nothing new.
  if (command !== undefined)
    context.notes.add(
      /\bsudo\b/.test(command) ? 'left-out' : 'untranslated',
      below(pointer, 'execute_command'),
      /\bsudo\b/.test(command)
        ? 'Steps run as root already.'
        : `${command} is not used: the script is run as it is.`,
    );
  const base = { type: 'Shell', ...environment(fields, pointer, context) };
  return scripts(fields, pointer, context, base);
};

const powershell: Translate = (fields, pointer, context) => {
  const user = text(fields['elevated_user']);
  const base = {
    type: 'PowerShell',
    ...environment(fields, pointer, context),
    ...(user === undefined ? {} : { runElevated: true }),
    ...(/^(system|nt authority\\system)$/i.test(user ?? '') ? { runAsSystem: true } : {}),
    ...('valid_exit_codes' in fields ? { validExitCodes: fields['valid_exit_codes'] } : {}),
  };
  if ('elevated_password' in fields)
    context.notes.add(
      'left-out',
      below(pointer, 'elevated_password'),
      'An elevated step needs no password here.',
    );
  return scripts(fields, pointer, context, base);
};

const restart: Translate = (fields, _, { isWindows }) => [
  isWindows
    ? {
        type: 'WindowsRestart',
        restartCommand: fields['restart_command'],
        restartCheckCommand: fields['restart_check_command'],
        restartTimeout: fields['restart_timeout'],
      }
    : { type: 'LinuxRestart', restartTimeout: fields['restart_timeout'] },
];

const update: Translate = (fields) => [
  {
    type: 'WindowsUpdate',
    searchCriteria: fields['search_criteria'],
    filters: fields['filters'],
    updateLimit: fields['update_limit'],
  },
];

const file: Translate = (fields, pointer, context) => {
  const source = text(fields['source']) ?? '';
  const destination = text(fields['destination']) ?? '';
  const problem =
    fields['direction'] === 'download'
      ? 'A download out of the machine has no counterpart.'
      : source === '' || 'content' in fields
        ? 'Only a file that exists can be copied.'
        : /[/\\]$/.test(source) || /[/\\]$/.test(destination)
          ? 'Folders are not copied; pack them into one file and unpack it in a step.'
          : undefined;
  if (problem === undefined) return [{ type: 'File', sourceUri: context.file(source), destination }];
  context.notes.add('untranslated', pointer, problem);
  return [];
};

const TRANSLATIONS: Readonly<Record<string, Translate>> = {
  shell,
  powershell,
  'windows-restart': restart,
  'windows-update': update,
  file,
};

/** One step for the lines, or one for each script. */
function scripts(
  fields: JsonObject,
  pointer: string,
  { notes, file: beside }: Context,
  base: JsonObject,
): JsonObject[] {
  const lines = list(fields['inline']).map(String);
  if (lines.length > 0) {
    const kept = lines.filter((line) => !GENERALIZES.test(line));
    if (kept.length < lines.length)
      notes.add(
        'left-out',
        below(pointer, 'inline'),
        'Kiln generalizes the machine after the last step by itself.',
      );
    return kept.length === 0 ? [] : [{ ...base, inline: kept }];
  }
  const one = text(fields['script']);
  const files = one === undefined ? list(fields['scripts']).map(String) : [one];
  if (files.length === 0) notes.add('untranslated', pointer, 'There are no lines and no script.');
  return files.map((script) => ({ ...base, scriptUri: beside(script) }));
}

/** `NAME=value` texts, or an object of them, as the `environment` of a step. */
function environment(fields: JsonObject, pointer: string, { notes }: Context): JsonObject {
  const given = fields['environment_vars'];
  const pairs: readonly (readonly [string, string])[] = Array.isArray(given)
    ? list(given).map((pair) => splitPair(String(pair)))
    : Object.entries(object(given)).map(([name, value]) => [name, String(value)]);
  const named = pairs.filter(([name]) => /^[A-Za-z_]\w*$/.test(name));
  for (const [name] of pairs.filter((pair) => !named.includes(pair)))
    notes.add('untranslated', below(pointer, 'environment_vars'), `"${name}" is no name of a variable.`);
  return named.length === 0 ? {} : { environment: Object.fromEntries(named) };
}

function splitPair(pair: string): readonly [string, string] {
  const at = pair.indexOf('=');
  return at === -1 ? [pair, ''] : [pair.slice(0, at), pair.slice(at + 1)];
}
