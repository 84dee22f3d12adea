/**
 * Names of variables that shells, loaders and interpreters themselves obey: whoever sets one decides what runs in the VM, not
 * what the template's scripts work with. A template may set them; a request may not.
 */
const OBEYED = [
  'BASHOPTS',
  'CDPATH',
  'CLASSPATH',
  'COMSPEC',
  'ENV',
  'GLOBIGNORE',
  'HOME',
  'IFS',
  'JAVA_TOOL_OPTIONS',
  'NODE_OPTIONS',
  'NODE_PATH',
  'PATH',
  'PATHEXT',
  'PROMPT_COMMAND',
  'PS4',
  'PSMODULEPATH',
  'RUBYLIB',
  'RUBYOPT',
  'SHELL',
  'SHELLOPTS',
  'SYSTEMROOT',
  'TEMP',
  'TMP',
  'TMPDIR',
  'WINDIR',
] as const;

/** Families of such names, and ours and Packer's, which steer the scripts around a step. */
const OBEYED_PREFIX = /^(?:BASH_|DYLD_|GIT_|KILN_|LD_|PACKER_|PERL5|PYTHON)/;

/** Compared without case, because Windows does so too. */
export function isObeyed(name: string): boolean {
  const upper = name.toUpperCase();
  return OBEYED.some((obeyed) => obeyed === upper) || OBEYED_PREFIX.test(upper);
}
