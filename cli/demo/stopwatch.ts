import type { Run, TimelineEntry } from '../api/types.ts';
import { buildTree, elapsed } from '../follow/tree.ts';
import { formatDuration } from '../output/duration.ts';
import { formatTable } from '../output/table.ts';

/** Wall-clock time of the demo's own stages. */
export class Stopwatch {
  readonly #began = performance.now();
  readonly #stages: [name: string, milliseconds: number][] = [];

  async measure<T>(name: string, action: () => Promise<T>): Promise<T> {
    const began = performance.now();
    const value = await action();
    this.#stages.push([name, performance.now() - began]);
    return value;
  }

  total(): number {
    return performance.now() - this.#began;
  }

  table(): string[] {
    return formatTable(this.#stages.map(([name, time]) => [`  ${name}`, formatDuration(time).padStart(11)]));
  }
}

/** Phases and steps of a run with their durations. */
export function phaseTable(timeline: readonly TimelineEntry[], run: Run): string[] {
  const row = (indent: string, node: Parameters<typeof elapsed>[0]): string[] => {
    const time = elapsed(node, Date.now());
    const took = time === undefined ? (node.message ?? '') : formatDuration(time);
    return [`${indent}${node.name}`, node.state, took.padStart(11)];
  };
  const rows = buildTree(timeline, run)
    .filter((phase) => phase.state !== 'pending')
    .flatMap((phase) => [row('  ', phase), ...phase.steps.map((step) => row('    ', step))]);
  return formatTable(rows);
}
