import { existsSync } from 'node:fs';
import path from 'node:path';

/** The folder with Kiln's package.json: the same from source and from dist/. */
export function packageRoot(folder: string = import.meta.dirname): string {
  if (existsSync(path.join(folder, 'package.json'))) return folder;
  const parent = path.dirname(folder);
  if (parent === folder) throw new Error(`No package.json above ${import.meta.dirname}.`);
  return packageRoot(parent);
}
