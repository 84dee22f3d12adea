import { createHash } from 'node:crypto';
import { exitMark } from '../model/exit-mark.ts';
import { consoleNote } from './console.ts';
import type { OsType } from './os-type.ts';
import type { GuestScript } from './script.ts';

/** Scripts that Kiln can ask about while they run. */
export type Watch = { readonly osType: OsType; readonly name: string; readonly timeoutSeconds: number };

/** In memory: a restart empties it, and no image ever has it. */
const LINUX_FOLDER = '/run/kiln';
/** Volatile keys are gone after a restart: https://learn.microsoft.com/windows/win32/api/winreg/nf-winreg-regcreatekeyexw */
const WINDOWS_KEY = String.raw`SOFTWARE\kiln-steps`;

/**
 * The script, with a note of its process that a restart wipes out, and a last line that tells its exit code. On Linux
 * its whole process group ends at the limit: the agent kills its first process only.
 * https://github.com/Azure/run-command-handler-linux/blob/main/internal/exec/exec.go
 */
export function watched(script: GuestScript, watch: Watch): GuestScript {
  // What no shell can hold is run as it is, without a second way to hear of its end.
  if (script.text.includes('\0')) return script;
  const text = watch.osType === 'Windows' ? onWindows(script.text, watch) : onLinux(script.text, watch);
  return { ...script, text };
}

function onLinux(text: string, { name, timeoutSeconds }: Watch): string {
  const end = `KILN-STEP-${createHash('sha256').update(text).digest('hex').slice(0, 16)}`;
  const note = `${LINUX_FOLDER}/${name}`;
  return `#!/bin/sh
mkdir -p ${LINUX_FOLDER} 2>/dev/null && echo $$ 2>/dev/null > ${note}
echo '${consoleNote(name)}' 2>/dev/null > /dev/console
kiln_folder="$(mktemp -d "\${KILN_FOLDER:-/root}/.kiln-XXXXXXXX")" || exit 1
trap 'rm -rf "$kiln_folder" ${note}' EXIT
cat > "$kiln_folder/step" <<'${end}' && chmod 700 "$kiln_folder/step" || exit 1
${text.endsWith('\n') ? text : `${text}\n`}${end}
if command -v timeout >/dev/null 2>&1; then set -- timeout -s KILL ${timeoutSeconds}; fi
"$@" "$kiln_folder/step"
kiln_status=$?
printf '${exitMark('%s')}' "$kiln_status"
exit "$kiln_status"
`;
}

function onWindows(text: string, { name }: Watch): string {
  const note = `try { [Microsoft.Win32.Registry]::LocalMachine.CreateSubKey('${WINDOWS_KEY}', $true, [Microsoft.Win32.RegistryOptions]::Volatile).SetValue('${name}', $PID) } catch { }`;
  // Parameters stay the first statement.
  return text.replace(/^(?:param\(.*\)\n)?/, (param) => `${param}${note}\n`);
}

/** Whether the script of a command still runs in its machine, and when the machine started. */
export function pulse(osType: OsType, name: string): GuestScript {
  return { text: osType === 'Windows' ? windowsPulse(name) : linuxPulse(name), environment: {} };
}

function linuxPulse(name: string): string {
  return `#!/bin/sh
# kiln-pulse ${name}
note=${LINUX_FOLDER}/${name}
state=absent
if [ -e "$note" ]; then
  state=dead
  if kill -0 "$(cat "$note")" 2>/dev/null; then state=running; fi
fi
read -r up _ < /proc/uptime
echo "$state $(($(date +%s) - \${up%.*}))"
`;
}

function windowsPulse(name: string): string {
  return `# kiln-pulse ${name}
$state = 'absent'
$note = Get-ItemProperty -Path 'HKLM:\\${WINDOWS_KEY}' -Name '${name}' -ErrorAction SilentlyContinue
if ($note) {
  $state = 'dead'
  if (Get-Process -Id $note.'${name}' -ErrorAction SilentlyContinue) { $state = 'running' }
}
$started = (Get-CimInstance -ClassName Win32_OperatingSystem).LastBootUpTime.ToUniversalTime()
Write-Output ($state + ' ' + [int64]($started - [DateTime]'1970-01-01').TotalSeconds)
`;
}

export type Pulse = { readonly script: 'running' | 'dead' | 'absent'; readonly bootedAt: Date };

/** Undefined for anything but an answer. */
export function readPulse(output: string): Pulse | undefined {
  const [, script, seconds] = /^(running|dead|absent) (\d{1,11})\s*$/.exec(output) ?? [];
  if (script !== 'running' && script !== 'dead' && script !== 'absent') return undefined;
  return { script, bootedAt: new Date(Number(seconds) * 1000) };
}

/** Told in whole seconds, from a clock and an uptime that are rounded each by itself. */
const BOOT_ROUNDING_MS = 1000;

/** Whether the machine started anew under the script. One that was just up when the script began did not. */
export function bootedSince({ script, bootedAt }: Pulse, startedAt: Date): boolean {
  return script === 'absent' && bootedAt.getTime() > startedAt.getTime() + BOOT_ROUNDING_MS;
}
