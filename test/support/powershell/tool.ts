import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { compileAhead } from './ahead.ts';

/** PowerShell of today, from NuGet: the parser and the engine are Microsoft's, only Windows is missing. */
const VERSION = '7.6.9';
const WAIT_SECONDS = 300;

const cache = process.env['KILN_CACHE'] || process.env['XDG_CACHE_HOME'] || path.join(homedir(), '.cache');
const folder = path.join(cache, 'kiln', 'test-tools', `powershell-${VERSION}-ahead`);
const making = `${folder}.making`;
/** Where the package has what it runs on Linux; the command beside it would start .NET twice. */
const PROGRAMS = `.store/powershell/${VERSION}/powershell/${VERSION}/tools/net10.0/any/unix`;
export const pwsh = path.join(folder, PROGRAMS, 'pwsh');
/** Neither telemetry nor a look for a newer version: https://learn.microsoft.com/powershell/module/microsoft.powershell.core/about/about_telemetry */
export const QUIET = { POWERSHELL_TELEMETRY_OPTOUT: '1', POWERSHELL_UPDATECHECK: 'Off' };

/** Installs it where the .NET SDK is; false, or the reason why the tests that need it are skipped. */
export function whyNoPowerShell(): string | false {
  if (existsSync(pwsh) && !existsSync(making)) return false;
  if (spawnSync('dotnet', ['--version']).status !== 0)
    return 'PowerShell is not run: there is no .NET SDK to install it with (the scripts are parsed all the same)';
  return isMine() ? install() : madeByAnother();
}

/** Test files run side by side; one of them installs. */
function isMine(): boolean {
  try {
    mkdirSync(path.dirname(making), { recursive: true });
    mkdirSync(making);
    return true;
  } catch {
    return false;
  }
}

function install(): string | false {
  const work = mkdtempSync(`${folder}-`);
  const args = ['tool', 'install', 'PowerShell', '--version', VERSION, '--tool-path', work];
  const { status, stderr, stdout } = spawnSync('dotnet', args, {
    encoding: 'utf8',
    timeout: WAIT_SECONDS * 1000,
  });
  if (status === 0) {
    compileAhead(path.join(work, PROGRAMS));
    renameSync(work, folder);
  }
  rmSync(work, { recursive: true, force: true });
  rmSync(making, { recursive: true });
  return status === 0 ? false : `PowerShell could not be installed: ${(stderr || stdout).slice(-300)}`;
}

function madeByAnother(): string | false {
  for (let second = 0; existsSync(making) && second < WAIT_SECONDS; second++)
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1000);
  return existsSync(pwsh)
    ? false
    : `PowerShell is not there; if nobody installs it any more, remove ${making}`;
}
