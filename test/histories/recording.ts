import type { Recording } from '../../local/durable/export.ts';
import { play } from '../support/orchestrations/sweep.ts';
import type { Orchestrator } from '../support/orchestrations/types.ts';
import { SCENES } from './scenes.ts';

/** The text of one file: an orchestrator in each of its scenes. The same code gives the same bytes. */
export async function record(
  orchestrator: keyof typeof SCENES,
  more: Readonly<Record<string, Orchestrator>> = {},
): Promise<string> {
  const recordings: Record<string, Recording> = {};
  for (const [name, scene] of Object.entries(SCENES[orchestrator])) {
    const { played } = await play({ ...scene, orchestrator }, () => ({ more }));
    recordings[name] = played.recording;
  }
  return `${JSON.stringify(recordings, undefined, 1)}\n`;
}

/** The names that have a scene, or those of them that are asked for. Throws for one that is no orchestrator. */
export function recordable(wanted: readonly string[]): (keyof typeof SCENES)[] {
  const names = Object.keys(SCENES) as (keyof typeof SCENES)[];
  const unknown = wanted.find((name) => !names.some((known) => known === name));
  if (unknown !== undefined)
    throw new Error(`'${unknown}' is no orchestrator. They are: ${names.join(', ')}.`);
  return names.filter((name) => wanted.length === 0 || wanted.includes(name));
}
