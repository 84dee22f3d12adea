# Stand-ins for what only Windows has, in front of the script that is named first. Their state is files below
# KILN_TEST_ROOT; C is the drive, tasks.log what was done to tasks, power.log how the machine was switched off.
$root = $env:KILN_TEST_ROOT
New-PSDrive -Name C -PSProvider FileSystem -Root (Join-Path $root 'C') -Scope Global | Out-Null
function global:Get-Service { param([string]$Name) if ($Name -ne 'WindowsAzureTelemetryService') { [pscustomobject]@{ Name = $Name; Status = 'Running' } } else { Write-Error "Cannot find any service with service name '$Name'." } }
function global:Get-ItemProperty { param([string]$Path) [pscustomobject]@{ ImageState = (Get-Content -LiteralPath (Join-Path $root 'state')) } }
function global:Get-Process { param([string]$Name) if (Test-Path -LiteralPath (Join-Path $root 'sysprep-runs')) { [pscustomobject]@{ Name = $Name } } }
function global:New-ScheduledTaskAction { param([string]$Execute, [string]$Argument) [pscustomobject]@{ Execute = $Execute; Argument = $Argument } }
function global:Register-ScheduledTask { param([string]$TaskName, $Action, [string]$User, [string]$RunLevel, [switch]$Force) Add-Content -LiteralPath (Join-Path $root 'tasks.log') -Value "register $TaskName $($Action.Execute) $($Action.Argument)" }
function global:Start-ScheduledTask {
  param([string]$TaskName)
  if ($env:KILN_TEST_TASK -eq 'dead') { return }
  $runner = Join-Path $env:SystemRoot 'Temp/kiln-generalize/runner.ps1'
  (Get-Content -LiteralPath $runner -Raw).Replace('$grace = 30', '$grace = 2').Replace('-Seconds 15', '-Seconds 2') | Set-Content -LiteralPath $runner
  Start-Process -FilePath (Join-Path $root 'bin/powershell.exe') -ArgumentList "-File `"$runner`"" -RedirectStandardOutput (Join-Path $root 'runner.out') -RedirectStandardError (Join-Path $root 'runner.err')
}
function global:Get-ScheduledTask { param([string]$TaskName) [pscustomobject]@{ State = $(if ($env:KILN_TEST_TASK -eq 'dead') { 'Ready' } else { 'Running' }) } }
function global:Get-ScheduledTaskInfo { param([string]$TaskName) [pscustomobject]@{ LastTaskResult = 2147942402 } }
function global:Unregister-ScheduledTask { [CmdletBinding(SupportsShouldProcess)] param([string]$TaskName) Add-Content -LiteralPath (Join-Path $root 'tasks.log') -Value "unregister $TaskName" }
function global:Stop-Computer { [CmdletBinding()] param([switch]$Force) Add-Content -LiteralPath (Join-Path $root 'power.log') -Value 'Stop-Computer' }
# Windows Update: updates.log is what was installed; names that begin with R want a restart, with F they fail, and are found again.
if ($env:KILN_TEST_UPDATES) {
  $log = Join-Path $root 'updates.log'
  function global:Get-KilnLeft { $done = @(Get-Content -LiteralPath $log -ErrorAction SilentlyContinue); @($env:KILN_TEST_UPDATES -split ' ' | Where-Object { $_ -like 'F*' -or $done -notcontains $_ }) }
  function global:Get-KilnUpdate([string]$Name) {
    $update = [pscustomobject]@{ Title = $Name; Identity = @{ UpdateID = $Name }; InstallationBehavior = @{ CanRequestUserInput = $false } }
    $update | Add-Member -PassThru ScriptMethod AcceptEula { }
  }
  function global:Install-KilnUpdate($Updates) {
    $names = @($Updates | ForEach-Object { $_.Title })
    Add-Content -LiteralPath $log -Value @($names | Where-Object { $_ -notlike 'F*' })
    $good = @($names | Where-Object { $_ -notlike 'F*' }).Count
    $result = [pscustomobject]@{ RebootRequired = [bool]($names -like 'R*'); ResultCode = $(if ($good -eq $names.Count) { 2 } elseif ($good) { 3 } else { 4 }) }
    $result | Add-Member -PassThru ScriptMethod GetUpdateResult { param($Index) [pscustomobject]@{ ResultCode = 2; HResult = 0 } }
  }
  function global:New-Object {
    param([string]$TypeName, [string]$ComObject, $ArgumentList)
    if ($ComObject -eq 'Microsoft.Update.SystemInfo') { return [pscustomobject]@{ RebootRequired = $false } }
    if ($ComObject -eq 'Microsoft.Update.UpdateColl') {
      $list = New-Object -TypeName Collections.ArrayList
      $list | Add-Member ScriptMethod Item { param($Index) $this[$Index] } -Force
      return , $list
    }
    if (-not $ComObject) { return , (Microsoft.PowerShell.Utility\New-Object -TypeName $TypeName) }
    $session = [pscustomobject]@{}
    $session | Add-Member ScriptMethod CreateUpdateSearcher { [pscustomobject]@{} | Add-Member -PassThru ScriptMethod Search { [pscustomobject]@{ Updates = @(Get-KilnLeft | ForEach-Object { Get-KilnUpdate $_ }) } } }
    $session | Add-Member ScriptMethod CreateUpdateDownloader { [pscustomobject]@{ Updates = $null } | Add-Member -PassThru ScriptMethod Download { } }
    $session | Add-Member -PassThru ScriptMethod CreateUpdateInstaller { [pscustomobject]@{ Updates = $null; ForceQuiet = $false } | Add-Member -PassThru ScriptMethod Install { Install-KilnUpdate $this.Updates } }
  }
}
if ($env:KILN_TEST_LOCKED) {
  function global:Remove-Item { [CmdletBinding()] param([string[]]$Path, [switch]$Recurse, [switch]$Force) throw 'The process cannot access the file because it is being used by another process.' }
}
if ($env:KILN_TEST_LANGUAGE) { $ExecutionContext.SessionState.LanguageMode = $env:KILN_TEST_LANGUAGE }
$script, $rest = $args
& $script @rest
exit $LASTEXITCODE
