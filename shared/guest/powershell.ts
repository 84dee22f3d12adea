import { Buffer } from 'node:buffer';
import { withParameters } from './parameters.ts';
import { type GuestScript, NO_VALUES, SKIPPED_EXIT_CODE, SKIPPED_WORDS, type StepValues } from './script.ts';

/**
 * Guest scripts for Windows. The agent runs them as Local System in Windows PowerShell 5.1:
 * https://learn.microsoft.com/azure/virtual-machines/windows/run-command-managed
 */

const BYTE_ORDER_MARK = '\uFEFF';

/** What every script of ours starts with. Values are Base64 of UTF-8, so that none of them can be read as code. */
const PROLOGUE = `$ErrorActionPreference = 'Stop'
function Exit-Kiln([int]$Code) {
  [Console]::Out.Write('{0}##kiln-exit:{1}{0}' -f [char]10, $Code)
  exit $Code
}
$ProgressPreference = 'SilentlyContinue'
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

/** Lines of a template. Windows PowerShell takes a file for ANSI text unless it starts with a byte order mark. */
export function inlinePowerShell(
  lines: readonly string[],
  templateName: string,
  values: StepValues = NO_VALUES,
): GuestScript {
  const bytes = Buffer.from(`${BYTE_ORDER_MARK}${lines.join('\r\n')}\r\n`);
  return powerShellFile(bytes, templateName, values);
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
    script: Buffer.from(bytes).toString('base64'),
    arguments: values.arguments,
    environment: withParameters(own, values, false),
    ...(values.runIf !== undefined && { runIf: values.runIf }),
  };
  const hasSecrets = Object.keys(values.secrets).length > 0;
  const body = [SET_ENVIRONMENT, runIn(hasSecrets)].join('\n');
  return {
    text: windowsScript(step, body, hasSecrets ? ['KilnSecrets'] : []),
    environment: {},
    ...(hasSecrets && { secrets: { KilnSecrets: base64(JSON.stringify(values.secrets)) } }),
  };
}

const SET_ENVIRONMENT = `foreach ($variable in $kiln.environment.PSObject.Properties) {
  [Environment]::SetEnvironmentVariable($variable.Name, $variable.Value, 'Process')
}`;

const READ_SECRETS = `$hidden = @()
foreach ($variable in (ConvertFrom-Json (ConvertFrom-KilnText $KilnSecrets)).PSObject.Properties) {
  [Environment]::SetEnvironmentVariable($variable.Name, $variable.Value, 'Process')
  $hidden += @($variable.Value -split "\`r?\`n" | Where-Object { $_.Length -gt 3 -or $_ -eq $variable.Value -and $_ })
}
$hidden = @($hidden | Sort-Object -Property Length -Descending)
function Hide-KilnSecret([string]$Text) {
  foreach ($value in $hidden) { $Text = $Text.Replace($value, '[redacted]') }
  return $Text
}`;

/** The condition runs in a process of its own, which may end as it likes. */
export const CONDITION = `if ($kiln.runIf) {
  $condition = Join-Path $folder 'condition.ps1'
  [IO.File]::WriteAllText($condition, $kiln.runIf, [Text.Encoding]::UTF8)
  & powershell.exe -NoProfile -NonInteractive -ExecutionPolicy Bypass -File $condition *> $null
  if ($LASTEXITCODE -ne 0) {
    Write-Output '${SKIPPED_WORDS}'
    Exit-Kiln ${SKIPPED_EXIT_CODE}
  }
}`;

/** A folder that goes when the script ends, however it ends. */
export function inFolder(body: string): string {
  const indented = body.replaceAll(/^(?=.)/gm, '  ');
  return `$folder = Join-Path $env:SystemRoot ('Temp\\kiln-' + [Guid]::NewGuid())
New-Item -ItemType Directory -Path $folder | Out-Null
try {
${indented}
} finally {
  Remove-Item -Path $folder -Recurse -Force -ErrorAction SilentlyContinue
}`;
}

/**
 * As Packer's provisioner does: the code of the last program counts, an error that the script does not catch is 1.
 * https://developer.hashicorp.com/packer/docs/provisioners/powershell
 */
function runIn(hasSecrets: boolean): string {
  const run = hasSecrets
    ? `& $file @arguments *>&1 | Out-String -Stream | ForEach-Object { Hide-KilnSecret $_ }`
    : `& $file @arguments`;
  const said = hasSecrets ? `Hide-KilnSecret ($_ | Out-String)` : `$_ | Out-String`;
  const step = `${CONDITION}
$file = Join-Path $folder 'step.ps1'
[IO.File]::WriteAllBytes($file, [Convert]::FromBase64String($kiln.script))
$arguments = [string[]]@($kiln.arguments)
Set-ExecutionPolicy -ExecutionPolicy Bypass -Scope Process -Force -ErrorAction SilentlyContinue
$global:LASTEXITCODE = 0
$code = 1
try {
  $ErrorActionPreference = 'Continue'
  ${run}
  $code = $LASTEXITCODE
} catch {
  [Console]::Error.WriteLine((${said}))
}
Exit-Kiln $code`;
  return hasSecrets ? `${READ_SECRETS}\n${inFolder(step)}` : inFolder(step);
}

export function base64(text: string): string {
  return Buffer.from(text, 'utf8').toString('base64');
}
