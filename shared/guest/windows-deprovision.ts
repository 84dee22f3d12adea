import { type HistoryText, windowsHistoryValue, WRITE_WINDOWS_HISTORY } from './image-history.ts';
import { NOTE_MARK } from './proof.ts';
import { windowsScript } from './powershell.ts';
import type { GuestScript } from './script.ts';
import { PLACE_WINDOWS_DEFAULT } from './windows-default.ts';
import { RUNNER_FOLDER, WINDOWS_RUNNER } from './windows-runner.ts';

/**
 * Starts the runner (windows-runner.ts) in a scheduled task, because sysprep may stop the agent that would report the
 * end: the caller watches the power state. As long as the agent lives, this command tells how the runner fares: what goes
 * wrong is then heard at once. `placed`: the script was put there before the steps, so that one that is missing was
 * deleted by a step. `history`: what the image is to say of itself; absent: nothing.
 */
export function windowsDeprovision(placed: boolean, history?: HistoryText): GuestScript {
  const value = { runner: WINDOWS_RUNNER, placed, ...(history && windowsHistoryValue(history)) };
  return { text: windowsScript(value, BODY), environment: {} };
}

const BODY = `${PLACE_WINDOWS_DEFAULT}
if ($missing -and $kiln.placed) {
  Write-Output "${NOTE_MARK}C:\\DeprovisioningScript.ps1 was gone: a step has deleted it. The default was put back and run."
}
${WRITE_WINDOWS_HISTORY}
Get-Content -LiteralPath 'C:\\DeprovisioningScript.ps1'
$folder = Join-Path $env:SystemRoot '${RUNNER_FOLDER}'
New-Item -ItemType Directory -Force -Path $folder | Out-Null
$runner = Join-Path $folder 'runner.ps1'
Set-Content -LiteralPath $runner -Value $kiln.runner -Encoding Ascii
$action = New-ScheduledTaskAction -Execute 'powershell.exe' -Argument ('-NoProfile -NonInteractive -ExecutionPolicy Bypass -File "' + $runner + '"')
Register-ScheduledTask -TaskName 'kiln-power-off' -Action $action -User 'SYSTEM' -RunLevel Highest -Force | Out-Null
Start-ScheduledTask -TaskName 'kiln-power-off'
$end = Join-Path $folder 'end'
$silent = 0
while (-not (Test-Path -LiteralPath $end)) {
  Start-Sleep -Seconds 1
  if ((Get-ScheduledTask -TaskName 'kiln-power-off').State -eq 'Running') { $silent = 0 } else { $silent++ }
  if ($silent -gt 60) {
    $task = Get-ScheduledTaskInfo -TaskName 'kiln-power-off'
    throw ('The task kiln-power-off does not run; its last result is ' + $task.LastTaskResult + '.')
  }
}
foreach ($name in 'out', 'err', 'said') {
  Get-Content -LiteralPath (Join-Path $folder $name) -Tail 2000 -ErrorAction SilentlyContinue
}
exit [int](Get-Content -LiteralPath $end)`;
