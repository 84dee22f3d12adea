import { number, object, parseJson, text } from '../api/json.ts';
import type { Phase } from '../api/types.ts';
import type { LocalEndpoints } from '../connect/local-endpoints.ts';
import type { PhaseNode } from './tree.ts';

/** What a phase of a build waits for in local mode: a base image that nobody has made on this computer before. */
export type Preparing = {
  readonly phase: Phase;
  /** What is happening. */
  readonly what: string;
  /** Megabytes and minutes left. */
  readonly howFar: string;
};

/** The phases that boot a Marketplace image. */
const BOOTS: readonly Phase[] = ['provision', 'install'];
const LOOK_MS = 5000;

/** What a running phase waits for; undefined in Azure, with simulated machines, and once the image is there. */
export async function preparing(
  local: LocalEndpoints | undefined,
  tree: readonly PhaseNode[],
): Promise<Preparing | undefined> {
  if (local === undefined || local.machines.kind !== 'qemu') return undefined;
  const phase = tree.find(({ name, state }) => state === 'running' && BOOTS.includes(name))?.name;
  if (phase === undefined) return undefined;
  const making = object(object(await ask(`${local.arm}/local/base-image`))['making']);
  const what = text(making['what']);
  if (what === undefined) return undefined;
  const [got, all] = [number(making['megabytes']) ?? 0, number(making['ofMegabytes']) ?? 0];
  const left = number(making['secondsLeft']);
  const howFar = [`${Math.round(got)} of ${Math.round(all)} MB downloaded`, timeLeft(left)].join(', ');
  return { phase, what: `base image, made once: ${what}`, howFar };
}

/** Whole minutes: more would be a promise. */
function timeLeft(seconds: number | undefined): string {
  if (seconds === undefined) return 'time left not known yet';
  const minutes = Math.ceil(seconds / 60);
  return minutes <= 1 ? 'about a minute left' : `about ${minutes} min left`;
}

/** A look at how far it is must never be what ends the watching of a build. */
async function ask(url: string): Promise<unknown> {
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(LOOK_MS) });
    return parseJson(await answer.text());
  } catch {
    return undefined;
  }
}
