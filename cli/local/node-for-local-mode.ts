import { existsSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import path from 'node:path';
import { refuse } from '../errors.ts';
import { packageRoot } from './package-root.ts';

/** Without a flag since this version: https://nodejs.org/docs/latest-v22.x/api/sqlite.html */
const OLDEST = '22.13';

/**
 * The Node that runs local mode, which keeps its state in `node:sqlite`: this one, or the one that came with the
 * development dependencies when this one is older. npm scripts find that by themselves.
 */
export function nodeForLocalMode(
  hasSqlite: boolean = isBuiltin('node:sqlite'),
  root: string = packageRoot(),
): string {
  if (hasSqlite) return process.execPath;
  const own = path.join(root, 'node_modules', 'node', 'bin', 'node');
  if (existsSync(own)) return own;
  throw refuse(
    `Local mode needs Node ${OLDEST} or newer; this is ${process.version}.`,
    'Run `npm ci` in the folder of Kiln, which brings one along, or install a newer Node.',
  );
}
