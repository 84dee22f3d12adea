param([string]$KilnSecrets = '')
try { [Microsoft.Win32.Registry]::LocalMachine.CreateSubKey('SOFTWARE\kiln-steps', $true, [Microsoft.Win32.RegistryOptions]::Volatile).SetValue('step-000-0', $PID) } catch { }
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
$kiln = ConvertFrom-Json (ConvertFrom-KilnText 'eyJhcmd1bWVudHMiOlsib25lIiwiaXQncyB0d28iXSwiZW52aXJvbm1lbnQiOnsiUEFDS0VSX0JVSUxERVJfVFlQRSI6ImF6dXJlLWFybSIsIlBBQ0tFUl9CVUlMRF9OQU1FIjoid2ViIiwiR1JFRVRJTkciOiJoZWxsbyJ9LCJydW5JZiI6InRlc3QgLWUgL2V0Yy9ob3N0cyJ9')
$payload = '77u/ZXhpdCAzDQo='
foreach ($variable in $kiln.environment.PSObject.Properties) {
  [Environment]::SetEnvironmentVariable($variable.Name, $variable.Value, 'Process')
}
function ConvertTo-KilnArgument([string]$Text) {
  if ($Text -match '^[^\s"]+$') { return $Text }
  return '"' + ($Text -replace '(\\*)"', '$1$1\"' -replace '(\\+)$', '$1$1') + '"'
}
function Start-KilnChild([string]$File, [string[]]$Arguments, [bool]$Read) {
  $start = New-Object Diagnostics.ProcessStartInfo
  $start.FileName = 'powershell.exe'
  $all = @('-NoProfile', '-NonInteractive', '-ExecutionPolicy', 'Bypass', '-OutputFormat', 'Text', '-File', $File) + $Arguments
  $start.Arguments = ($all | ForEach-Object { ConvertTo-KilnArgument $_ }) -join ' '
  $start.UseShellExecute = $false
  $start.RedirectStandardInput = $true
  $start.RedirectStandardOutput = $Read
  $start.RedirectStandardError = $Read
  $process = [Diagnostics.Process]::Start($start)
  $process.StandardInput.Close()
  return $process
}
function Invoke-KilnChild([string]$File, [string[]]$Arguments = @(), [ScriptBlock]$OnLine = $null) {
  $process = Start-KilnChild $File $Arguments ($null -ne $OnLine)
  if ($OnLine) {
    $readers = $process.StandardOutput, $process.StandardError
    $never = (New-Object 'Threading.Tasks.TaskCompletionSource[object]').Task
    $reads = [Threading.Tasks.Task[]]@($readers[0].ReadLineAsync(), $readers[1].ReadLineAsync())
    $open = 2
    $idle = 0
    while ($open -gt 0 -and $idle -lt 25) {
      $index = [Threading.Tasks.Task]::WaitAny($reads, 200)
      if ($index -lt 0) {
        if ($process.HasExited) { $idle++ }
        continue
      }
      $line = $reads[$index].Result
      if ($null -eq $line) {
        $reads[$index] = $never
        $open--
      } else {
        & $OnLine $index $line
        $reads[$index] = $readers[$index].ReadLineAsync()
      }
    }
  }
  $process.WaitForExit()
  return $process.ExitCode
}
function Get-KilnForms([string]$Value) {
  foreach ($bytes in [Text.Encoding]::UTF8.GetBytes($Value), [Text.Encoding]::Unicode.GetBytes($Value)) {
    foreach ($shift in 0, 1, 2) {
      $text = [Convert]::ToBase64String([byte[]](@(0) * $shift + $bytes))
      $start = if ($shift -eq 0) { 0 } else { $shift + 1 }
      $part = $text.Substring($start, [Math]::Floor(($shift + $bytes.Length) * 8 / 6) - $start)
      $part, $part.Replace('+', '-').Replace('/', '_')
    }
    $all = [Convert]::ToBase64String($bytes).TrimEnd('=')
    foreach ($width in 64, 76) {
      for ($at = 0; $all.Length -gt $width -and $at -lt $all.Length; $at += $width) { $all.Substring($at, [Math]::Min($width, $all.Length - $at)) }
    }
    $hex = [BitConverter]::ToString($bytes)
    $hex, $hex.Replace('-', ''), $hex.ToLowerInvariant(), $hex.Replace('-', '').ToLowerInvariant()
  }
  $strict = [Uri]::EscapeDataString($Value)
  $loose = $strict
  foreach ($kept in '!', "'", '(', ')', '*') { $loose = $loose.Replace(('%{0:X2}' -f [int][char]$kept), $kept) }
  foreach ($url in $strict, $loose, [Net.WebUtility]::UrlEncode($Value)) {
    $url, [Regex]::Replace($url, '%[0-9A-F]{2}', { param($code) $code.Value.ToLowerInvariant() }), $url.Replace('%20', '+')
  }
  $json = $Value.Replace('\', '\\').Replace('"', '\"').Replace("`r", '\r').Replace("`n", '\n').Replace("`t", '\t')
  $own = ConvertTo-Json -InputObject $Value -Compress
  $json, $own.Substring(1, $own.Length - 2)
  $chars = $Value.ToCharArray()
  [Array]::Reverse($chars)
  -join $chars
}
$plain = @()
$whole = @()
foreach ($variable in (ConvertFrom-Json (ConvertFrom-KilnText $KilnSecrets)).PSObject.Properties) {
  [Environment]::SetEnvironmentVariable($variable.Name, $variable.Value, 'Process')
  $whole += $variable.Value.Trim("`r", "`n")
  $plain += @($variable.Value -split "`r?`n" | Where-Object { $_.Length -gt 3 -or $_ -eq $variable.Value -and $_ })
}
$plain = @($plain | Sort-Object -Property Length -Descending)
$hidden = @($plain + ($whole + $plain | Where-Object { $_.Length -gt 3 } | ForEach-Object { Get-KilnForms $_ } | Where-Object { $_.Length -gt 4 }) | Select-Object -Unique | Sort-Object -Property Length -Descending)
function Get-KilnPiece([string]$Text, [string]$Value, [bool]$AtStart) {
  if ($Text.Length -lt 4) { return 0 }
  $probe = if ($AtStart) { $Text.Substring(0, 4) } else { $Text.Substring($Text.Length - 4) }
  if (-not $Value.Contains($probe)) { return 0 }
  for ($length = [Math]::Min($Value.Length, $Text.Length); $length -ge 4; $length--) {
    if ($AtStart) { $same = $Text.StartsWith($Value.Substring($Value.Length - $length), [StringComparison]::Ordinal) }
    else { $same = $Text.EndsWith($Value.Substring(0, $length), [StringComparison]::Ordinal) }
    if ($same) { return $length }
  }
  return 0
}
function Hide-KilnPiece([string]$Text, [string]$Value) {
  $bare = $Text.Trim()
  if ($bare.Length -ge 8 -and $Value.Contains($bare)) { return '[redacted]' }
  $parts = [Regex]::Split($Text, '(\.\.\.|\u2026)')
  for ($index = 0; $index -lt $parts.Count; $index += 2) {
    $part = $parts[$index].TrimEnd()
    $length = Get-KilnPiece $part $Value $false
    if ($length -gt 0) { $parts[$index] = $part.Substring(0, $part.Length - $length) + '[redacted]' }
  }
  $Text = $parts -join ''
  $part = $Text.TrimStart()
  $length = Get-KilnPiece $part $Value $true
  if ($length -gt 0) { $Text = '[redacted]' + $part.Substring($length) }
  return $Text
}
function Hide-KilnSecret([string]$Text) {
  foreach ($value in $hidden) { $Text = $Text.Replace($value, '[redacted]') }
  foreach ($value in $plain) {
    if ($value.Length -ge 8) { $Text = Hide-KilnPiece $Text $value }
  }
  return $Text
}
$folder = Join-Path $env:SystemRoot ('Temp\kiln-' + [Guid]::NewGuid())
New-Item -ItemType Directory -Path $folder | Out-Null
try {
if ($kiln.runIf) {
  [IO.File]::WriteAllText((Join-Path $folder 'condition.ps1'), $kiln.runIf, [Text.Encoding]::UTF8)
  $ask = Join-Path $folder 'ask.ps1'
  [IO.File]::WriteAllText($ask, (ConvertFrom-KilnText 'JHNhaWQgPSBAKCYgKEpvaW4tUGF0aCAkUFNTY3JpcHRSb290ICdjb25kaXRpb24ucHMxJykpCmlmICgkTEFTVEVYSVRDT0RFKSB7IGV4aXQgJExBU1RFWElUQ09ERSB9CmlmICgkc2FpZC5Db3VudCAtZ3QgMCAtYW5kICRzYWlkWy0xXSAtaXMgW2Jvb2xdIC1hbmQgLW5vdCAkc2FpZFstMV0pIHsgZXhpdCAxIH0='))
  if ((Invoke-KilnChild -File $ask -OnLine { $null }) -ne 0) {
    Write-Output 'kiln: skipped, because the condition runIf does not hold.'
    Exit-Kiln 213
  }
}
[IO.File]::WriteAllBytes((Join-Path $folder 'step.ps1'), [Convert]::FromBase64String($payload))
$run = Join-Path $folder 'run.ps1'
[IO.File]::WriteAllText($run, (ConvertFrom-KilnText 'JGdsb2JhbDpMQVNURVhJVENPREUgPSAwCiYgKEpvaW4tUGF0aCAkUFNTY3JpcHRSb290ICdzdGVwLnBzMScpIEBhcmdzCmV4aXQgJGdsb2JhbDpMQVNURVhJVENPREU='))
Exit-Kiln (Invoke-KilnChild $run ([string[]]@($kiln.arguments)) { param($stream, $line) ([Console]::Out, [Console]::Error)[$stream].WriteLine((Hide-KilnSecret $line)) })
} finally {
  Remove-Item -Path $folder -Recurse -Force -ErrorAction SilentlyContinue
}
