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
$kiln = ConvertFrom-Json (ConvertFrom-KilnText 'e30=')
# kiln-inventory
$lines = New-Object Collections.Generic.List[string]
function Add-Line {
  $fields = foreach ($value in $args) { ([string]$value) -replace '[\x00-\x1f\x7f]', ' ' -replace '\\', '\u005c' }
  $text = $fields -join [char]9
  $plain = [regex]::Replace($text, '[^\x09\x20-\x7e]', { param($found) '\u{0:x4}' -f [int][char]$found.Value })
  $lines.Add($plain)
}
function Invoke-Part([string]$Name, [scriptblock]$Part) {
  try { & $Part } catch { Add-Line 'lack' "$($Name): $($_.Exception.Message)" }
}
Invoke-Part 'os' {
  $os = Get-ItemProperty -Path 'HKLM:\SOFTWARE\Microsoft\Windows NT\CurrentVersion'
  # The registry of Windows 11 still says Windows 10; CIM says what people call it.
  $name = (Get-CimInstance -ClassName Win32_OperatingSystem).Caption
  $build = '10.0.{0}.{1}' -f $os.CurrentBuild, $os.UBR
  Add-Line 'os' 'windows' $build $os.DisplayVersion $name
  Add-Line 'machine' $env:PROCESSOR_ARCHITECTURE $build
}
Invoke-Part 'packages' {
  $places = @{ 'HKLM:\SOFTWARE\Microsoft\Windows\CurrentVersion\Uninstall' = ''; 'HKLM:\SOFTWARE\WOW6432Node\Microsoft\Windows\CurrentVersion\Uninstall' = 'x86' }
  foreach ($place in $places.GetEnumerator()) {
    foreach ($key in (Get-ChildItem -Path $place.Key -ErrorAction SilentlyContinue)) {
      $program = Get-ItemProperty -LiteralPath $key.PSPath
      if ($program.DisplayName) { Add-Line 'windows' $program.DisplayName $program.DisplayVersion $place.Value }
    }
  }
}
Invoke-Part 'hotfixes' { Get-HotFix | ForEach-Object { Add-Line 'hotfix' $_.HotFixID } }
Invoke-Part 'appx' {
  if (Get-Command Get-AppxProvisionedPackage -ErrorAction SilentlyContinue) {
    Get-AppxProvisionedPackage -Online | ForEach-Object { Add-Line 'appx' $_.DisplayName $_.Version }
  }
}
Invoke-Part 'features' {
  Get-CimInstance -ClassName Win32_OptionalFeature -Filter 'InstallState = 1' | ForEach-Object { Add-Line 'feature' $_.Name }
}
Invoke-Part 'services' {
  Get-CimInstance -ClassName Win32_Service | ForEach-Object { Add-Line 'service' $_.Name $_.StartMode }
}
Invoke-Part 'listening' {
  $names = @{}
  Get-Process | ForEach-Object { $names[[int]$_.Id] = $_.ProcessName }
  Get-NetTCPConnection -State Listen | ForEach-Object { Add-Line 'listen' 'tcp' $_.LocalAddress $_.LocalPort $names[[int]$_.OwningProcess] }
  Get-NetUDPEndpoint | ForEach-Object { Add-Line 'listen' 'udp' $_.LocalAddress $_.LocalPort $names[[int]$_.OwningProcess] }
}
Invoke-Part 'users' {
  Get-LocalUser | ForEach-Object { Add-Line 'user' $_.Name }
  # A group with an account that is gone cannot be listed: the others can.
  foreach ($group in Get-LocalGroup) {
    $members = Get-LocalGroupMember -Group $group -ErrorAction SilentlyContinue
    foreach ($member in $members) { Add-Line 'member' $group.Name ($member.Name -split '\\')[-1] }
  }
}
Invoke-Part 'disk' {
  $disk = Get-CimInstance -ClassName Win32_LogicalDisk -Filter "DeviceID = '$env:SystemDrive'"
  Add-Line 'disk' ([int64](($disk.Size - $disk.FreeSpace) / 1024))
}
$lines.Add('end')
[Console]::Out.Write(($lines -join [char]10) + [char]10)
exit 0
