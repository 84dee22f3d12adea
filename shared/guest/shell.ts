import { Buffer } from 'node:buffer';
import { withParameters } from './parameters.ts';
import { payloadScript, RUN_STEP } from './payload.ts';
import { type GuestScript, NO_VALUES, type StepValues } from './script.ts';

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
    TMPDIR: '/var/tmp',
  };
}

/** Lines of a template under Packer's own shebang, so that the first failing line ends the step. */
export function inlineScript(
  lines: readonly string[],
  templateName: string,
  values: StepValues = NO_VALUES,
): GuestScript {
  return shellScript(Buffer.from(`#!/bin/sh -e\n${lines.join('\n')}\n`), templateName, values);
}

/** A script as its author wrote it, byte for byte; its own first line says what interprets it. */
export function fileScript(
  bytes: Uint8Array,
  templateName: string,
  values: StepValues = NO_VALUES,
): GuestScript {
  return shellScript(bytes, templateName, values);
}

/** A script that brings nothing along is sent as it is; any other one is started by a script of ours. */
function shellScript(bytes: Uint8Array, templateName: string, values: StepValues): GuestScript {
  const own = { ...packerEnvironment(templateName), ...values.environment };
  const environment = withParameters(own, values, true);
  const secretNames = Object.keys(values.secrets);
  const plain = values.arguments.length === 0 && secretNames.length === 0 && values.runIf === undefined;
  const text = Buffer.from(bytes).toString('utf8');
  if (plain && Buffer.from(text, 'utf8').equals(bytes)) return { text: withShebang(text), environment };
  return {
    text: payloadScript(bytes, [
      ...condition(values),
      ...positional(values.arguments.length),
      ...(secretNames.length === 0 ? [RUN_STEP.plain] : [RUN_STEP.redacted]),
    ]),
    environment: {
      ...environment,
      ...conditionValue(values),
      ...Object.fromEntries(values.arguments.map((value, index) => [argumentName(index), value])),
      ...(secretNames.length > 0 && { KILN_SECRETS: secretNames.join(' ') }),
    },
    ...(secretNames.length > 0 && { secrets: values.secrets }),
  };
}

export type FileValues = Pick<StepValues, 'runIf'> & {
  /** Octal, for example `0755`. */
  readonly mode?: string;
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
    KILN_MODE: values.mode ?? '0644',
    ...conditionValue(values),
  };
  return { text: payloadScript(bytes, [...condition(values), RUN_STEP.install]), environment };
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

function withShebang(text: string): string {
  return text.startsWith('#!') ? text : `#!/bin/sh\n${text}`;
}
