param([string]$KilnSecrets = '')
$ErrorActionPreference = 'Stop'
function Exit-Kiln([int]$Code) {
  [Console]::Out.Write('{0}##kiln-exit:{1}{0}' -f [char]10, $Code)
  exit $Code
}
$ProgressPreference = 'SilentlyContinue'
function ConvertFrom-KilnText([string]$Text) {
  return [Text.Encoding]::UTF8.GetString([Convert]::FromBase64String($Text))
}
$kiln = ConvertFrom-Json (ConvertFrom-KilnText 'eyJzY3JpcHQiOiJWM0pwZEdVdFNHOXpkQ0JtYVd4bCIsImFyZ3VtZW50cyI6WyJvbmUiLCJpdCdzIHR3byJdLCJlbnZpcm9ubWVudCI6eyJQQUNLRVJfQlVJTERFUl9UWVBFIjoiYXp1cmUtYXJtIiwiUEFDS0VSX0JVSUxEX05BTUUiOiJ3ZWIiLCJHUkVFVElORyI6ImhlbGxvIn0sInJ1bklmIjoidGVzdCAtZSAvZXRjL2hvc3RzIn0=')
foreach ($variable in $kiln.environment.PSObject.Properties) {
  [Environment]::SetEnvironmentVariable($variable.Name, $variable.Value, 'Process')
}
$hidden = @()
foreach ($variable in (ConvertFrom-Json (ConvertFrom-KilnText $KilnSecrets)).PSObject.Properties) {
  [Environment]::SetEnvironmentVariable($variable.Name, $variable.Value, 'Process')
  $hidden += @($variable.Value -split "`r?`n" | Where-Object { $_.Length -gt 3 -or $_ -eq $variable.Value -and $_ })
}
$hidden = @($hidden | Sort-Object -Property Length -Descending)
function Hide-KilnSecret([string]$Text) {
  foreach ($value in $hidden) { $Text = $Text.Replace($value, '[redacted]') }
  return $Text
}
$folder = Join-Path $env:SystemRoot ('Temp\kiln-' + [Guid]::NewGuid())
New-Item -ItemType Directory -Path $folder | Out-Null
try {
  if ($kiln.runIf) {
    $condition = Join-Path $folder 'condition.ps1'
    [IO.File]::WriteAllText($condition, $kiln.runIf, [Text.Encoding]::UTF8)
    & powershell.exe -NoProfile -NonInteractive -ExecutionPolicy Bypass -File $condition *> $null
    if ($LASTEXITCODE -ne 0) {
      Write-Output 'kiln: skipped, because the condition runIf does not hold.'
      Exit-Kiln 213
    }
  }
  $file = Join-Path $folder 'step.ps1'
  [IO.File]::WriteAllBytes($file, [Convert]::FromBase64String($kiln.script))
  $arguments = [string[]]@($kiln.arguments)
  Set-ExecutionPolicy -ExecutionPolicy Bypass -Scope Process -Force -ErrorAction SilentlyContinue
  $global:LASTEXITCODE = 0
  $code = 1
  try {
    $ErrorActionPreference = 'Continue'
    & $file @arguments *>&1 | Out-String -Stream | ForEach-Object { Hide-KilnSecret $_ }
    $code = $LASTEXITCODE
  } catch {
    [Console]::Error.WriteLine((Hide-KilnSecret ($_ | Out-String)))
  }
  Exit-Kiln $code
} finally {
  Remove-Item -Path $folder -Recurse -Force -ErrorAction SilentlyContinue
}
