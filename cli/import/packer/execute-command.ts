/** How Packer starts a script, as far as a step of a template can say it. */
export type Execution = {
  /** Interpreter with its options; absent: the script is started as a program, and its first line decides. */
  readonly interpreter?: string;
  /** After the script's path. */
  readonly arguments: readonly string[];
  readonly isRoot: boolean;
  /** Another account than root that sudo changes to. */
  readonly user?: string;
  /** What none of these says. */
  readonly rest: string;
};

/**
 * Reads `chmod +x {{ .Path }}; {{ .Vars }} sudo -E bash -eux '{{ .Path }}' --role web`.
 * https://developer.hashicorp.com/packer/docs/provisioners/shell#execute_command
 */
export function readExecuteCommand(command: string): Execution {
  const path = String.raw`["']?\{\{\s*\.Path\s*\}\}["']?`;
  const started = command
    .replace(new RegExp(String.raw`^\s*chmod \S+ ${path}\s*(?:;|&&)\s*`), '')
    .replace(/\{\{\s*\.(?:Vars|EnvVarFile)\s*\}\}/g, '')
    .replace(/^\s*echo\s+\S+\s*\|\s*/, '')
    .trim();
  const sudo = /^(?:env\s+)?sudo\s+(?<options>(?:-(?:[EHSnik]+|u\s+\S+)\s+)*)/.exec(started);
  const user = /-u\s+(\S+)/.exec(sudo?.groups?.['options'] ?? '')?.[1];
  const left = started.slice(sudo?.[0].length ?? 0).replace(/^env\s+/, '');
  const call = new RegExp(
    String.raw`^(?:(?<shell>(?:/usr)?(?:/bin/)?(?:ba|da|z)?sh)(?<flags>(?:\s+-(?:o\s+\S+|\w+))*)\s+)?${path}(?<rest>.*)$`,
  ).exec(left)?.groups;
  const isRoot = sudo !== null && (user === undefined || user === 'root');
  const who = { isRoot, ...(user !== undefined && user !== 'root' && { user }) };
  if (call === undefined) return { ...who, arguments: [], rest: left };
  const { shell, flags = '', rest = '' } = call;
  const words = rest.trim() === '' ? [] : rest.trim().split(/\s+/);
  // `sh -c '{{ .Path }}'` starts it as a program.
  const plain = /\s-c\b/.test(flags) ? undefined : shell;
  const isPlainWords = words.every((word) => /^[\w./=:@%+,-]+$/.test(word));
  return {
    ...who,
    ...(plain !== undefined && { interpreter: `${absolute(plain)}${flags}` }),
    arguments: isPlainWords ? words : [],
    rest: isPlainWords ? '' : rest.trim(),
  };
}

function absolute(shell: string): string {
  return shell.startsWith('/') ? shell : `/bin/${shell}`;
}
