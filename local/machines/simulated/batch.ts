import type { Plan, Step } from './script.ts';

/** One script of several that Kiln sends as one. */
export type BatchPart = { readonly id: string; readonly member: string; readonly script: string };

const KEY = /^# kiln-batch ([0-9a-f]+)$/m;
const PARTS = /^cat > "\$kiln_folder\/([\w-]+)" <<'(KILN-PART-[0-9a-f]+)'[^\n]*\n([^]*?)\n\2$/gm;
/** What ends a part's output: its member, its exit code, and hundredths of a second. */
const MARK = /^kiln_mark (\S+) /m;

/** Between a script that switches the machine off and that. */
const OFF_SECONDS = 0.2;

/** The scripts that a batch carries; undefined for any other script. */
export function batchIn(script: string): { key: string; parts: readonly BatchPart[] } | undefined {
  const key = KEY.exec(script)?.[1];
  if (key === undefined) return undefined;
  const parts = [...script.matchAll(PARTS)].map(({ index, 0: whole, 1: id = '', 3: text = '' }) => {
    const call = script.slice(index + whole.length);
    return { id, member: MARK.exec(call)?.[1] ?? '', script: text };
  });
  return { key, parts };
}

/**
 * The scripts one after the other, until one fails or takes the machine down. What an agent could not run at all, and a signal to the
 * whole, end everything without a mark.
 */
export async function playBatch(
  { key, parts }: { readonly key: string; readonly parts: readonly BatchPart[] },
  planOf: (part: BatchPart) => Promise<Plan>,
): Promise<Plan> {
  const steps: Step[] = [];
  let whole: Plan = { steps, exitCode: 0, powersOff: false, restarts: false, serial: '' };
  for (const part of parts) {
    const plan = await planOf(part);
    const { exitCode, powersOff, restarts, serial, message } = plan;
    steps.push(...plan.steps);
    whole = {
      ...whole,
      exitCode,
      powersOff: whole.powersOff || powersOff,
      restarts: whole.restarts || restarts,
      serial: whole.serial + serial,
      ...(message !== undefined && { message }),
    };
    if (exitCode < 0 || message !== undefined || plan.steps.some(({ trouble }) => endsAll(trouble)))
      return whole;
    const time = Math.round(steps.reduce((sum, { seconds }) => sum + seconds, 0) * 100);
    const mark = `\n##kiln-step:${key}:${part.member}:${exitCode}:${time}\n`;
    steps.push({ seconds: 0, stdout: mark, stderr: mark });
    if (exitCode !== 0) return whole;
    if (powersOff && part !== parts.at(-1)) {
      // It goes off under what comes next.
      steps.push({ seconds: OFF_SECONDS, stdout: '', stderr: '', trouble: 'power-off' });
      return { ...whole, powersOff: false };
    }
  }
  return whole;
}

function endsAll(trouble: Step['trouble']): boolean {
  return trouble === 'restart' || trouble === 'power-off';
}
