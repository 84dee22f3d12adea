import { Buffer } from 'node:buffer';
import { inFolder, windowsScript } from './powershell.ts';
import type { GuestScript, Preparation } from './script.ts';
import { CONDITION, INVOKE_CHILD } from './windows-child.ts';
import { PLACE_WINDOWS_DEFAULT } from './windows-default.ts';

/** Larger files are fetched by the machine: Windows PowerShell reads a long text very slowly. */
export const INLINE_FILE_LIMIT = 48 * 1024;

export type WindowsFile = {
  readonly sha256: string;
  readonly destination: string;
  /** A URL with its SAS is a secret. */
  readonly content: { readonly bytes: Uint8Array } | { readonly url: string };
  readonly runIf?: string;
  /** Of the source, for a destination that is a folder. Absent: it has none. */
  readonly sourceName?: string;
  readonly prepare?: Preparation;
};

/** Puts a file at an absolute path, missing folders included, after its checksum was found right. */
export function installWindowsFile(file: WindowsFile): GuestScript {
  const { sha256, destination, content, runIf, sourceName = '', prepare } = file;
  const inline = 'bytes' in content;
  const value = {
    sha256,
    destination,
    sourceName,
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
$target = $kiln.destination
if (Test-Path -LiteralPath $target -PathType Container) { $target = Join-Path $target $kiln.sourceName }
if (Test-Path -LiteralPath $target -PathType Container) {
  [Console]::Error.WriteLine($target + ' is a folder, and not a file that could be replaced. Name the file in the destination.')
  exit 1
}
New-Item -ItemType Directory -Force -Path ([IO.Path]::GetDirectoryName($target)) | Out-Null
Move-Item -Force -LiteralPath $incoming -Destination $target
Write-Output ('Installed ' + $target)`;
  const first = prepare === undefined ? [] : [PLACE_WINDOWS_DEFAULT];
  const whole = [...first, INVOKE_CHILD, inFolder(body)].join('\n');
  return {
    text: windowsScript(value, whole, inline ? [] : ['KilnSource']),
    environment: {},
    ...(!inline && { secrets: { KilnSource: Buffer.from(content.url).toString('base64') } }),
  };
}
