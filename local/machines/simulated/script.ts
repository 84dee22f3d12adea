import { written } from './written.ts';

/** What a simulated guest does instead of running a script. */
export type Step = {
  /** Real seconds before the output. */
  readonly seconds: number;
  readonly stdout: string;
  readonly stderr: string;
  /** What becomes of the guest in the middle of its script. */
  readonly trouble?: Trouble;
};

/** `agent-stop`: the agent goes, and nothing is reported any more; `slow-restart`: it does not come back for long. */
export const TROUBLES = ['restart', 'slow-restart', 'power-off', 'agent-stop'] as const;
export type Trouble = (typeof TROUBLES)[number];

export type Plan = {
  readonly steps: readonly Step[];
  readonly exitCode: number;
  /** What Azure's agent says when it cannot run the script. */
  readonly message?: string;
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
    readonly trouble?: Trouble;
    readonly message?: string;
  }[];
};

export type PlanDefaults = {
  readonly scriptSeconds: number;
  readonly powerOffPattern: RegExp;
  /** Of the boot that the machine pretends to be in. */
  readonly bootId: string;
  readonly bootedAt: Date;
  /** Outcome that a test has written for this run; it wins over everything else. */
  readonly scripted?: ScriptedOutcomes['runs'][number];
};

/** Scripts that do nothing but ask which boot the system is in: a simulated machine knows that one. */
const ASKS_FOR_BOOT =
  /(\ncat \/proc\/sys\/kernel\/random\/boot_id|^\(Get-CimInstance [^\n]*LastBootUpTime[^\n]*)\s*$/;

/** How Kiln asks whether a script still runs. Here one runs after another: it does not, when this is asked. */
const ASKS_FOR_SCRIPT = /^# kiln-pulse /m;
/** Where a rendered script tells its own end. */
const TELLS_ITS_END = /##kiln-exit:/;

/** The scheduled task by which a Windows guest runs the restart command of a template. */
const RESTARTS_ITSELF = /-TaskName 'kiln-restart'/;

const DIRECTIVE = /^\s*(?:#|rem|::)\s*kiln-simulate:(.*)$/gim;
const ASSIGNMENT = /(\w+)=(?:"((?:[^"\\]|\\.)*)"|(\S+))/g;

/**
 * Reads `# kiln-simulate: exit=3 seconds=2 stdout="…" stderr="…"` lines, in order; the last `exit` counts. Quoted values
 * know the escapes of JSON. A script without such lines ends with 0 and says that nothing ran.
 */
export function planScript(id: string, script: string, defaults: PlanDefaults): Plan {
  return withMark(script, planned(id, script, defaults));
}

function planned(id: string, script: string, defaults: PlanDefaults): Plan {
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
    ...troubleOf(assigned.get('trouble')),
  }));
  const message = settings.map((assigned) => assigned.get('message')).findLast((text) => text !== undefined);
  const boot = { seconds: 0, stdout: `${defaults.bootId}\n`, stderr: '' };
  if (ASKS_FOR_BOOT.test(script)) return { ...QUIET, steps: [boot] };
  const bootedAt = Math.ceil(defaults.bootedAt.getTime() / 1000);
  if (ASKS_FOR_SCRIPT.test(script))
    return { ...QUIET, steps: [{ seconds: 0, stdout: `absent ${bootedAt}\n`, stderr: '' }] };
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
    ...(message !== undefined && { message }),
  };
}

/** A script that the agent could not run says nothing. */
export function withMark(script: string, plan: Plan): Plan {
  if (plan.exitCode < 0 || !TELLS_ITS_END.test(script)) return plan;
  const mark = { seconds: 0, stdout: `\n##kiln-exit:${plan.exitCode}\n`, stderr: '' };
  return { ...plan, steps: [...plan.steps, mark] };
}

function troubleOf(text: string | undefined): { trouble?: Trouble } {
  const trouble = TROUBLES.find((one) => one === text);
  return trouble === undefined ? {} : { trouble };
}

const QUIET = { exitCode: 0, powersOff: false, restarts: false, serial: '' } as const;

function asScripted(run: ScriptedOutcomes['runs'][number]): Plan {
  const { exit = 0, seconds = 0, stdout, stderr, serial = '', powerOff = false, message } = run;
  const step = { seconds, stdout: line(stdout), stderr: line(stderr), ...troubleOf(run.trouble) };
  const told = message === undefined ? {} : { message };
  return { steps: [step], exitCode: exit, powersOff: powerOff, restarts: false, serial, ...told };
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
