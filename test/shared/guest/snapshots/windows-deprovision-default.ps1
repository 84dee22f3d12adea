$ErrorActionPreference = 'Stop'
foreach ($name in 'RdAgent', 'WindowsAzureTelemetryService', 'WindowsAzureGuestAgent') {
  $service = Get-Service -Name $name -ErrorAction SilentlyContinue
  if ($service) { $service.WaitForStatus('Running', [TimeSpan]::FromMinutes(5)) }
}
foreach ($file in 'Sysprep\unattend.xml', 'Sysprep\Panther\unattend.xml', '..\Panther\unattend.xml') {
  $answer = Join-Path "$env:SystemRoot\System32" $file
  if (Test-Path -Path $answer) { Remove-Item -Path $answer -Force }
}
& "$env:SystemRoot\System32\Sysprep\Sysprep.exe" /oobe /generalize /quiet /quit
$deadline = (Get-Date).AddMinutes(20)
while ($true) {
  $state = (Get-ItemProperty -Path 'HKLM:\SOFTWARE\Microsoft\Windows\CurrentVersion\Setup\State').ImageState
  Write-Output $state
  if ($state -eq 'IMAGE_STATE_GENERALIZE_RESEAL_TO_OOBE') { break }
  if ((Get-Date) -gt $deadline) { throw "Sysprep did not finish: the image is in state $state." }
  Start-Sleep -Seconds 5
}
