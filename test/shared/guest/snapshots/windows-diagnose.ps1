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
$kiln = ConvertFrom-Json (ConvertFrom-KilnText 'e30=')
$files = (Join-Path $env:SystemRoot 'Temp\kiln-generalize\out'),
  (Join-Path $env:SystemRoot 'Temp\kiln-generalize\err'),
  (Join-Path $env:SystemRoot 'Temp\kiln-generalize\said'),
  (Join-Path $env:SystemRoot 'System32\Sysprep\Panther\setuperr.log'),
  (Join-Path $env:SystemRoot 'System32\Sysprep\Panther\setupact.log')
foreach ($file in $files) {
  Write-Output $file
  Get-Content -Path $file -Tail 30 -ErrorAction SilentlyContinue
}
exit 0
