import { at, type FaultClass } from './classes.ts';
import type { Faulty } from './faulty.ts';
import { judge } from './judge.ts';
import type { Seen } from './proxy.ts';

export type CaseResult = {
  readonly class: string;
  readonly k: number;
  /** Absent: the build had fewer such requests. */
  readonly met?: string;
  readonly state?: string;
  readonly seconds: number;
  readonly wrong: readonly string[];
};

/** Seconds for a build that takes five. */
const PATIENCE = 150;

/** Builds the template once with one fault, and judges how that ended. */
export async function runCase(faulty: Faulty, found: FaultClass, k: number): Promise<CaseResult> {
  const started = Date.now();
  await faulty.fresh();
  const { rule, met } = at(k, found, faulty);
  const { world } = faulty;
  if (found.door === 'commit') world.killAtCommit(k);
  const seconds = found.patience ?? PATIENCE;
  const run = await (found.door === 'blobs'
    ? faulty.build(() => undefined, { seconds, blobs: rule })
    : faulty.build(found.door === 'arm' ? rule : () => undefined, { seconds }));
  const seen = found.door === 'commit' ? world.killedAtCommit() : met();
  const wrong = seen === undefined ? [] : await judge(faulty, run, found, seen);
  await faulty.sweep();
  const place = seen && { met: `${seen.method} ${short(seen.path)}` };
  return {
    class: found.name,
    k,
    ...place,
    state: run.state,
    seconds: Math.round((Date.now() - started) / 1000),
    wrong,
  };
}

function short(path: Seen['path']): string {
  return path.split('/').slice(-2).join('/');
}
