import type { Check } from '../../model/proof-wishes.ts';
import { asked, LINUX_REPORT } from './result.ts';

/** POSIX tools only; `check_x number what-is-asked…`, where an empty argument asks for nothing. */
const FUNCTIONS = String.raw`check_file() {
  if [ ! -e "$2" ] && [ ! -L "$2" ]; then
    if [ "$3" = true ]; then pass "$1" 'not there'; else fail "$1" 'not there'; fi
    return
  fi
  if [ "$3" = true ]; then fail "$1" 'it is there'; return; fi
  mode=$(stat -Lc %a "$2") owner=$(stat -Lc %U "$2")
  if [ -n "$4" ] && [ "$mode" != "$4" ]; then fail "$1" "mode $mode"; return; fi
  if [ -n "$5" ] && [ "$owner" != "$5" ]; then fail "$1" "owner $owner"; return; fi
  if [ -n "$6" ]; then
    sum=$(sha256sum "$2" | cut -c1-64)
    if [ "$sum" != "$6" ]; then fail "$1" "sha256 $sum"; return; fi
  fi
  if [ -n "$7" ] && ! grep -qF -- "$7" "$2"; then fail "$1" 'the text is not in it'; return; fi
  pass "$1" "mode $mode, owner $owner"
}
installed() {
  if command -v dpkg-query >/dev/null 2>&1; then
    dpkg-query -W -f='${'$'}{db:Status-Status} ${'$'}{Version}\n' "$1" 2>/dev/null | sed -n 's/^installed //p' | head -n 1
  elif command -v rpm >/dev/null 2>&1; then
    rpm -q --qf '%|EPOCH?{%{EPOCH}:}|%{VERSION}-%{RELEASE}\n' "$1" 2>/dev/null | grep -v 'not installed' | tail -n 1
  fi
}
check_package() {
  version=$(installed "$2")
  if [ "$3" = true ]; then
    if [ -z "$version" ]; then pass "$1" 'not installed'; else fail "$1" "version $version"; fi
  elif [ -z "$version" ]; then fail "$1" 'not installed'
  elif [ -n "$4" ] && [ "$version" != "$4" ]; then fail "$1" "version $version"
  else pass "$1" "version $version"; fi
}
check_service() {
  enabled=$(systemctl is-enabled "$2" 2>/dev/null) running=$(systemctl is-active "$2" 2>/dev/null)
  found="${'$'}{enabled:-unknown}, ${'$'}{running:-unknown}"
  if [ -z "$enabled" ] && [ "$running" != active ]; then fail "$1" 'there is no such service'; return; fi
  case "$enabled" in enabled*|static|alias|generated|indirect) is=true ;; *) is=false ;; esac
  if [ -n "$3" ] && [ "$is" != "$3" ]; then fail "$1" "$found"; return; fi
  if [ "$running" = active ]; then is=true; else is=false; fi
  if [ -n "$4" ] && [ "$is" != "$4" ]; then fail "$1" "$found"; return; fi
  pass "$1" "$found"
}
check_port() {
  if [ "$3" = tcp ]; then state=0A; else state=07; fi
  if grep -qsiE "^ *[0-9]+: [0-9A-F]+:$(printf '%04X' "$2") [0-9A-F]+:[0-9A-F]+ $state" "/proc/net/$3" "/proc/net/${'$'}{3}6"
  then is=true found='something listens there'; else is=false found='nothing listens there'; fi
  if [ "$is" = "$4" ]; then pass "$1" "$found"; else fail "$1" "$found"; fi
}
check_user() {
  if ! id "$2" >/dev/null 2>&1; then
    if [ "$3" = true ]; then pass "$1" 'not there'; else fail "$1" 'not there'; fi
    return
  fi
  groups=$(id -nG "$2")
  if [ "$3" = true ]; then fail "$1" "in the groups $groups"; return; fi
  for group in $4; do
    case " $groups " in *" $group "*) ;; *) fail "$1" "in the groups $groups"; return ;; esac
  done
  pass "$1" "in the groups $groups"
}
check_command() {
  output=$(sh -c "$2" 2>&1 </dev/null) && code=0 || code=$?
  if [ "$code" != "$3" ]; then fail "$1" "exit code $code: $output"; return; fi
  if [ -n "$4" ] && ! printf '%s\n' "$output" | grep -qE -- "$4"; then fail "$1" "$output"; return; fi
  pass "$1" "exit code $code: $output"
}
check_kernel() {
  value=$(cat "/proc/sys/$(printf '%s' "$2" | tr . /)" 2>/dev/null | tr '\t' ' ')
  if [ "$value" = "$3" ]; then pass "$1" "$value"; else fail "$1" "${'$'}{value:-there is no such parameter}"; fi
}
check_size() {
  if [ -n "$3" ]; then used=$(du -skx "$3" 2>/dev/null | cut -f1)
  else used=$(df -kP / | sed -n '$s/^[^ ]* *[0-9]* *\([0-9]*\).*/\1/p'); fi
  if [ -z "$used" ]; then fail "$1" 'not there'
  elif [ "$used" -le "$2" ]; then pass "$1" "$((used / 1024)) MB"
  else fail "$1" "$((used / 1024)) MB"; fi
}`;

const KB_A_GB = 1024 * 1024;

/** One script that looks at every declared check of a Linux image. It changes nothing but what its commands change. */
export function linuxChecks(checks: readonly Check[]): string {
  const calls = checks.map((check, index) => callOf(check, index).join(' '));
  return `#!/bin/sh\n${asked([...checks.keys()].map(String))}\n${LINUX_REPORT}\n${FUNCTIONS}\n${calls.join('\n')}\nexit 0\n`;
}

function callOf(check: Check, index: number): string[] {
  const call = (name: string, ...args: readonly (string | number | boolean | undefined)[]) => [
    `check_${name}`,
    String(index),
    ...args.map((arg) => quoted(arg === undefined ? '' : String(arg))),
  ];
  switch (check.type) {
    case 'file': {
      const { path, absent, mode, owner, sha256, contains } = check;
      return call('file', path, absent, mode?.replace(/^0(?=\d{3})/, ''), owner, sha256, contains);
    }
    case 'package':
      return call('package', check.package, check.absent, check.version);
    case 'service':
      return call('service', check.service, check.enabled, check.running);
    case 'port':
      return call('port', check.port, check.protocol, check.listening);
    case 'user':
      return call('user', check.user, check.absent, check.groups.join(' '));
    case 'command':
      return call('command', check.command, check.exitCode, check.output);
    case 'kernelParameter':
      return call('kernel', check.parameter, check.value);
    case 'size':
      return call('size', Math.round(check.mostGB * KB_A_GB), check.path);
    case 'registryKey':
    case 'feature':
      return ['skip', String(index), quoted('Linux has none')];
    default:
      return check satisfies never;
  }
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
