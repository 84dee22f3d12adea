import { Buffer } from 'node:buffer';
import { withParameters } from './parameters.ts';
import { payloadScript, RUN_STEP } from './payload.ts';
import { prepareLinux } from './prepare.ts';
import { type GuestScript, NO_VALUES, type StepValues } from './script.ts';
import { isText, unixText } from './unix-text.ts';

/**
 * What scripts written for Packer expect to find; the agent starts scripts with almost no environment.
 * https://developer.hashicorp.com/packer/docs/provisioners/shell#default-environmental-variables
 */
export function packerEnvironment(templateName: string): Record<string, string> {
  return {
    PACKER_BUILDER_TYPE: 'azure-arm',
    PACKER_BUILD_NAME: templateName,
    DEBIAN_FRONTEND: 'noninteractive',
    HOME: '/root',
    USER: 'root',
    LOGNAME: 'root',
    TMPDIR: '/var/tmp',
  };
}

/** Lines of a template under Packer's own shebang, so that the first failing line ends the step. */
export function inlineScript(
  lines: readonly string[],
  templateName: string,
  values: StepValues = NO_VALUES,
): GuestScript {
  const { bytes, notes } = unixText(Buffer.from(`${lines.join('\n')}\n`));
  return shellScript(Buffer.concat([Buffer.from('#!/bin/sh -e\n'), bytes]), notes, templateName, values);
}

/** A script as its author wrote it, but for the line ends of Windows; its own first line says what interprets it. */
export function fileScript(
  bytes: Uint8Array,
  templateName: string,
  values: StepValues = NO_VALUES,
): GuestScript {
  const unix = unixText(bytes);
  return shellScript(unix.bytes, unix.notes, templateName, values);
}

/** A script that brings nothing along is sent as it is; any other one is started by a script of ours. */
function shellScript(
  bytes: Uint8Array,
  notes: readonly string[],
  templateName: string,
  values: StepValues,
): GuestScript {
  const { runAs } = values;
  const own = { ...packerEnvironment(templateName), ...values.environment };
  const environment = withParameters(own, values, true);
  const secretNames = Object.keys(values.secrets);
  const text = Buffer.from(bytes).toString('utf8');
  const named = text.startsWith('#!');
  const told = notes.length > 0 ? { notes } : {};
  if (isPlain(values) && named && isText(bytes)) return { text, environment, ...told };
  return {
    text: payloadScript(
      bytes,
      [
        ...preparation(values),
        ...condition(values),
        ...positional(values.arguments.length),
        named || !isText(bytes) ? RUN_STEP.itself : RUN_STEP.bash,
        ...(runAs === undefined ? [] : [RUN_STEP.asUser]),
        secretNames.length === 0 ? RUN_STEP.plain : RUN_STEP.redacted,
      ],
      runAs === undefined ? '/root' : '/var/lib',
    ),
    environment: {
      ...environment,
      ...conditionValue(values),
      ...Object.fromEntries(values.arguments.map((value, index) => [argumentName(index), value])),
      ...(secretNames.length > 0 && { KILN_SECRETS: secretNames.join(' ') }),
      ...(runAs !== undefined && { KILN_RUN_AS: runAs, ...homeOf(values) }),
    },
    ...(secretNames.length > 0 && { secrets: values.secrets }),
    ...told,
  };
}

function isPlain({ arguments: given, secrets, runIf, runAs, prepare }: StepValues): boolean {
  const bare = given.length === 0 && Object.keys(secrets).length === 0;
  return bare && runIf === undefined && runAs === undefined && prepare === undefined;
}

/** The home of the account, unless the template sets another. */
function homeOf({ environment: { HOME } }: StepValues): Record<string, string> {
  return HOME === undefined ? {} : { KILN_HOME: HOME };
}

export type FileValues = Pick<StepValues, 'runIf' | 'prepare'> & {
  /** Octal, for example `0755`. */
  readonly mode?: string;
  /** Of the source, for a destination that is a folder. Absent: it has none. */
  readonly sourceName?: string;
};

/** Puts a file at an absolute path, missing folders included. The payload travels inside the script: no network needed. */
export function installFile(
  bytes: Uint8Array,
  sha256: string,
  destination: string,
  values: FileValues = {},
): GuestScript {
  const environment = {
    KILN_SHA256: sha256,
    KILN_DESTINATION: destination,
    KILN_SOURCE_NAME: values.sourceName ?? '',
    KILN_MODE: values.mode ?? '0644',
    ...conditionValue(values),
  };
  const actions = [...preparation(values), ...condition(values), RUN_STEP.install];
  return { text: payloadScript(bytes, actions), environment };
}

function preparation({ prepare }: Pick<StepValues, 'prepare'>): string[] {
  return prepare === undefined ? [] : [prepareLinux(prepare)];
}

function condition({ runIf }: Pick<StepValues, 'runIf'>): string[] {
  return runIf === undefined ? [] : [RUN_STEP.condition];
}

function conditionValue({ runIf }: Pick<StepValues, 'runIf'>): Record<string, string> {
  return runIf === undefined ? {} : { KILN_RUN_IF: runIf };
}

/** Arguments come as variables, so that no byte of theirs is ever read by a shell; the text has their names only. */
function positional(count: number): string[] {
  if (count === 0) return [];
  const names = Array.from({ length: count }, (_, index) => argumentName(index));
  return [`set -- ${names.map((name) => `"$${name}"`).join(' ')}\nunset ${names.join(' ')}`];
}

function argumentName(index: number): string {
  return `KILN_ARGUMENT_${index + 1}`;
}
