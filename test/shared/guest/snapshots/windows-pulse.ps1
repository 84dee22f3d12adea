# kiln-pulse step-000-0
$state = 'absent'
$note = Get-ItemProperty -Path 'HKLM:\SOFTWARE\kiln-steps' -Name 'step-000-0' -ErrorAction SilentlyContinue
if ($note) {
  $state = 'dead'
  if (Get-Process -Id $note.'step-000-0' -ErrorAction SilentlyContinue) { $state = 'running' }
}
$started = (Get-CimInstance -ClassName Win32_OperatingSystem).LastBootUpTime.ToUniversalTime()
Write-Output ($state + ' ' + [int64]($started - [DateTime]'1970-01-01').TotalSeconds)
