$ErrorActionPreference = 'Stop'
function Exit-Kiln([int]$Code) {
  [Console]::Out.Write(('{0}##kiln-exit:{1}{0}' -f [char]10, $Code))
  exit $Code
}
$ProgressPreference = 'SilentlyContinue'
if ($ExecutionContext.SessionState.LanguageMode -ne 'FullLanguage') {
  Write-Output 'kiln: PowerShell runs in constrained language mode here (application control), in which no step of Kiln can run. Use a source without that policy, and set the policy in the last step.'
  exit 1
}
function ConvertFrom-KilnText([string]$Text) {
  return [Text.Encoding]::UTF8.GetString([Convert]::FromBase64String($Text))
}
$kiln = ConvertFrom-Json (ConvertFrom-KilnText 'eyJjb21tYW5kIjoic2h1dGRvd24gL3IgL3QgNSJ9')
$action = New-ScheduledTaskAction -Execute 'cmd.exe' -Argument ('/d /s /c "' + $kiln.command + '"')
$trigger = New-ScheduledTaskTrigger -Once -At (Get-Date).AddSeconds(10)
$trigger.EndBoundary = (Get-Date).AddMinutes(5).ToString('s')
$settings = New-ScheduledTaskSettingsSet -StartWhenAvailable -DeleteExpiredTaskAfter (New-TimeSpan -Seconds 1)
Register-ScheduledTask -TaskName 'kiln-restart' -Action $action -Trigger $trigger -Settings $settings -User 'SYSTEM' -RunLevel Highest -Force | Out-Null
Write-Output 'The restart command of the template runs in ten seconds.'
