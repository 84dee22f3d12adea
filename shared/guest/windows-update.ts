import { windowsScript } from './powershell.ts';
import type { GuestScript } from './script.ts';
import { PLACE_WINDOWS_DEFAULT } from './windows-default.ts';

/** Exit code of a round after which the machine is restarted and searched again; Windows' own code for "restart needed". */
export const MORE_UPDATES = 3010;

export type UpdateWish = {
  readonly searchCriteria: string;
  readonly filters: readonly string[];
  /** Updates that are installed together. */
  readonly updateLimit: number;
};

/**
 * One round: searches, filters, installs. Ends with 0 when nothing is left, with 3010 after updates were installed. As long
 * as no restart is wanted, the next lot of `updateLimit` updates comes in the same round: a small limit costs no rounds.
 * Filters as the template has them: the first whose expression holds for an update (`$_`) decides, and what none of
 * them names is not installed.
 * https://learn.microsoft.com/azure/virtual-machines/linux/image-builder-json#windows-update-customizer
 */
export function updateRound(wish: UpdateWish, isFirst = false): GuestScript {
  const { searchCriteria, filters, updateLimit } = wish;
  const value = {
    searchCriteria,
    filters: (filters.length === 0 ? ['include:$true'] : filters).map(toFilter),
    updateLimit,
  };
  const body = isFirst ? `${PLACE_WINDOWS_DEFAULT}\n${BODY}` : BODY;
  return { text: windowsScript(value, body), environment: {} };
}

function toFilter(text: string): { include: boolean; expression: string } {
  const [kind = '', ...rest] = text.split(':');
  return { include: kind.trim().toLowerCase() !== 'exclude', expression: rest.join(':') };
}

const BODY = `function Test-KilnUpdate($Update) {
  foreach ($filter in $kiln.filters) {
    $expression = [ScriptBlock]::Create($filter.expression)
    if ($Update | Where-Object -FilterScript $expression) { return $filter.include }
  }
  return $false
}

if ((New-Object -ComObject Microsoft.Update.SystemInfo).RebootRequired) {
  Write-Output 'A restart is pending.'
  Exit-Kiln ${MORE_UPDATES}
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
Exit-Kiln ${MORE_UPDATES}`;
