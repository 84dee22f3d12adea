import { windowsScript } from './powershell.ts';
import type { GuestScript } from './script.ts';

/**
 * What AIB's hidden last customizer does on Windows. A customizer replaces it by writing c:\\DeprovisioningScript.ps1:
 * https://learn.microsoft.com/azure/virtual-machines/windows/image-builder-virtual-desktop
 */
export const DEFAULT_WINDOWS_DEPROVISIONING = `$ErrorActionPreference = 'Stop'
foreach ($name in 'RdAgent', 'WindowsAzureTelemetryService', 'WindowsAzureGuestAgent') {
  $service = Get-Service -Name $name -ErrorAction SilentlyContinue
  if ($service) { $service.WaitForStatus('Running', [TimeSpan]::FromMinutes(5)) }
}
foreach ($file in 'Sysprep\\unattend.xml', 'Sysprep\\Panther\\unattend.xml', '..\\Panther\\unattend.xml') {
  $answer = Join-Path "$env:SystemRoot\\System32" $file
  if (Test-Path -Path $answer) { Remove-Item -Path $answer -Force }
}
& "$env:SystemRoot\\System32\\Sysprep\\Sysprep.exe" /oobe /generalize /quiet /quit
$deadline = (Get-Date).AddMinutes(20)
while ($true) {
  $state = (Get-ItemProperty -Path 'HKLM:\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Setup\\State').ImageState
  Write-Output $state
  if ($state -eq 'IMAGE_STATE_GENERALIZE_RESEAL_TO_OOBE') { break }
  if ((Get-Date) -gt $deadline) { throw "Sysprep did not finish: the image is in state $state." }
  Start-Sleep -Seconds 5
}
`;

/** Where the machine keeps what deprovisioning said, for the diagnosis of one that never ends. */
export const WINDOWS_DEPROVISION_LOG = 'Temp\\kiln-deprovision.log';

/**
 * Deprovisions and switches the machine off in a scheduled task: sysprep stops the agent that would report the end, so
 * the caller watches the power state. A script that fails leaves the machine running, and its words in a log.
 */
export function windowsDeprovision(): GuestScript {
  const body = `$script = 'C:\\DeprovisioningScript.ps1'
if (-not (Test-Path -Path $script)) { [IO.File]::WriteAllText($script, $kiln.deprovisioning, [Text.Encoding]::UTF8) }
Get-Content -Path $script
$runner = Join-Path $env:SystemRoot 'Temp\\kiln-power-off.ps1'
[IO.File]::WriteAllText($runner, $kiln.runner, [Text.Encoding]::UTF8)
$action = New-ScheduledTaskAction -Execute 'powershell.exe' -Argument ('-NoProfile -NonInteractive -ExecutionPolicy Bypass -File "' + $runner + '"')
$trigger = New-ScheduledTaskTrigger -Once -At (Get-Date).AddSeconds(20)
Register-ScheduledTask -TaskName 'kiln-power-off' -Action $action -Trigger $trigger -User 'SYSTEM' -RunLevel Highest -Force | Out-Null`;
  const value = { deprovisioning: DEFAULT_WINDOWS_DEPROVISIONING, runner: WINDOWS_RUNNER };
  return { text: windowsScript(value, body), environment: {} };
}

/** Exported for the tests, which parse it: inside the script it is Base64. */
export const WINDOWS_RUNNER = `$ErrorActionPreference = 'Stop'
$log = Join-Path $env:SystemRoot '${WINDOWS_DEPROVISION_LOG}'
Unregister-ScheduledTask -TaskName 'kiln-power-off' -Confirm:$false
& powershell.exe -NoProfile -NonInteractive -ExecutionPolicy Bypass -File 'C:\\DeprovisioningScript.ps1' *> $log
if ($LASTEXITCODE -eq 0) {
  Remove-Item -Path 'C:\\DeprovisioningScript.ps1', $PSCommandPath, $log -Force
  Stop-Computer -Force
} else {
  Add-Content -Path $log -Value ('kiln: deprovisioning failed with exit code ' + $LASTEXITCODE)
}
`;
