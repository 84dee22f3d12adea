$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue'
if ($ExecutionContext.SessionState.LanguageMode -ne 'FullLanguage') {
  Write-Output 'kiln: PowerShell runs in constrained language mode here (application control), in which no step of Kiln can run. Use a source without that policy, and set the policy in the last step.'
  exit 1
}
function ConvertFrom-KilnText([string]$Text) {
  return [Text.Encoding]::UTF8.GetString([Convert]::FromBase64String($Text))
}
$kiln = ConvertFrom-Json (ConvertFrom-KilnText 'eyJjb21tYW5kIjoicG93ZXJzaGVsbCAtY29tbWFuZCBcIiYge1dyaXRlLU91dHB1dCAncmVzdGFydGVkLid9XCIifQ==')
$folder = Join-Path $env:SystemRoot ('Temp\kiln-' + [Guid]::NewGuid())
New-Item -ItemType Directory -Path $folder | Out-Null
try {
$file = Join-Path $folder 'check.cmd'
[IO.File]::WriteAllText($file, '@' + $kiln.command)
& cmd.exe /d /c $file
exit $LASTEXITCODE
} finally {
  Remove-Item -Path $folder -Recurse -Force -ErrorAction SilentlyContinue
}
