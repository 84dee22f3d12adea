import { text, type JsonObject } from '../../api/json.ts';
import { below } from '../notes.ts';
import { file } from './file-step.ts';
import { shell } from './shell-step.ts';
import { environment, retries, scripts, type Context, type Translate } from './step-parts.ts';

const SCRIPT = ['inline', 'script', 'scripts', 'environment_vars', 'env', 'max_retries', 'timeout'] as const;

/** Fields that a translation reads, beside `type`. */
const READ: Readonly<Record<string, readonly string[]>> = {
  shell: [...SCRIPT, 'execute_command', 'inline_shebang', 'expect_disconnect'],
  powershell: [...SCRIPT, 'elevated_user', 'elevated_password', 'valid_exit_codes'],
  'windows-restart': ['restart_command', 'restart_check_command', 'restart_timeout'],
  'windows-update': ['search_criteria', 'filters', 'update_limit'],
  file: ['source', 'sources', 'destination', 'direction', 'generated', 'content'],
};

/** Only how, not what. */
const HARMLESS = new Set(['pause_before', 'remote_path', 'remote_folder', 'skip_clean']);

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

const powershell: Translate = (fields, pointer, context) => {
  const user = text(fields['elevated_user']);
  const isSystem = /^(system|nt authority\\system)$/i.test(user ?? '');
  const base = {
    type: 'PowerShell',
    ...environment(fields, pointer, context),
    ...retries(fields),
    ...(user === undefined ? {} : { runElevated: true }),
    ...(isSystem ? { runAsSystem: true } : {}),
    ...('valid_exit_codes' in fields ? { validExitCodes: fields['valid_exit_codes'] } : {}),
  };
  if (user !== undefined && !isSystem)
    context.notes.add(
      'changed',
      below(pointer, 'elevated_user'),
      `Packer ran it as ${user}; it runs as Local System with elevation here.`,
    );
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

const TRANSLATIONS: Readonly<Record<string, Translate>> = {
  shell,
  powershell,
  'windows-restart': restart,
  'windows-update': update,
  file,
};
