$ErrorActionPreference = 'Stop'
function Exit-Kiln([int]$Code) {
  [Console]::Out.Write('{0}##kiln-exit:{1}{0}' -f [char]10, $Code)
  exit $Code
}
$ProgressPreference = 'SilentlyContinue'
function ConvertFrom-KilnText([string]$Text) {
  return [Text.Encoding]::UTF8.GetString([Convert]::FromBase64String($Text))
}
$kiln = ConvertFrom-Json (ConvertFrom-KilnText 'eyJzaGEyNTYiOiJhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhIiwiZGVzdGluYXRpb24iOiJDOlxcYSBiXFxjLnR4dCIsImNvbnRlbnQiOiJlQT09In0=')
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
  $incoming = Join-Path $folder 'incoming'
  [IO.File]::WriteAllBytes($incoming, [Convert]::FromBase64String($kiln.content))
  $actual = (Get-FileHash -Algorithm SHA256 -Path $incoming).Hash
  if ($actual -ne $kiln.sha256) {
    [Console]::Error.WriteLine('The file for ' + $kiln.destination + ' did not arrive whole: its SHA-256 is ' + $actual)
    exit 1
  }
  New-Item -ItemType Directory -Force -Path ([IO.Path]::GetDirectoryName($kiln.destination)) | Out-Null
  Move-Item -Force -Path $incoming -Destination $kiln.destination
  Write-Output ('Installed ' + $kiln.destination)
} finally {
  Remove-Item -Path $folder -Recurse -Force -ErrorAction SilentlyContinue
}
