$ErrorActionPreference = 'Stop'
function Exit-Kiln([int]$Code) {
  [Console]::Out.Write('{0}##kiln-exit:{1}{0}' -f [char]10, $Code)
  exit $Code
}
$ProgressPreference = 'SilentlyContinue'
function ConvertFrom-KilnText([string]$Text) {
  return [Text.Encoding]::UTF8.GetString([Convert]::FromBase64String($Text))
}
$kiln = ConvertFrom-Json (ConvertFrom-KilnText 'e30=')
$files = (Join-Path $env:SystemRoot 'Temp\kiln-deprovision.log'),
  (Join-Path $env:SystemRoot 'System32\Sysprep\Panther\setuperr.log'),
  (Join-Path $env:SystemRoot 'System32\Sysprep\Panther\setupact.log')
foreach ($file in $files) {
  Write-Output $file
  Get-Content -Path $file -Tail 30 -ErrorAction SilentlyContinue
}
exit 0
