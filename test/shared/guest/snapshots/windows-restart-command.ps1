$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue'
if ($ExecutionContext.SessionState.LanguageMode -ne 'FullLanguage') {
  Write-Output 'kiln: PowerShell runs in constrained language mode here (application control), in which no step of Kiln can run. Use a source without that policy, and set the policy in the last step.'
  exit 1
}
function ConvertFrom-KilnText([string]$Text) {
  return [Text.Encoding]::UTF8.GetString([Convert]::FromBase64String($Text))
}
$kiln = ConvertFrom-Json (ConvertFrom-KilnText 'eyJjb21tYW5kIjoic2h1dGRvd24gL3IgL3QgNSJ9')
$file = Join-Path $env:SystemRoot 'Temp\kiln-restart.cmd'
[IO.File]::WriteAllText($file, $kiln.command)
$action = New-ScheduledTaskAction -Execute 'cmd.exe' -Argument ('/d /c "' + $file + '"')
$trigger = New-ScheduledTaskTrigger -Once -At (Get-Date).AddSeconds(10)
Register-ScheduledTask -TaskName 'kiln-restart' -Action $action -Trigger $trigger -User 'SYSTEM' -RunLevel Highest -Force | Out-Null
Write-Output 'The restart command of the template runs in ten seconds.'
