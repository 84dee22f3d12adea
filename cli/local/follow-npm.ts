import { existsSync } from 'node:fs';
import path from 'node:path';
import type { Environment } from '../connect/setting.ts';
import { packageRoot } from './package-root.ts';

/**
 * `npm run kiln --` starts its script in the folder of package.json, wherever it was typed. Paths on the command line are
 * meant from where they were typed, which npm tells in INIT_CWD. https://docs.npmjs.com/cli/commands/npm-run-script
 */
export function followNpm(env: Environment): void {
  if (!startedByNpm(env)) return;
  const { INIT_CWD: folder } = env;
  if (folder !== undefined && existsSync(folder)) process.chdir(folder);
}

/** By a script of Kiln's own package; a script of another one that calls `kiln` means its own folder. */
export function startedByNpm({ npm_package_json: file, npm_command: command }: Environment): boolean {
  return command === 'run-script' || command === 'run'
    ? file === path.join(packageRoot(), 'package.json')
    : false;
}

/** How to type the command, for hints. */
export const ownName = (env: Environment): string => (startedByNpm(env) ? 'npm run kiln --' : 'kiln');
