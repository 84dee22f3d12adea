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
$kiln = ConvertFrom-Json (ConvertFrom-KilnText 'eyJzZWFyY2hDcml0ZXJpYSI6IklzSW5zdGFsbGVkPTAiLCJmaWx0ZXJzIjpbeyJpbmNsdWRlIjpmYWxzZSwiZXhwcmVzc2lvbiI6IiRfLlRpdGxlIC1saWtlIFwiKlByZXZpZXcqXCIifSx7ImluY2x1ZGUiOnRydWUsImV4cHJlc3Npb24iOiIkdHJ1ZSJ9XSwidXBkYXRlTGltaXQiOjIwfQ==')
function Test-KilnUpdate($Update) {
  foreach ($filter in $kiln.filters) {
    $expression = [ScriptBlock]::Create($filter.expression)
    if ($Update | Where-Object -FilterScript $expression) { return $filter.include }
  }
  return $false
}

if ((New-Object -ComObject Microsoft.Update.SystemInfo).RebootRequired) {
  Write-Output 'A restart is pending.'
  Exit-Kiln 3010
}
$session = New-Object -ComObject Microsoft.Update.Session
$tried = @{}
do {
  $found = $session.CreateUpdateSearcher().Search($kiln.searchCriteria)
  $chosen = New-Object -ComObject Microsoft.Update.UpdateColl
  foreach ($update in $found.Updates) {
    if ($chosen.Count -ge $kiln.updateLimit) { break }
    if ($update.InstallationBehavior.CanRequestUserInput -or $tried[$update.Identity.UpdateID]) { continue }
    if (-not (Test-KilnUpdate $update)) { continue }
    $update.AcceptEula()
    $chosen.Add($update) | Out-Null
    Write-Output ('Chosen: ' + $update.Title)
  }
  if ($chosen.Count -eq 0) {
    if ($tried.Count -gt 0) { break }
    Write-Output 'Nothing is left to install.'
    Exit-Kiln 0
  }
  $downloader = $session.CreateUpdateDownloader()
  $downloader.Updates = $chosen
  $downloader.Download() | Out-Null
  $installer = $session.CreateUpdateInstaller()
  $installer.Updates = $chosen
  $installer.ForceQuiet = $true
  $result = $installer.Install()
  for ($index = 0; $index -lt $chosen.Count; $index++) {
    $one = $result.GetUpdateResult($index)
    $tried[$chosen.Item($index).Identity.UpdateID] = $true
    Write-Output ('{0}: result {1}, HRESULT 0x{2:X8}' -f $chosen.Item($index).Title, $one.ResultCode, $one.HResult)
  }
  # 2: all of them succeeded, 3: some did. Those that failed are found again in the next round.
  if ($result.ResultCode -ne 2 -and $result.ResultCode -ne 3) {
    [Console]::Error.WriteLine('The installation failed with result code ' + $result.ResultCode)
    Exit-Kiln 1
  }
} while ($chosen.Count -ge $kiln.updateLimit -and -not $result.RebootRequired)
Exit-Kiln 3010
