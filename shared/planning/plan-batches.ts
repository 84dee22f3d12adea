import { Buffer } from 'node:buffer';
import type { BuildPlan, StepBatch, StepPlan } from '../model/plan.ts';
import type { Customizer, TemplateProperties } from '../model/template.ts';

/** Of one batch. What ended is told in the history of its instance. */
const MOST_STEPS = 20;
/** Variables and arguments: a run command gets each as a parameter. */
const MOST_VARIABLES = 200;
/**
 * Bytes of the inline scripts and their values: with what is around them the command stays below the 64 KiB up to which scripts
 * travel in a request. Scripts of files are fetched by the machine when they are more.
 */
const MOST_BYTES = 32 * 1024;

type Shell = Extract<Customizer, { type: 'Shell' }>;
type Plain = { readonly plan: StepPlan; readonly step: Shell };

/**
 * Consecutive plain Shell steps share a run command, which costs Azure's agent ten seconds and more each. A step that is tried again,
 * has a time or a condition of its own, gets secrets or runs as another account has its own command, as has everything that is
 * more than one script. The last customizers' command also lists what is in the machine.
 */
export function planBatches(
  steps: readonly StepPlan[],
  properties: TemplateProperties,
  {
    osType,
    inventory,
    marks = [],
  }: {
    readonly osType: 'Linux' | 'Windows';
    readonly inventory?: BuildPlan['inventory'];
    /** Steps that a machine is kept after: no command goes on behind them. */
    readonly marks?: readonly number[];
  },
): Pick<BuildPlan, 'batches'> {
  if (osType !== 'Linux') return {};
  const all = [...properties.customize, ...(properties.validate?.validators ?? [])];
  const last = steps.findLast(({ phase }) => phase === 'customize');
  const batches = inRows(steps, all, marks).flatMap((row): StepBatch[] => {
    const [first] = row;
    if (first === undefined) return [];
    const listing = inventory === true && row.at(-1)?.plan === last;
    if (row.length === 1 && !listing) return [];
    return [{ first: first.plan.index, count: row.length, ...(listing && { listing }) }];
  });
  return batches.length === 0 ? {} : { batches };
}

/** The plain steps in rows, each of which fits one command. */
function inRows(steps: readonly StepPlan[], all: readonly Customizer[], marks: readonly number[]): Plain[][] {
  const rows: Plain[][] = [];
  let before: Plain | undefined;
  for (const plan of steps) {
    const step = all[plan.index];
    const plain = step !== undefined && isPlain(step) ? { plan, step } : undefined;
    const row = rows.at(-1);
    if (plain !== undefined && before !== undefined && row !== undefined && goesWith(row, before, plain))
      row.push(plain);
    else if (plain !== undefined) rows.push([plain]);
    before = plain !== undefined && marks.includes(plan.index) ? undefined : plain;
  }
  return rows;
}

function isPlain(step: Customizer): step is Shell {
  if (step.type !== 'Shell') return false;
  return [step.retry, step.secrets, step.timeoutSeconds, step.runIf].every((option) => option === undefined);
}

function goesWith(row: readonly Plain[], { plan, step }: Plain, next: Plain): boolean {
  const { phase, machine } = next.plan;
  if (plan.phase !== phase || plan.machine !== machine || step.runAs !== next.step.runAs) return false;
  const whole = [...row, next].map((one) => sizeOf(one.step));
  return (
    whole.length <= MOST_STEPS &&
    whole.reduce((sum, { variables }) => sum + variables, 0) <= MOST_VARIABLES &&
    whole.reduce((sum, { bytes }) => sum + bytes, 0) <= MOST_BYTES
  );
}

function sizeOf({ script, arguments: given = [], environment = {} }: Shell) {
  const values = [...given, ...Object.entries(environment).flat()];
  const texts = script.kind === 'inline' ? [...script.lines, ...values] : values;
  const bytes = texts.reduce((sum, text) => sum + Buffer.byteLength(text) + 1, 0);
  return { bytes, variables: given.length + Object.keys(environment).length };
}
