import { createHash } from 'node:crypto';
import { batchMark, type BatchMember } from '../model/batch-mark.ts';
import type { GuestScript } from './script.ts';

/** One script of a batch. */
export type BatchPart = {
  readonly member: BatchMember;
  /** Of its file in the machine. */
  readonly name: string;
  readonly script: GuestScript;
  /** Asked by Kiln and not by the template: it gets a plain environment and so many seconds, and cannot fail the batch. */
  readonly seconds?: number;
};

/** What root has anywhere; the agent's own environment has little more. */
const PLAIN = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root';

/**
 * Scripts of consecutive steps as one: each in a process and, where the agent gives commands folders of their own, in a
 * folder of its own, with its own variables only; the first that fails ends it with its code. A mark on both streams ends
 * the output of each. Linux only; run it as `watched`.
 */
export function batchScript(parts: readonly BatchPart[], key: string): GuestScript {
  const steps = parts.filter(({ seconds }) => seconds === undefined);
  const common = inCommon(steps);
  const own = steps.flatMap((part) => ownNames(part, common).map((name) => parameterOf(part, name)));
  const environment = Object.fromEntries(
    steps.flatMap((part) =>
      ownNames(part, common).map((name) => [parameterOf(part, name), part.script.environment[name] ?? '']),
    ),
  );
  const calls = parts.map(
    (part) => `${file(part)}${part.seconds === undefined ? step(part, common, own) : listing(part)}`,
  );
  const notes = steps.flatMap(({ script }) => script.notes ?? []);
  return {
    text: `${head(key)}${calls.join('')}exit 0\n`,
    environment: { ...common, ...environment },
    ...(notes.length > 0 && { notes }),
  };
}

/** Hundredths of a second by the clock that nobody sets: https://man7.org/linux/man-pages/man5/proc_uptime.5.html */
function head(key: string): string {
  return `#!/bin/sh
# kiln-batch ${key}
kiln_folder="$(mktemp -d "\${KILN_FOLDER:-/root}/.kiln-XXXXXXXX")" || exit 1
trap 'rm -rf "$kiln_folder"' EXIT
kiln_now() { read -r kiln_up kiln_idle < /proc/uptime; kiln_time="\${kiln_up%.*}\${kiln_up#*.}"; }
kiln_now; kiln_begun=$kiln_time
kiln_mark() {
  kiln_now
  printf '${batchMark(key)}' "$1" "$2" "$((kiln_time - kiln_begun))"
  printf '${batchMark(key)}' "$1" "$2" "$((kiln_time - kiln_begun))" >&2
}
kiln_place() { if [ "$PWD" != / ]; then mkdir -p "$1" && cd "$1"; fi; }
`;
}

/** Written when it is needed, because a step may clear the home of root. */
function file({ name, script: { text } }: BatchPart): string {
  const end = `KILN-PART-${createHash('sha256').update(text).digest('hex').slice(0, 16)}`;
  return `mkdir -p -m 700 "$kiln_folder"
cat > "$kiln_folder/${name}" <<'${end}' && chmod 700 "$kiln_folder/${name}" || exit 1
${text.endsWith('\n') ? text : `${text}\n`}${end}
`;
}

/** By env, which takes any name: a shell would refuse some, or change what it does. */
function step(part: BatchPart, common: Variables, own: readonly string[]): string {
  const unset = own.map((name) => `-u ${name} `).join('');
  const set = ownNames(part, common).map((name) => `${name}="$${parameterOf(part, name)}" `);
  const start = own.length === 0 ? '' : `env ${unset}${set.join('')}`;
  return `kiln_status=0
( kiln_place ${part.name}; exec ${start}"$kiln_folder/${part.name}" ) || kiln_status=$?
kiln_mark ${part.member} "$kiln_status"
[ "$kiln_status" -eq 0 ] || exit "$kiln_status"
`;
}

function listing({ member, name, seconds }: BatchPart): string {
  return `set --
if command -v timeout >/dev/null 2>&1; then set -- timeout -s KILL ${seconds}; fi
kiln_status=0
"$@" env -i ${PLAIN} "$kiln_folder/${name}" || kiln_status=$?
kiln_mark ${member} "$kiln_status"
`;
}

type Variables = Readonly<Record<string, string>>;

/** Variables that are the same for all. */
function inCommon(steps: readonly BatchPart[]): Variables {
  const [first] = steps;
  const all = Object.entries(first?.script.environment ?? {});
  return Object.fromEntries(
    all.filter(([name, value]) => steps.every(({ script }) => script.environment[name] === value)),
  );
}

function ownNames({ script }: BatchPart, common: Variables): string[] {
  return Object.keys(script.environment).filter((name) => !Object.hasOwn(common, name));
}

/** A run command hands parameters over as variables, one set for the whole of it. */
function parameterOf({ member }: BatchPart, name: string): string {
  return `KILN_${member}_${name}`;
}
