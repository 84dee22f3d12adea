$ErrorActionPreference = 'Stop'
$grace = 30
$state = ''
$panther = Join-Path $env:SystemRoot 'System32\Sysprep\Panther'
function Get-KilnFile([string]$Name) { return (Join-Path $PSScriptRoot $Name) }
function Stop-Kiln([string]$Why) {
  $lines = @('kiln: deprovisioning failed ' + $Why)
  $lines += @(Get-Content -LiteralPath (Join-Path $panther 'setuperr.log') -Tail 30 -ErrorAction SilentlyContinue)
  Set-Content -LiteralPath (Get-KilnFile 'said') -Value $lines
  Set-Content -LiteralPath (Get-KilnFile 'end') -Value 1
  exit 1
}
function Test-KilnSysprepRan {
  $log = Get-Item -LiteralPath (Join-Path $panther 'setupact.log') -ErrorAction SilentlyContinue
  return ($log -and $log.LastWriteTime -ge $began)
}
function Get-KilnDown {
  $down = @(Get-Service -Name 'RdAgent', 'WindowsAzureGuestAgent' -ErrorAction SilentlyContinue | Where-Object { $_.Status -ne 'Running' } | ForEach-Object { $_.Name })
  if ($down.Count -gt 0) { return "These services do not run, and the default script waits for them: $($down -join ', ')." }
}
try {
  $began = (Get-Date).AddSeconds(-1)
  $child = Start-Process -FilePath 'powershell.exe' -PassThru -RedirectStandardOutput (Get-KilnFile 'out') -RedirectStandardError (Get-KilnFile 'err') -ArgumentList '-NoProfile -NonInteractive -ExecutionPolicy Bypass -File C:\DeprovisioningScript.ps1'
  # Without a handle taken while it runs, Windows PowerShell has no exit code afterwards.
  $null = $child.Handle
  $quiet = $null
  while ($true) {
    Start-Sleep -Seconds 1
    $state = (Get-ItemProperty -Path 'HKLM:\SOFTWARE\Microsoft\Windows\CurrentVersion\Setup\State' -ErrorAction SilentlyContinue).ImageState
    $generalized = $state -eq 'IMAGE_STATE_GENERALIZE_RESEAL_TO_OOBE'
    if ($child.HasExited -and $child.ExitCode -ne 0) { Stop-Kiln ('with exit code ' + $child.ExitCode + '.') }
    if ($child.HasExited -and $generalized) { break }
    if ((Get-Date) -gt $began.AddMinutes(25)) { Stop-Kiln "to end within 25 minutes: the image is in state $state. $(Get-KilnDown)" }
    $works = (Get-Process -Name 'sysprep' -ErrorAction SilentlyContinue) -or $generalized
    if ($works -or (-not $child.HasExited -and -not (Test-KilnSysprepRan))) { $quiet = $null; continue }
    if (-not $quiet) { $quiet = Get-Date }
    if ((Get-Date) -gt $quiet.AddSeconds($grace)) {
      if (-not $child.HasExited) { Stop-Process -Id $child.Id -Force -ErrorAction SilentlyContinue }
      Stop-Kiln "to generalize Windows: the image is in state $state, and not in IMAGE_STATE_GENERALIZE_RESEAL_TO_OOBE. What sysprep wrote to its setuperr.log:"
    }
  }
} catch {
  Stop-Kiln ('of the runner: ' + $_)
}
Set-Content -LiteralPath (Get-KilnFile 'said') -Value 'kiln: deprovisioned'
Set-Content -LiteralPath (Get-KilnFile 'end') -Value 0
# The command that waits for this says it first, and the agent takes a moment to send it.
Start-Sleep -Seconds 15
$ErrorActionPreference = 'SilentlyContinue'
foreach ($task in 'kiln-restart', 'kiln-power-off') {
  try { Unregister-ScheduledTask -TaskName $task -Confirm:$false } catch { $null = $_ }
}
$left = 'C:\DeprovisioningScript.ps1', (Join-Path $env:SystemRoot 'Temp\kiln-*'), 'C:\Packages\Plugins\*RunCommand*\*\Downloads\*'
foreach ($path in $left) {
  try { Remove-Item -Path $path -Recurse -Force } catch { $null = $_ }
}
try { Stop-Computer -Force -ErrorAction Stop } catch { & shutdown.exe /s /f /t 0 }
