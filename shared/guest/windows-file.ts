import { Buffer } from 'node:buffer';
import { CONDITION, inFolder, windowsScript } from './powershell.ts';
import type { GuestScript } from './script.ts';

/** Larger files are fetched by the machine: Windows PowerShell reads a long text very slowly. */
export const INLINE_FILE_LIMIT = 48 * 1024;

export type WindowsFile = {
  readonly sha256: string;
  readonly destination: string;
  /** A URL with its SAS is a secret. */
  readonly content: { readonly bytes: Uint8Array } | { readonly url: string };
  readonly runIf?: string;
};

/** Puts a file at an absolute path, missing folders included, after its checksum was found right. */
export function installWindowsFile({ sha256, destination, content, runIf }: WindowsFile): GuestScript {
  const inline = 'bytes' in content;
  const value = {
    sha256,
    destination,
    ...(inline && { content: Buffer.from(content.bytes).toString('base64') }),
    ...(runIf !== undefined && { runIf }),
  };
  const receive = inline
    ? '[IO.File]::WriteAllBytes($incoming, [Convert]::FromBase64String($kiln.content))'
    : `[Net.ServicePointManager]::SecurityProtocol = [Net.SecurityProtocolType]::Tls12
Invoke-WebRequest -UseBasicParsing -Uri (ConvertFrom-KilnText $KilnSource) -OutFile $incoming`;
  const body = `${CONDITION}
$incoming = Join-Path $folder 'incoming'
${receive}
$actual = (Get-FileHash -Algorithm SHA256 -Path $incoming).Hash
if ($actual -ne $kiln.sha256) {
  [Console]::Error.WriteLine('The file for ' + $kiln.destination + ' did not arrive whole: its SHA-256 is ' + $actual)
  exit 1
}
New-Item -ItemType Directory -Force -Path ([IO.Path]::GetDirectoryName($kiln.destination)) | Out-Null
Move-Item -Force -Path $incoming -Destination $kiln.destination
Write-Output ('Installed ' + $kiln.destination)`;
  return {
    text: windowsScript(value, inFolder(body), inline ? [] : ['KilnSource']),
    environment: {},
    ...(!inline && { secrets: { KilnSource: Buffer.from(content.url).toString('base64') } }),
  };
}
