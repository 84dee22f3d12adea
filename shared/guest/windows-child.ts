import { base64 } from './base64.ts';
import { SKIPPED_EXIT_CODE, SKIPPED_WORDS } from './script.ts';

/**
 * Runs a script file in a Windows PowerShell of its own, and answers with its exit code. A process, because what it does
 * is then its own affair: it may end as it likes, its arguments are bound as `-File` binds them (a text like `-Name`
 * names a parameter), and what programs write to stderr is not made into errors, which Windows PowerShell does with
 * streams that a script redirects: https://github.com/PowerShell/PowerShell/issues/4002
 * With secrets, this script reads both streams line by line: whatever way the step prints, it passes here.
 * What a daemon of the step still holds open is waited for five seconds.
 */
export const INVOKE_CHILD = `function ConvertTo-KilnArgument([string]$Text) {
  if ($Text -match '^[^\\s"]+$') { return $Text }
  return '"' + ($Text -replace '(\\\\*)"', '$1$1\\"' -replace '(\\\\+)$', '$1$1') + '"'
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
}`;

/** Runs in the child. The condition holds unless it fails, ends with another code than 0, or says \`$false\` last. */
const ASK = `$said = @(& (Join-Path $PSScriptRoot 'condition.ps1'))
if ($LASTEXITCODE) { exit $LASTEXITCODE }
if ($said.Count -gt 0 -and $said[-1] -is [bool] -and -not $said[-1]) { exit 1 }`;

export const CONDITION = `if ($kiln.runIf) {
  [IO.File]::WriteAllText((Join-Path $folder 'condition.ps1'), $kiln.runIf, [Text.Encoding]::UTF8)
  $ask = Join-Path $folder 'ask.ps1'
  [IO.File]::WriteAllText($ask, (ConvertFrom-KilnText '${base64(ASK)}'))
  if ((Invoke-KilnChild -File $ask -OnLine { $null }) -ne 0) {
    Write-Output '${SKIPPED_WORDS}'
    Exit-Kiln ${SKIPPED_EXIT_CODE}
  }
}`;

/**
 * The forms in which a value may come out of a tool: those of redact.ts, and what .NET makes of it besides, Base64 of
 * UTF-16 and hexadecimal with dashes. Logs of both systems hide the same.
 */
const FORMS = `function Get-KilnForms([string]$Value) {
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
  $json = $Value.Replace('\\', '\\\\').Replace('"', '\\"').Replace("\`r", '\\r').Replace("\`n", '\\n').Replace("\`t", '\\t')
  $own = ConvertTo-Json -InputObject $Value -Compress
  $json, $own.Substring(1, $own.Length - 2)
  $chars = $Value.ToCharArray()
  [Array]::Reverse($chars)
  -join $chars
}`;

/**
 * Reads the secrets into the environment, and `Hide-KilnSecret`, which replaces them in a line. A value of several lines
 * is replaced line by line. PowerShell cuts tables and wraps messages at the width of a console that nobody sees, so that
 * pieces go as well: a beginning before an ellipsis or the end of the line, and an end at its start.
 */
export const READ_SECRETS = `${FORMS}
$plain = @()
$whole = @()
foreach ($variable in (ConvertFrom-Json (ConvertFrom-KilnText $KilnSecrets)).PSObject.Properties) {
  [Environment]::SetEnvironmentVariable($variable.Name, $variable.Value, 'Process')
  $whole += $variable.Value.Trim("\`r", "\`n")
  $plain += @($variable.Value -split "\`r?\`n" | Where-Object { $_.Length -gt 3 -or $_ -eq $variable.Value -and $_ })
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
  $parts = [Regex]::Split($Text, '(\\.\\.\\.|\\u2026)')
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
}`;
