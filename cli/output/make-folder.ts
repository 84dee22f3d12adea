import { existsSync, mkdirSync } from 'node:fs';
import path from 'node:path';

/**
 * `mkdirSync` with `recursive` tries for ever where a file system knows the parent and takes no folders, as /proc does:
 * each level is made once.
 */
export function makeFolder(folder: string, mode = 0o777): void {
  const absolute = path.resolve(folder);
  if (existsSync(absolute)) return;
  makeFolder(path.dirname(absolute), mode);
  mkdirSync(absolute, { mode });
}
