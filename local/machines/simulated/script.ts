import { written } from './written.ts';

/** What a simulated guest does instead of running a script. */
export type Step = {
  /** Real seconds before the output. */
  readonly seconds: number;
  readonly stdout: string;
  readonly stderr: string;
};

export type Plan = {
  readonly steps: readonly Step[];
  readonly exitCode: number;
  readonly powersOff: boolean;
  /** The script makes the guest restart itself a moment later. */
  readonly restarts: boolean;
  /** What it prints on the serial console. */
  readonly serial: string;
};

/** How the runs of some scripts go: the first run takes the first outcome, and the last one stays. */
export type ScriptedOutcomes = {
  /** Regular expression over the id of the run and the script below it. */
  readonly match: string;
  readonly runs: readonly {
    readonly exit?: number;
    readonly seconds?: number;
    readonly stdout?: string;
    readonly stderr?: string;
    readonly serial?: string;
    /** Power off afterwards. Default: no. */
    readonly powerOff?: boolean;
  }[];
};

export type PlanDefaults = {
  readonly scriptSeconds: number;
  readonly powerOffPattern: RegExp;
  /** Of the boot that the machine pretends to be in. */
  readonly bootId: string;
  /** Outcome that a test has written for this run; it wins over everything else. */
  readonly scripted?: ScriptedOutcomes['runs'][number];
};

/** Scripts that do nothing but ask which boot the system is in: a simulated machine knows that one. */
const ASKS_FOR_BOOT =
  /(\ncat \/proc\/sys\/kernel\/random\/boot_id|^\(Get-CimInstance [^\n]*LastBootUpTime[^\n]*)\s*$/;

/** The scheduled task by which a Windows guest runs the restart command of a template. */
const RESTARTS_ITSELF = /-TaskName 'kiln-restart'/;

const DIRECTIVE = /^\s*(?:#|rem|::)\s*kiln-simulate:(.*)$/gim;
const ASSIGNMENT = /(\w+)=(?:"((?:[^"\\]|\\.)*)"|(\S+))/g;

/**
 * Reads `# kiln-simulate: exit=3 seconds=2 stdout="…" stderr="…"` lines, in order; the last `exit` counts. Quoted values
 * know the escapes of JSON. A script without such lines ends with 0 and says that nothing ran.
 */
export function planScript(id: string, script: string, defaults: PlanDefaults): Plan {
  if (defaults.scripted !== undefined) return asScripted(defaults.scripted);
  const directives = [...written(script).matchAll(DIRECTIVE)].map((match) => match[1] ?? '');
  const powersOff =
    directives.some((line) => /\bpower-off\b/.test(line)) || defaults.powerOffPattern.test(script);
  const settings = directives.map(assignments).filter((assigned) => assigned.size > 0);
  const exits = settings.map((assigned) => assigned.get('exit')).filter((exit) => exit !== undefined);
  const steps = settings.map((assigned) => ({
    seconds: number(assigned.get('seconds'), 0),
    stdout: line(assigned.get('stdout')),
    stderr: line(assigned.get('stderr')),
  }));
  const boot = { seconds: 0, stdout: `${defaults.bootId}\n`, stderr: '' };
  if (ASKS_FOR_BOOT.test(script)) return { ...QUIET, steps: [boot] };
  const restarts = RESTARTS_ITSELF.test(script);
  // The runner in a guest says that it has looked at the result, on its output and on the serial console.
  const proof =
    powersOff && script.includes('kiln: deprovisioned') ? 'kiln: deprovisioned (simulated)\n' : '';
  const output = `simulated: ${id} did not run\n${proof}`;
  const said = { seconds: defaults.scriptSeconds, stdout: output, stderr: '' };
  return {
    ...QUIET,
    steps: steps.length > 0 ? steps : [said],
    exitCode: number(exits.at(-1), 0),
    powersOff,
    restarts,
  };
}

const QUIET = { exitCode: 0, powersOff: false, restarts: false, serial: '' } as const;

function asScripted(run: ScriptedOutcomes['runs'][number]): Plan {
  const { exit = 0, seconds = 0, stdout, stderr, serial = '', powerOff = false } = run;
  const step = { seconds, stdout: line(stdout), stderr: line(stderr) };
  return { steps: [step], exitCode: exit, powersOff: powerOff, restarts: false, serial };
}

function assignments(text: string): Map<string, string> {
  const found = [...text.matchAll(ASSIGNMENT)];
  return new Map(
    found.map(([, name = '', quoted, bare = '']) => [name, quoted === undefined ? bare : unescape(quoted)]),
  );
}

function unescape(quoted: string): string {
  try {
    const value: unknown = JSON.parse(`"${quoted}"`);
    return typeof value === 'string' ? value : quoted;
  } catch {
    return quoted;
  }
}

function number(text: string | undefined, otherwise: number): number {
  const value = Number(text ?? otherwise);
  return Number.isFinite(value) ? value : otherwise;
}

function line(text: string | undefined): string {
  return text === undefined ? '' : `${text}\n`;
}
