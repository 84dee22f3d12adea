# A Windows that can only be asked: what its registry, CIM and cmdlets answer is in the JSON file $env:KILN_TEST_SYSTEM, below the
# names that scripts use. A registry key that is not there is an error there as well. C is a drive with real files.
$global:system = Get-Content -LiteralPath $env:KILN_TEST_SYSTEM -Raw | ConvertFrom-Json
New-PSDrive -Name C -PSProvider FileSystem -Root (Join-Path $env:KILN_TEST_ROOT 'C') -Scope Global | Out-Null
function global:Find-Keys([string]$Pattern) { $system.registry.PSObject.Properties | Where-Object { $_.Name -like $Pattern } }
function global:Get-ItemProperty {
  [CmdletBinding()] param([Parameter(Position = 0)][string[]]$Path, [string]$LiteralPath, [string]$Name)
  foreach ($one in @($Path) + @($LiteralPath) | Where-Object { $_ }) {
    $keys = @(Find-Keys $one | Where-Object { -not $Name -or $_.Value.PSObject.Properties[$Name] })
    if ($keys.Count -eq 0 -and $one -notlike '*`**') { Write-Error "Cannot find path '$one'." }
    $keys | ForEach-Object { $_.Value }
  }
}
function global:Test-Path {
  [CmdletBinding()] param([Parameter(Position = 0, ValueFromPipeline)][string]$Path, [string]$LiteralPath)
  process {
    $one = if ($LiteralPath) { $LiteralPath } else { $Path }
    if ($one -like 'HKLM:*') { return @(Find-Keys $one).Count + @(Find-Keys "$one\*").Count -gt 0 }
    Microsoft.PowerShell.Management\Test-Path -LiteralPath $one
  }
}
function global:Get-ChildItem {
  [CmdletBinding()] param([Parameter(Position = 0)][string]$Path, [string]$LiteralPath, [switch]$Force, [switch]$Recurse, [switch]$File)
  if ($Path -like 'HKLM:*') { return Find-Keys "$Path\*" | ForEach-Object { [pscustomobject]@{ PSPath = $_.Name } } }
  Microsoft.PowerShell.Management\Get-ChildItem @PSBoundParameters
}
function global:Get-CimInstance {
  [CmdletBinding()] param([Parameter(Position = 0)][string]$ClassName, [string]$Filter)
  $global:asked += @("$ClassName $Filter")
  $system.cim.$ClassName
}
function global:Get-HotFix { $system.hotfixes }
function global:Get-AppxProvisionedPackage { param([switch]$Online) $system.appx }
function global:Get-WindowsFeature { param([string]$Name) $system.features | Where-Object { $_.Name -eq $Name } }
function global:Get-Service { [CmdletBinding()] param([string]$Name) $found = $system.services | Where-Object { $_.Name -eq $Name }; if ($found) { $found } else { Write-Error "Cannot find any service with service name '$Name'." } }
function global:Get-Process { $system.processes }
function global:Get-NetTCPConnection { [CmdletBinding()] param([int]$LocalPort, [string]$State) $found = $system.tcp | Where-Object { -not $LocalPort -or $_.LocalPort -eq $LocalPort }; if ($found) { $found } else { Write-Error 'No MSFT_NetTCPConnection objects found.' } }
function global:Get-NetUDPEndpoint { [CmdletBinding()] param([int]$LocalPort) $found = $system.udp | Where-Object { -not $LocalPort -or $_.LocalPort -eq $LocalPort }; if ($found) { $found } else { Write-Error 'No MSFT_NetUDPEndpoint objects found.' } }
function global:Get-LocalUser { [CmdletBinding()] param([string]$Name) $found = $system.users | Where-Object { -not $Name -or $_.Name -eq $Name }; if ($found) { $found } else { Write-Error "User $Name was not found." } }
function global:Get-LocalGroup { $system.groups }
function global:Get-LocalGroupMember {
  [CmdletBinding()] param($Group)
  if ($Group.Broken) { Write-Error 'Failed to compare two elements in the array.' } else { $Group.Members }
}
function global:Get-ScheduledTask { $system.tasks }
function global:Get-SecureBootUEFI { param([string]$Name) if (-not $system.kek) { throw 'Cmdlet not supported on this platform: 0xC0000002' }; @{ Bytes = [Text.Encoding]::ASCII.GetBytes($system.kek) } }
function global:Get-PSDrive { param([string]$Name) [pscustomobject]@{ Used = $system.used } }
$script = $args[0]
& $script
exit $LASTEXITCODE
