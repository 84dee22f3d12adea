import { windowsScript } from './powershell.ts';
import type { GuestScript } from './script.ts';

/** Name of the scheduled task that restarts the machine when the command that made it has reported. */
const TASK = 'kiln-restart';

/**
 * A command line, as Packer sends it: a batch file would read each `%` in it otherwise. With /s cmd takes away the outer
 * quotes and nothing else. https://learn.microsoft.com/windows-server/administration/windows-commands/cmd
 */
const COMMAND_LINE = `('/d /s /c "' + $kiln.command + '"')`;

/**
 * Runs the restart command of a template in ten seconds: a script that restarts its own machine would leave its run
 * command in Running for ever.
 */
export function restartCommand(command: string): GuestScript {
  const body = `$action = New-ScheduledTaskAction -Execute 'cmd.exe' -Argument ${COMMAND_LINE}
$trigger = New-ScheduledTaskTrigger -Once -At (Get-Date).AddSeconds(10)
$trigger.EndBoundary = (Get-Date).AddMinutes(5).ToString('s')
$settings = New-ScheduledTaskSettingsSet -StartWhenAvailable -DeleteExpiredTaskAfter (New-TimeSpan -Seconds 1)
Register-ScheduledTask -TaskName '${TASK}' -Action $action -Trigger $trigger -Settings $settings -User 'SYSTEM' -RunLevel Highest -Force | Out-Null
Write-Output 'The restart command of the template runs in ten seconds.'`;
  return { text: windowsScript({ command }, body), environment: {} };
}

/** What the template does when the machine is back: cmd runs the command, as it does for Packer. */
export function restartCheck(command: string): GuestScript {
  // PowerShell 5.1 would put quotes of its own around and into the arguments of a program.
  const body = `$start = New-Object Diagnostics.ProcessStartInfo 'cmd.exe', ${COMMAND_LINE}
$start.UseShellExecute = $false
$check = [Diagnostics.Process]::Start($start)
$check.WaitForExit()
exit $check.ExitCode`;
  return { text: windowsScript({ command }, body), environment: {} };
}

/** When the system started: another moment after each boot. */
export function windowsBootMark(): GuestScript {
  const text = `(Get-CimInstance -ClassName Win32_OperatingSystem).LastBootUpTime.ToUniversalTime().ToString('o')\n`;
  return { text, environment: {} };
}
