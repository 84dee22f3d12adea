import { Buffer } from 'node:buffer';
import { base64 } from './base64.ts';
import { withParameters } from './parameters.ts';
import { type GuestScript, NO_VALUES, type StepValues } from './script.ts';
import { CONDITION, INVOKE_CHILD, READ_SECRETS } from './windows-child.ts';
import { PLACE_WINDOWS_DEFAULT } from './windows-default.ts';

/**
 * Guest scripts for Windows. The agent runs them as Local System in Windows PowerShell 5.1:
 * https://learn.microsoft.com/azure/virtual-machines/windows/run-command-managed
 */

const BYTE_ORDER_MARK = '\uFEFF';

/**
 * What every script of ours starts with. Values are Base64 of UTF-8, so that none of them can be read as code. Machines
 * with application control allow no .NET types to scripts that they do not know:
 * https://learn.microsoft.com/powershell/module/microsoft.powershell.core/about/about_language_modes
 */
const PROLOGUE = `$ErrorActionPreference = 'Stop'
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
}`;

/** A script of ours around a JSON value that it finds in \`$kiln\`. */
export function windowsScript(value: object, body: string, parameters: readonly string[] = []): string {
  const declared = parameters.map((name) => `[string]$${name} = ''`).join(', ');
  const param = parameters.length === 0 ? '' : `param(${declared})\n`;
  const json = base64(JSON.stringify(value));
  return `${param}${PROLOGUE}\n$kiln = ConvertFrom-Json (ConvertFrom-KilnText '${json}')\n${body}\n`;
}

/**
 * Lines of a template. Windows PowerShell takes a file for ANSI text unless it starts with a byte order mark; one that
 * was pasted along in a line would be part of a command.
 */
export function inlinePowerShell(
  lines: readonly string[],
  templateName: string,
  values: StepValues = NO_VALUES,
): GuestScript {
  const text = lines.map((line) => line.replace(/^\uFEFF/, '')).join('\r\n');
  return powerShellFile(Buffer.from(`${BYTE_ORDER_MARK}${text}\r\n`), templateName, values);
}

/** A script as its author wrote it, byte for byte. */
export function powerShellFile(
  bytes: Uint8Array,
  templateName: string,
  values: StepValues = NO_VALUES,
): GuestScript {
  const own = {
    PACKER_BUILDER_TYPE: 'azure-arm',
    PACKER_BUILD_NAME: templateName,
    ...values.environment,
  };
  const step = {
    arguments: values.arguments,
    environment: withParameters(own, values, false),
    ...(values.runIf !== undefined && { runIf: values.runIf }),
  };
  const hasSecrets = Object.keys(values.secrets).length > 0;
  const body = [
    // Outside of the JSON: Windows PowerShell reads no more than 2 MB of that.
    `$payload = '${Buffer.from(bytes).toString('base64')}'`,
    ...(values.prepare === undefined ? [] : [PLACE_WINDOWS_DEFAULT]),
    SET_ENVIRONMENT,
    INVOKE_CHILD,
    ...(hasSecrets ? [READ_SECRETS] : []),
    inFolder(runIn(hasSecrets)),
  ];
  return {
    text: windowsScript(step, body.join('\n'), hasSecrets ? ['KilnSecrets'] : []),
    environment: {},
    ...(hasSecrets && { secrets: { KilnSecrets: base64(JSON.stringify(values.secrets)) } }),
  };
}

const SET_ENVIRONMENT = `foreach ($variable in $kiln.environment.PSObject.Properties) {
  [Environment]::SetEnvironmentVariable($variable.Name, $variable.Value, 'Process')
}`;

/** A folder that goes when the script ends, however it ends. */
export function inFolder(body: string): string {
  return `$folder = Join-Path $env:SystemRoot ('Temp\\kiln-' + [Guid]::NewGuid())
New-Item -ItemType Directory -Path $folder | Out-Null
try {
${body}
} finally {
  Remove-Item -Path $folder -Recurse -Force -ErrorAction SilentlyContinue
}`;
}

/**
 * Runs in the child, as Packer's provisioner does: the code of the last program counts, an error that the script does not
 * catch is 1. https://developer.hashicorp.com/packer/docs/provisioners/powershell
 */
const RUN = `$global:LASTEXITCODE = 0
& (Join-Path $PSScriptRoot 'step.ps1') @args
exit $global:LASTEXITCODE`;

function runIn(hasSecrets: boolean): string {
  const onLine = `{ param($stream, $line) ([Console]::Out, [Console]::Error)[$stream].WriteLine((Hide-KilnSecret $line)) }`;
  return `${CONDITION}
[IO.File]::WriteAllBytes((Join-Path $folder 'step.ps1'), [Convert]::FromBase64String($payload))
$run = Join-Path $folder 'run.ps1'
[IO.File]::WriteAllText($run, (ConvertFrom-KilnText '${base64(RUN)}'))
Exit-Kiln (Invoke-KilnChild $run ([string[]]@($kiln.arguments)) ${hasSecrets ? onLine : '$null'})`;
}
