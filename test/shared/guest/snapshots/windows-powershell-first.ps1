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
$kiln = ConvertFrom-Json (ConvertFrom-KilnText 'eyJhcmd1bWVudHMiOltdLCJlbnZpcm9ubWVudCI6eyJQQUNLRVJfQlVJTERFUl9UWVBFIjoiYXp1cmUtYXJtIiwiUEFDS0VSX0JVSUxEX05BTUUiOiJ3ZWIifX0=')
$payload = '77u/ZXhpdCAwDQo='
$missing = -not (Test-Path -LiteralPath 'C:\DeprovisioningScript.ps1')
if ($missing) {
  Set-Content -LiteralPath 'C:\DeprovisioningScript.ps1' -Value (ConvertFrom-KilnText 'V3JpdGUtT3V0cHV0ICc+Pj4gV2FpdGluZyBmb3IgR0EgU2VydmljZSAoUmRBZ2VudCkgdG8gc3RhcnQgLi4uJw0Kd2hpbGUgKChHZXQtU2VydmljZSBSZEFnZW50KS5TdGF0dXMgLW5lICdSdW5uaW5nJykgeyBTdGFydC1TbGVlcCAtcyA1IH0NCldyaXRlLU91dHB1dCAnPj4+IFdhaXRpbmcgZm9yIEdBIFNlcnZpY2UgKFdpbmRvd3NBenVyZVRlbGVtZXRyeVNlcnZpY2UpIHRvIHN0YXJ0IC4uLicNCndoaWxlICgoR2V0LVNlcnZpY2UgV2luZG93c0F6dXJlVGVsZW1ldHJ5U2VydmljZSkgLWFuZCAoKEdldC1TZXJ2aWNlIFdpbmRvd3NBenVyZVRlbGVtZXRyeVNlcnZpY2UpLlN0YXR1cyAtbmUgJ1J1bm5pbmcnKSkgeyBTdGFydC1TbGVlcCAtcyA1IH0NCldyaXRlLU91dHB1dCAnPj4+IFdhaXRpbmcgZm9yIEdBIFNlcnZpY2UgKFdpbmRvd3NBenVyZUd1ZXN0QWdlbnQpIHRvIHN0YXJ0IC4uLicNCndoaWxlICgoR2V0LVNlcnZpY2UgV2luZG93c0F6dXJlR3Vlc3RBZ2VudCkuU3RhdHVzIC1uZSAnUnVubmluZycpIHsgU3RhcnQtU2xlZXAgLXMgNSB9DQppZiggVGVzdC1QYXRoICRFbnY6U3lzdGVtUm9vdFxzeXN0ZW0zMlxTeXNwcmVwXHVuYXR0ZW5kLnhtbCApIHsNCiAgV3JpdGUtT3V0cHV0ICc+Pj4gUmVtb3ZpbmcgU3lzcHJlcFx1bmF0dGVuZC54bWwgLi4uJw0KICBSZW1vdmUtSXRlbSAkRW52OlN5c3RlbVJvb3Rcc3lzdGVtMzJcU3lzcHJlcFx1bmF0dGVuZC54bWwgLUZvcmNlDQp9DQppZiAoVGVzdC1QYXRoICRFbnY6U3lzdGVtUm9vdFxQYW50aGVyXHVuYXR0ZW5kLnhtbCkgew0KICBXcml0ZS1PdXRwdXQgJz4+PiBSZW1vdmluZyBQYW50aGVyXHVuYXR0ZW5kLnhtbCAuLi4nDQogIFJlbW92ZS1JdGVtICRFbnY6U3lzdGVtUm9vdFxQYW50aGVyXHVuYXR0ZW5kLnhtbCAtRm9yY2UNCn0NCldyaXRlLU91dHB1dCAnPj4+IFN5c3ByZXBwaW5nIFZNIC4uLicNCiYgJEVudjpTeXN0ZW1Sb290XFN5c3RlbTMyXFN5c3ByZXBcU3lzcHJlcC5leGUgL29vYmUgL2dlbmVyYWxpemUgL3F1aWV0IC9xdWl0DQp3aGlsZSgkdHJ1ZSkgew0KICAkaW1hZ2VTdGF0ZSA9IChHZXQtSXRlbVByb3BlcnR5IEhLTE06XFNPRlRXQVJFXE1pY3Jvc29mdFxXaW5kb3dzXEN1cnJlbnRWZXJzaW9uXFNldHVwXFN0YXRlKS5JbWFnZVN0YXRlDQogIFdyaXRlLU91dHB1dCAkaW1hZ2VTdGF0ZQ0KICBpZiAoJGltYWdlU3RhdGUgLWVxICdJTUFHRV9TVEFURV9HRU5FUkFMSVpFX1JFU0VBTF9UT19PT0JFJykgeyBicmVhayB9DQogIFN0YXJ0LVNsZWVwIC1zIDUNCn0NCldyaXRlLU91dHB1dCAnPj4+IFN5c3ByZXAgY29tcGxldGUgLi4uJw0K') -Encoding Ascii -NoNewline
}
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
Exit-Kiln (Invoke-KilnChild $run ([string[]]@($kiln.arguments)) $null)
} finally {
  Remove-Item -Path $folder -Recurse -Force -ErrorAction SilentlyContinue
}
