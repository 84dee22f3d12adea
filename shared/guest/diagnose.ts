import { windowsScript } from './powershell.ts';
import { RUNNER_FOLDER } from './windows-runner.ts';
import type { GuestScript } from './script.ts';

/** What a machine that did not switch itself off can still tell, when its agent answers. */
export function diagnosis(osType: 'Linux' | 'Windows'): GuestScript {
  return { text: osType === 'Windows' ? windowsScript({}, WINDOWS) : LINUX, environment: {} };
}

const LINUX = `#!/bin/sh
echo 'What deprovisioning printed:'
tail -c 2000 /run/kiln-deprovision.log 2>&1
if command -v systemctl >/dev/null 2>&1; then systemctl --no-pager list-jobs; fi
if command -v journalctl >/dev/null 2>&1; then journalctl --no-pager --lines 30; fi
exit 0
`;

const WINDOWS = `$files = (Join-Path $env:SystemRoot '${RUNNER_FOLDER}\\out'),
  (Join-Path $env:SystemRoot '${RUNNER_FOLDER}\\err'),
  (Join-Path $env:SystemRoot '${RUNNER_FOLDER}\\said'),
  (Join-Path $env:SystemRoot 'System32\\Sysprep\\Panther\\setuperr.log'),
  (Join-Path $env:SystemRoot 'System32\\Sysprep\\Panther\\setupact.log')
foreach ($file in $files) {
  Write-Output $file
  Get-Content -Path $file -Tail 30 -ErrorAction SilentlyContinue
}
exit 0`;
