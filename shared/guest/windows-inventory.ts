import { windowsScript } from './powershell.ts';
import type { GuestScript } from './script.ts';

/**
 * The listing that a Windows machine makes of itself, in the form of linux-inventory.ts. Registry and CIM only: the lists
 * of DISM take ten times as long, and Win32_Product would check and repair every package that it names.
 * https://learn.microsoft.com/previous-versions/windows/desktop/legacy/aa394378(v=vs.85)
 */
export function windowsInventory(): GuestScript {
  return { text: windowsScript({}, `# kiln-inventory\n${BODY}`), environment: {} };
}

/** Whatever is not plain text travels as \`\\u00e9\`: the agent reads output in the code page of the machine. */
const WRITE = String.raw`$lines = New-Object Collections.Generic.List[string]
function Add-Line {
  $fields = foreach ($value in $args) { ([string]$value) -replace '[\x00-\x1f\x7f]', ' ' -replace '\\', '\u005c' }
  $text = $fields -join [char]9
  $plain = [regex]::Replace($text, '[^\x09\x20-\x7e]', { param($found) '\u{0:x4}' -f [int][char]$found.Value })
  $lines.Add($plain)
}
function Invoke-Part([string]$Name, [scriptblock]$Part) {
  try { & $Part } catch { Add-Line 'lack' "$($Name): $($_.Exception.Message)" }
}`;

const PROGRAMS = String.raw`Invoke-Part 'os' {
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
}`;

const STATE = String.raw`Invoke-Part 'services' {
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
}`;

const BODY = `${WRITE}
${PROGRAMS}
${STATE}
$lines.Add('end')
[Console]::Out.Write(($lines -join [char]10) + [char]10)
exit 0`;
