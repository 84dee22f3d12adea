import type { Check } from '../../model/proof-wishes.ts';
import { asked, WINDOWS_REPORT } from './result.ts';

const FUNCTIONS = String.raw`function Check-File($id, $path, $absent, $sha256, $contains) {
  if (-not (Test-Path -LiteralPath $path)) { Judge $id $absent 'not there'; return }
  if ($absent) { Judge $id $false 'it is there'; return }
  if ($sha256) {
    $sum = (Get-FileHash -LiteralPath $path -Algorithm SHA256).Hash
    if ($sum -ne $sha256) { Judge $id $false "sha256 $sum"; return }
  }
  if ($contains -and -not (Select-String -LiteralPath $path -SimpleMatch $contains -Quiet)) {
    Judge $id $false 'the text is not in it'; return
  }
  Judge $id $true 'it is there'
}
function Check-Package($id, $name, $absent, $version) {
  $keys = 'HKLM:\SOFTWARE\Microsoft\Windows\CurrentVersion\Uninstall\*', 'HKLM:\SOFTWARE\WOW6432Node\Microsoft\Windows\CurrentVersion\Uninstall\*'
  $found = Get-ItemProperty -Path $keys -ErrorAction SilentlyContinue | Where-Object { $_.DisplayName -eq $name } | Select-Object -First 1
  if ($null -eq $found) { Judge $id $absent 'not installed'; return }
  $is = $found.DisplayVersion
  Judge $id ((-not $absent) -and ((-not $version) -or $is -eq $version)) "version $is"
}
function Check-Service($id, $name, $enabled, $running) {
  $service = Get-Service -Name $name -ErrorAction SilentlyContinue
  if ($null -eq $service) { Judge $id $false 'there is no such service'; return }
  $starts = $service.StartType -eq 'Automatic'
  $runs = $service.Status -eq 'Running'
  Judge $id ((($null -eq $enabled) -or $starts -eq $enabled) -and (($null -eq $running) -or $runs -eq $running)) "$($service.StartType), $($service.Status)"
}
function Check-Port($id, $port, $protocol, $listening) {
  if ($protocol -eq 'tcp') { $found = Get-NetTCPConnection -LocalPort $port -State Listen -ErrorAction SilentlyContinue }
  else { $found = Get-NetUDPEndpoint -LocalPort $port -ErrorAction SilentlyContinue }
  $is = $null -ne $found
  if ($is) { $word = 'something' } else { $word = 'nothing' }
  Judge $id ($is -eq $listening) "$word listens there"
}
function Check-User($id, $name, $absent, $groups) {
  $user = Get-LocalUser -Name $name -ErrorAction SilentlyContinue
  if ($null -eq $user) { Judge $id $absent 'not there'; return }
  if ($absent) { Judge $id $false 'it is there'; return }
  $in = @(Get-LocalGroup | Where-Object { (Get-LocalGroupMember -Group $_ -ErrorAction SilentlyContinue).SID -contains $user.SID } | ForEach-Object { $_.Name })
  $missing = @($groups | Where-Object { $in -notcontains $_ })
  Judge $id ($missing.Count -eq 0) "in the groups $($in -join ', ')"
}
function Check-Command($id, $command, $exitCode, $output) {
  $encoded = [Convert]::ToBase64String([Text.Encoding]::Unicode.GetBytes($command))
  $said = (& powershell.exe -NoProfile -NonInteractive -EncodedCommand $encoded 2>&1 | Out-String)
  $code = $LASTEXITCODE
  Judge $id (($code -eq $exitCode) -and ((-not $output) -or $said -match $output)) "exit code ${'$'}{code}: $said"
}
function Check-Registry($id, $key, $valueName, $value, $absent) {
  if (-not (Test-Path -LiteralPath $key)) { Judge $id $absent 'not there'; return }
  if (-not $valueName) { Judge $id (-not $absent) 'it is there'; return }
  $item = Get-ItemProperty -LiteralPath $key -Name $valueName -ErrorAction SilentlyContinue
  if ($null -eq $item) { Judge $id $absent 'the value is not there'; return }
  $is = [string]$item.$valueName
  Judge $id ((-not $absent) -and (($null -eq $value) -or $is -eq $value)) $is
}
function Check-Feature($id, $name, $installed) {
  if (Get-Command Get-WindowsFeature -ErrorAction SilentlyContinue) { $state = [string](Get-WindowsFeature -Name $name).InstallState }
  else { $state = [string](Get-WindowsOptionalFeature -Online -FeatureName $name -ErrorAction SilentlyContinue).State }
  $is = ($state -eq 'Installed') -or ($state -eq 'Enabled')
  Judge $id ($is -eq $installed) $state
}
function Check-Size($id, $mostGB, $path) {
  if ($path) { $bytes = (Get-ChildItem -LiteralPath $path -Recurse -Force -File -ErrorAction SilentlyContinue | Measure-Object -Property Length -Sum).Sum }
  else { $drive = Get-PSDrive -Name $env:SystemDrive.TrimEnd(':'); $bytes = $drive.Used }
  Judge $id ($bytes -le $mostGB * 1GB) "$([math]::Round($bytes / 1GB, 2)) GB"
}`;

/** One script that looks at every declared check of a Windows image. */
export function windowsChecks(checks: readonly Check[]): string {
  const calls = checks.map((check, index) => callOf(check, index).join(' '));
  return [asked([...checks.keys()].map(String)), WINDOWS_REPORT, FUNCTIONS, ...calls, 'exit 0'].join('\n');
}

type Value = string | number | boolean | readonly string[] | undefined;

function callOf(check: Check, index: number): string[] {
  const call = (name: string, ...args: readonly Value[]) => [
    `Check-${name}`,
    String(index),
    ...args.map(literal),
  ];
  switch (check.type) {
    case 'file':
      return call('File', check.path, check.absent, check.sha256, check.contains);
    case 'package':
      return call('Package', check.package, check.absent, check.version);
    case 'service':
      return call('Service', check.service, check.enabled, check.running);
    case 'port':
      return call('Port', check.port, check.protocol, check.listening);
    case 'user':
      return call('User', check.user, check.absent, check.groups);
    case 'command':
      return call('Command', check.command, check.exitCode, check.output);
    case 'registryKey':
      return call('Registry', check.key, check.valueName, check.value, check.absent);
    case 'feature':
      return call('Feature', check.feature, check.installed);
    case 'size':
      return call('Size', check.mostGB, check.path);
    case 'kernelParameter':
      return ['Report', String(index), literal('skipped'), literal('Windows has none')];
    default:
      return check satisfies never;
  }
}

/** Between single quotes nothing is read but the quote itself, which is doubled. */
function literal(value: Value): string {
  if (value === undefined) return '$null';
  if (typeof value === 'boolean') return value ? '$true' : '$false';
  if (typeof value === 'number') return String(value);
  if (typeof value === 'string') return `'${value.replaceAll(/['\u2018\u2019\u201a\u201b]/g, '$&$&')}'`;
  return `@(${value.map(literal).join(', ')})`;
}
