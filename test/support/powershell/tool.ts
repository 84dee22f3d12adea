import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';

/** PowerShell of today, from NuGet: the parser and the engine are Microsoft's, only Windows is missing. */
const VERSION = '7.6.9';

const cache = process.env['XDG_CACHE_HOME'] || path.join(homedir(), '.cache');
const folder = path.join(cache, 'kiln', 'test-tools', `powershell-${VERSION}`);
export const pwsh = path.join(folder, 'pwsh');

/** Installs it where the .NET SDK is; false, or the reason why the tests that need it are skipped. */
export function whyNoPowerShell(): string | false {
  if (existsSync(pwsh)) return false;
  if (spawnSync('dotnet', ['--version']).status !== 0)
    return 'PowerShell is not run: there is no .NET SDK to install it with (the scripts are parsed all the same)';
  const args = ['tool', 'install', 'PowerShell', '--version', VERSION, '--tool-path', folder];
  const { status, stderr, stdout } = spawnSync('dotnet', args, { encoding: 'utf8', timeout: 300_000 });
  return status === 0 ? false : `PowerShell could not be installed: ${(stderr || stdout).slice(-300)}`;
}
