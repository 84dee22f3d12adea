import { inFolder, windowsScript } from './powershell.ts';
import type { GuestScript } from './script.ts';

/** Name of the scheduled task that restarts the machine when the command that made it has reported. */
const TASK = 'kiln-restart';

/**
 * Runs the restart command of a template in ten seconds: a script that restarts its own machine would leave its run
 * command in Running for ever.
 */
export function restartCommand(command: string): GuestScript {
  const body = `$file = Join-Path $env:SystemRoot 'Temp\\kiln-restart.cmd'
[IO.File]::WriteAllText($file, $kiln.command)
$action = New-ScheduledTaskAction -Execute 'cmd.exe' -Argument ('/d /c "' + $file + '"')
$trigger = New-ScheduledTaskTrigger -Once -At (Get-Date).AddSeconds(10)
Register-ScheduledTask -TaskName '${TASK}' -Action $action -Trigger $trigger -User 'SYSTEM' -RunLevel Highest -Force | Out-Null
Write-Output 'The restart command of the template runs in ten seconds.'`;
  return { text: windowsScript({ command }, body), environment: {} };
}

/** Whether the machine is back, as the template asks it: cmd runs the command, as it does for Packer. */
export function restartCheck(command: string): GuestScript {
  const body = inFolder(`$file = Join-Path $folder 'check.cmd'
[IO.File]::WriteAllText($file, '@' + $kiln.command)
& cmd.exe /d /c $file
exit $LASTEXITCODE`);
  return { text: windowsScript({ command }, body), environment: {} };
}

/** When the system started: another moment after each boot. */
export function windowsBootMark(): GuestScript {
  const text = `(Get-CimInstance -ClassName Win32_OperatingSystem).LastBootUpTime.ToUniversalTime().ToString('o')\n`;
  return { text, environment: {} };
}
