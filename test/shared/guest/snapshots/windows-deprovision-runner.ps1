$ErrorActionPreference = 'Stop'
$log = Join-Path $env:SystemRoot 'Temp\kiln-deprovision.log'
Unregister-ScheduledTask -TaskName 'kiln-power-off' -Confirm:$false
& powershell.exe -NoProfile -NonInteractive -ExecutionPolicy Bypass -File 'C:\DeprovisioningScript.ps1' *> $log
if ($LASTEXITCODE -eq 0) {
  Remove-Item -Path 'C:\DeprovisioningScript.ps1', $PSCommandPath, $log -Force
  Stop-Computer -Force
} else {
  Add-Content -Path $log -Value ('kiln: deprovisioning failed with exit code ' + $LASTEXITCODE)
}
