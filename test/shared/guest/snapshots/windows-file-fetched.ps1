param([string]$KilnSource = '')
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
$kiln = ConvertFrom-Json (ConvertFrom-KilnText 'eyJzaGEyNTYiOiJhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhIiwiZGVzdGluYXRpb24iOiJDOlxcYy50eHQiLCJzb3VyY2VOYW1lIjoiIiwicnVuSWYiOiJleGl0IDAifQ==')
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
$incoming = Join-Path $folder 'incoming'
[Net.ServicePointManager]::SecurityProtocol = [Net.SecurityProtocolType]::Tls12
Invoke-WebRequest -UseBasicParsing -Uri (ConvertFrom-KilnText $KilnSource) -OutFile $incoming
$actual = (Get-FileHash -Algorithm SHA256 -Path $incoming).Hash
if ($actual -ne $kiln.sha256) {
  [Console]::Error.WriteLine('The file for ' + $kiln.destination + ' did not arrive whole: its SHA-256 is ' + $actual)
  exit 1
}
$target = $kiln.destination
if (Test-Path -LiteralPath $target -PathType Container) { $target = Join-Path $target $kiln.sourceName }
if (Test-Path -LiteralPath $target -PathType Container) {
  [Console]::Error.WriteLine($target + ' is a folder, and not a file that could be replaced. Name the file in the destination.')
  exit 1
}
New-Item -ItemType Directory -Force -Path ([IO.Path]::GetDirectoryName($target)) | Out-Null
Move-Item -Force -LiteralPath $incoming -Destination $target
Write-Output ('Installed ' + $target)
} finally {
  Remove-Item -Path $folder -Recurse -Force -ErrorAction SilentlyContinue
}
