import { existsSync } from 'node:fs';
import path from 'node:path';
import { refuse } from '../errors.ts';
import { packageRoot } from './package-root.ts';

/**
 * Local mode keeps its state in `node:sqlite` and asks it whether a transaction is open, which Node 22 can since 22.16 and
 * Node 23 never could: https://nodejs.org/docs/latest-v24.x/api/sqlite.html#databaseistransaction
 */
function canRunLocalMode(version: string): boolean {
  const [major = 0, minor = 0] = version.replace(/^v/, '').split('.').map(Number);
  return major >= 24 || (major === 22 && minor >= 16);
}

/**
 * The Node that runs local mode: this one, or the one that `npm ci` brought along when this one is too
 * old. npm scripts find that by themselves.
 */
export function nodeForLocalMode(version: string = process.version, root: string = packageRoot()): string {
  if (canRunLocalMode(version)) return process.execPath;
  const own = path.join(root, 'node_modules', '.bin', 'node');
  if (existsSync(own)) return own;
  throw refuse(
    `Local mode needs Node 24, or 22.16 or newer of Node 22; this is ${version}.`,
    'Run `npm ci` in the folder of Kiln, which brings one along, or install a newer Node.',
  );
}
