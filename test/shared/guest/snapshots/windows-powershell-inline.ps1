$ErrorActionPreference = 'Stop'
function Exit-Kiln([int]$Code) {
  [Console]::Out.Write('{0}##kiln-exit:{1}{0}' -f [char]10, $Code)
  exit $Code
}
$ProgressPreference = 'SilentlyContinue'
function ConvertFrom-KilnText([string]$Text) {
  return [Text.Encoding]::UTF8.GetString([Convert]::FromBase64String($Text))
}
$kiln = ConvertFrom-Json (ConvertFrom-KilnText 'eyJzY3JpcHQiOiI3N3UvVjNKcGRHVXRTRzl6ZENBaWFHa2lEUXBsZUdsMElETU5DZz09IiwiYXJndW1lbnRzIjpbXSwiZW52aXJvbm1lbnQiOnsiUEFDS0VSX0JVSUxERVJfVFlQRSI6ImF6dXJlLWFybSIsIlBBQ0tFUl9CVUlMRF9OQU1FIjoid2ViIn19')
foreach ($variable in $kiln.environment.PSObject.Properties) {
  [Environment]::SetEnvironmentVariable($variable.Name, $variable.Value, 'Process')
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
    & $file @arguments
    $code = $LASTEXITCODE
  } catch {
    [Console]::Error.WriteLine(($_ | Out-String))
  }
  Exit-Kiln $code
} finally {
  Remove-Item -Path $folder -Recurse -Force -ErrorAction SilentlyContinue
}
