import { text, type JsonObject } from '../../api/json.ts';
import { below } from '../notes.ts';
import { readExecuteCommand, type Execution } from './execute-command.ts';
import { environment, retries, scripts, texts, type Context, type Translate } from './step-parts.ts';

/** Programs that run the text after `-c`. */
const TAKES_TEXT = /^(\/usr\/bin\/env\s+)?(\S*\/)?((ba|da|z|k|a)?sh|python[\d.]*)(\s|$)/;

/** What Packer writes before inline lines, and so does Kiln. */
const DEFAULT_SHEBANG = '/bin/sh -e';

/** https://developer.hashicorp.com/packer/docs/provisioners/shell */
export const shell: Translate = (fields, pointer, context) => {
  const command = text(fields['execute_command']);
  const execution = command === undefined ? undefined : readExecuteCommand(command);
  noteAccount(execution, pointer, context);
  const base = {
    type: 'Shell',
    ...passedOn(fields, pointer, context),
    ...retries(fields),
    ...(execution?.user !== undefined && { runAs: execution.user }),
    ...(execution !== undefined && execution.arguments.length > 0 && { arguments: execution.arguments }),
  };
  const steps = scripts(fields, pointer, context, base);
  noteRestart(fields, pointer, context);
  const interpreter = execution?.interpreter ?? text(fields['inline_shebang']) ?? DEFAULT_SHEBANG;
  return steps.map((step) => interpreted(step, interpreter, { execution, pointer, context }));
};

/** Packer waits for a machine that a script restarts; here a step that loses its machine has failed. */
function noteRestart(fields: JsonObject, pointer: string, { notes }: Context): void {
  const isExpected = String(fields['expect_disconnect']) === 'true';
  const restarts = texts(fields['inline']).some((line) =>
    /^\s*(sudo\s+)?(systemctl\s+)?(reboot|shutdown\s+-r)\b/m.test(line),
  );
  if (isExpected || restarts)
    notes.add(
      'untranslated',
      isExpected ? below(pointer, 'expect_disconnect') : below(pointer, 'inline'),
      'A step that restarts the machine fails here: take the restart out of it, and put a step {"type": "LinuxRestart"} after it.',
    );
}

/** A command without `{{ .Vars }}` gives the script none of them. */
function passedOn(fields: JsonObject, pointer: string, context: Context): JsonObject {
  const command = text(fields['execute_command']) ?? '{{ .Vars }}';
  const given = environment(fields, pointer, context);
  if (Object.keys(given).length === 0) return {};
  const at = below(pointer, 'execute_command');
  if (!/\{\{\s*\.(Vars|EnvVarFile)\s*\}\}/.test(command)) {
    context.notes.add(
      'changed',
      at,
      'It has no {{ .Vars }}: Packer gave the script no variables, and none are here.',
    );
    return {};
  }
  if (/\.Vars\s*\}\}\s*sudo\s(?!.*(-\w*E|--preserve-env))/.test(command))
    context.notes.add(
      'changed',
      at,
      'sudo without -E keeps variables from the script; the step has them here.',
    );
  return given;
}

/** Kiln runs steps as root: whoever relied on the account of the SSH connection has to know. */
function noteAccount(execution: Execution | undefined, pointer: string, { notes }: Context): void {
  const at = below(pointer, 'execute_command');
  if (execution === undefined || (!execution.isRoot && execution.user === undefined))
    notes.add(
      'changed',
      pointer,
      'Packer ran it as the account of the SSH connection; it runs as root here.',
    );
  else if (execution.user === undefined) notes.add('left-out', at, 'Steps run as root already.');
  if (execution !== undefined && execution.rest !== '')
    notes.add('untranslated', at, `"${execution.rest}" of the command is not translated.`);
}

type Around = {
  readonly execution: Execution | undefined;
  readonly pointer: string;
  readonly context: Context;
};

function interpreted(
  step: JsonObject,
  interpreter: string,
  { execution, pointer, context }: Around,
): JsonObject {
  if (Array.isArray(step['inline'])) {
    if (interpreter === DEFAULT_SHEBANG) return step;
    if (!TAKES_TEXT.test(interpreter)) {
      const message = `Kiln cannot give lines to ${interpreter}; put them into a script that begins with #!${interpreter}.`;
      context.notes.add('untranslated', below(pointer, 'inline'), message);
      return step;
    }
    const lines = step['inline'].map((line: unknown) => String(line).replaceAll("'", String.raw`'\''`));
    const before = `Run by ${interpreter}, as Packer did, instead of ${DEFAULT_SHEBANG}.`;
    context.notes.add('changed', below(pointer, 'inline'), before);
    return { ...step, inline: [`exec ${interpreter} -c '`, ...lines, "'"] };
  }
  const options = execution?.interpreter?.split(/\s+/).slice(1).join(' ') ?? '';
  if (options !== '')
    context.notes.add(
      'untranslated',
      below(pointer, 'execute_command'),
      `A script is run as its first line says, not with the options "${options}": write "set ${options}" into it.`,
    );
  return step;
}
