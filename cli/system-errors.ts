import { type CliError, refuse } from './errors.ts';

/** What a file system says no with, and the way out. */
const WAYS: Readonly<Record<string, readonly [what: string, way: string]>> = {
  ENOENT: ['there is no such file or folder', 'Correct the path, or make the folder first.'],
  ENOTDIR: ['a part of the path is a file', 'Correct the path.'],
  EISDIR: ['it is a folder', 'Name a file in it.'],
  EEXIST: ['it is there already and is no folder', 'Name another path.'],
  EACCES: ['you have no right to it', 'Name another path, or ask for the right.'],
  EPERM: ['you have no right to it', 'Name another path, or ask for the right.'],
  EROFS: ['its file system is read-only', 'Name another path.'],
  ENOSPC: ['the disk is full', 'Make room, or name a path on another disk.'],
  EDQUOT: ['your share of the disk is full', 'Make room, or name a path on another disk.'],
  ENAMETOOLONG: ['its name is too long', 'Name a shorter path.'],
  ELOOP: ['its links go round in a circle', 'Name another path.'],
  EMFILE: ['too many files are open', 'Raise the limit (`ulimit -n`).'],
};

/** A file that cannot be read or written, as a refusal; undefined for everything else. */
export function systemError(error: unknown): CliError | undefined {
  if (!(error instanceof Error) || !('syscall' in error) || !('code' in error)) return undefined;
  const code = String(error.code);
  const known = WAYS[code];
  if (known === undefined) return undefined;
  const [what, way] = known;
  if (error.syscall === 'uv_cwd')
    return refuse('The folder that this was typed in is gone.', 'Change to one that is there (`cd`).');
  const file = 'path' in error && typeof error.path === 'string' ? error.path : 'The output';
  return refuse(`${file} cannot be used: ${what} (${code}).`, way);
}
