import { base64 } from './base64.ts';

/**
 * AIB's own text, word for word, because customizers edit it by what it says: Microsoft's own AVD step replaces
 * `Sysprep.exe /oobe /generalize /quiet /quit`. That it waits for ever for a sysprep that failed is no harm: the runner
 * watches it.
 * https://learn.microsoft.com/azure/virtual-machines/linux/image-builder-troubleshoot#default-sysprep-command
 */
export const DEFAULT_WINDOWS_DEPROVISIONING =
  `Write-Output '>>> Waiting for GA Service (RdAgent) to start ...'
while ((Get-Service RdAgent).Status -ne 'Running') { Start-Sleep -s 5 }
Write-Output '>>> Waiting for GA Service (WindowsAzureTelemetryService) to start ...'
while ((Get-Service WindowsAzureTelemetryService) -and ((Get-Service WindowsAzureTelemetryService).Status -ne 'Running')) { Start-Sleep -s 5 }
Write-Output '>>> Waiting for GA Service (WindowsAzureGuestAgent) to start ...'
while ((Get-Service WindowsAzureGuestAgent).Status -ne 'Running') { Start-Sleep -s 5 }
if( Test-Path $Env:SystemRoot\\system32\\Sysprep\\unattend.xml ) {
  Write-Output '>>> Removing Sysprep\\unattend.xml ...'
  Remove-Item $Env:SystemRoot\\system32\\Sysprep\\unattend.xml -Force
}
if (Test-Path $Env:SystemRoot\\Panther\\unattend.xml) {
  Write-Output '>>> Removing Panther\\unattend.xml ...'
  Remove-Item $Env:SystemRoot\\Panther\\unattend.xml -Force
}
Write-Output '>>> Sysprepping VM ...'
& $Env:SystemRoot\\System32\\Sysprep\\Sysprep.exe /oobe /generalize /quiet /quit
while($true) {
  $imageState = (Get-ItemProperty HKLM:\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Setup\\State).ImageState
  Write-Output $imageState
  if ($imageState -eq 'IMAGE_STATE_GENERALIZE_RESEAL_TO_OOBE') { break }
  Start-Sleep -s 5
}
Write-Output '>>> Sysprep complete ...'
`.replaceAll('\n', '\r\n');

/** Puts the default where customizers look for it, unless the file is there; `\$missing` tells afterwards. */
export const PLACE_WINDOWS_DEFAULT = `$missing = -not (Test-Path -LiteralPath 'C:\\DeprovisioningScript.ps1')
if ($missing) {
  Set-Content -LiteralPath 'C:\\DeprovisioningScript.ps1' -Value (ConvertFrom-KilnText '${base64(DEFAULT_WINDOWS_DEPROVISIONING)}') -Encoding Ascii -NoNewline
}`;
