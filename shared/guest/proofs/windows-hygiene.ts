import { asked, WINDOWS_REPORT } from './result.ts';

/**
 * The same for Windows. ImageState: https://learn.microsoft.com/windows-hardware/manufacture/desktop/windows-setup-states.
 * Secure Boot certificates of 2011 end in 2026: https://support.microsoft.com/topic/5062710
 */
const RULES = String.raw`$state = (Get-ItemProperty 'HKLM:\SOFTWARE\Microsoft\Windows\CurrentVersion\Setup\State').ImageState
Judge 'image-state' ($state -eq 'IMAGE_STATE_COMPLETE') "$state"
$logon = Get-ItemProperty 'HKLM:\SOFTWARE\Microsoft\Windows NT\CurrentVersion\Winlogon'
Judge 'autologon' ((-not $logon.DefaultPassword) -and ($logon.AutoAdminLogon -ne '1')) "AutoAdminLogon $($logon.AutoAdminLogon)"
$tasks = @(Get-ScheduledTask | Where-Object { $_.TaskName -like 'kiln*' -or $_.TaskName -like 'packer*' } | ForEach-Object { $_.TaskName })
Judge 'scheduled-tasks' ($tasks.Count -eq 0) ($tasks -join ', ')
$boot = (Get-CimInstance Win32_OperatingSystem).LastBootUpTime
$answers = @('Panther\unattend.xml', 'Panther\Unattend\unattend.xml', 'System32\Sysprep\unattend.xml') |
  ForEach-Object { Join-Path $env:SystemRoot $_ } |
  Where-Object { (Test-Path $_) -and ((Get-Item $_).LastWriteTime -lt $boot.AddDays(-1)) -and (Select-String -Path $_ -Pattern '<Password>' -Quiet) }
Judge 'panther' (@($answers).Count -eq 0) (@($answers) -join ', ')
$pending = @('HKLM:\SOFTWARE\Microsoft\Windows\CurrentVersion\Component Based Servicing\RebootPending',
  'HKLM:\SOFTWARE\Microsoft\Windows\CurrentVersion\WindowsUpdate\Auto Update\RebootRequired') | Where-Object { Test-Path $_ }
Judge 'pending-reboot' (@($pending).Count -eq 0) (@($pending) -join ', ')
$history = @(Get-ChildItem 'C:\Users\*\AppData\Roaming\Microsoft\Windows\PowerShell\PSReadLine\*_history.txt' -Force -ErrorAction SilentlyContinue |
  Where-Object { $_.Length -gt 0 } | ForEach-Object { $_.FullName })
Judge 'history' ($history.Count -eq 0) ($history -join ', ')
try {
  $kek = [Text.Encoding]::ASCII.GetString((Get-SecureBootUEFI KEK).Bytes)
  Judge 'secure-boot' ($kek -match '2023') 'certificates of 2011 alone ended in 2026'
} catch { Report 'secure-boot' 'skipped' 'the machine has no Secure Boot' }`;

const RULE_NAMES = [...RULES.matchAll(/^ *Judge '([a-z-]+)'/gm)].flatMap(([, name]) => name ?? []);

export function windowsHygiene(): string {
  return [asked(RULE_NAMES), WINDOWS_REPORT, RULES, 'exit 0'].join('\n');
}
