param([string]$KilnSecrets = '')
try { [Microsoft.Win32.Registry]::LocalMachine.CreateSubKey('SOFTWARE\kiln-steps', $true, [Microsoft.Win32.RegistryOptions]::Volatile).SetValue('step-000-0', $PID) } catch { }
$ErrorActionPreference = 'Stop'
function Exit-Kiln([int]$Code) {
  [Console]::Out.Write('{0}##kiln-exit:{1}{0}' -f [char]10, $Code)
  exit $Code
}
$ProgressPreference = 'SilentlyContinue'
function ConvertFrom-KilnText([string]$Text) {
  return [Text.Encoding]::UTF8.GetString([Convert]::FromBase64String($Text))
}
$kiln = ConvertFrom-Json (ConvertFrom-KilnText 'eyJzY3JpcHQiOiI3N3UvWlhocGRDQXpEUW89IiwiYXJndW1lbnRzIjpbIm9uZSIsIml0J3MgdHdvIl0sImVudmlyb25tZW50Ijp7IlBBQ0tFUl9CVUlMREVSX1RZUEUiOiJhenVyZS1hcm0iLCJQQUNLRVJfQlVJTERfTkFNRSI6IndlYiIsIkdSRUVUSU5HIjoiaGVsbG8ifSwicnVuSWYiOiJ0ZXN0IC1lIC9ldGMvaG9zdHMifQ==')
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
