import {
  hasSettled,
  PHASES,
  type Phase,
  type RegionResult,
  type Run,
  type TimelineEntry,
} from '../api/types.ts';

export type NodeState = 'pending' | 'running' | 'succeeded' | 'failed' | 'skipped' | 'stopped';

export type StepNode = {
  readonly name: string;
  readonly state: NodeState;
  /** Milliseconds since 1970. */
  readonly startedAt?: number;
  readonly endedAt?: number;
  readonly message?: string;
  /** Name of the step's log. */
  readonly log?: string;
};

export type PhaseNode = StepNode & { readonly name: Phase; readonly steps: readonly StepNode[] };

type Draft = { -readonly [K in keyof StepNode]: StepNode[K] };

/**
 * Folds the timeline into phases and their steps. Entries may repeat (activities run at least once) and may come late;
 * a run that has ended leaves no node running.
 */
export function buildTree(entries: readonly TimelineEntry[], run?: Run): PhaseNode[] {
  const seen = new Set<string>();
  const phases = new Map<Phase, { node: Draft; steps: Map<string, Draft> }>();
  for (const entry of entries) {
    if (entry.id !== '' && seen.has(entry.id)) continue;
    seen.add(entry.id);
    const phase = phases.get(entry.phase) ?? { node: draft(entry.phase), steps: new Map<string, Draft>() };
    phases.set(entry.phase, phase);
    if (entry.step === undefined) {
      apply(phase.node, entry);
      continue;
    }
    const step = phase.steps.get(entry.step) ?? draft(entry.step);
    phase.steps.set(entry.step, step);
    apply(step, entry);
  }
  const isOver = run !== undefined && hasSettled(run);
  const close = (node: Draft): StepNode =>
    isOver && node.state === 'running' ? { ...node, state: 'stopped' } : node;
  const gate = (node: Draft, index: number, steps: readonly Draft[]): Draft => {
    if (!isGate(node)) return node;
    const [target = ''] = node.name.split(' › ');
    const isPassed =
      run?.state === 'Succeeded' ||
      steps.slice(index + 1).some(({ name }) => name === target || name.startsWith(`${target} › `));
    if (!isPassed && !isOver) return node;
    return { ...node, state: isPassed ? 'succeeded' : 'stopped', message: 'waited for an approval' };
  };
  // Few builds install an ISO, and some list nothing; for the rest these are no phases that are still to come.
  const shown = PHASES.filter((name) => !RARE.has(name) || phases.has(name));
  return shown.map((name) => {
    const phase = phases.get(name);
    if (phase === undefined) return { ...draft(name), name, steps: [] };
    return { ...close(phase.node), name, steps: [...phase.steps.values()].map(gate).map(close) };
  });
}

const RARE: ReadonlySet<Phase> = new Set(['install', 'inventory']);

/** Between two rings somebody must say yes; the service says that it waits, and what comes after shows that it does not. */
const isGate = ({ state, message = '' }: Draft): boolean =>
  state === 'pending' && /^Waits until .* for an approval\.$/.test(message);

const draft = (name: string): Draft => ({ name, state: 'pending' });

function apply(node: Draft, entry: TimelineEntry): void {
  const at = Date.parse(entry.at);
  if (entry.log !== undefined) node.log = entry.log;
  if (entry.message !== undefined) node.message = entry.message;
  switch (entry.event) {
    case 'started':
      node.state = 'running';
      node.startedAt ??= at;
      return;
    case 'succeeded':
    case 'failed':
    case 'skipped':
      node.state = entry.event;
      node.endedAt = at;
      return;
    case 'note':
      return;
    default:
      entry.event satisfies never;
  }
}

/** Milliseconds so far or in all; undefined before the start. */
export function elapsed(node: StepNode, now: number): number | undefined {
  if (node.startedAt === undefined) return undefined;
  if (node.endedAt !== undefined) return node.endedAt - node.startedAt;
  return node.state === 'running' ? Math.max(0, now - node.startedAt) : undefined;
}

/** The innermost thing that failed, with the phase it belongs to. */
export function firstFailure(tree: readonly PhaseNode[]): { phase: Phase; node: StepNode } | undefined {
  for (const phase of tree) {
    const step = phase.steps.find((candidate) => candidate.state === 'failed');
    if (step !== undefined) return { phase: phase.name, node: step };
    if (phase.state === 'failed') return { phase: phase.name, node: phase };
  }
  return undefined;
}

/** `westeurope 12 s, northeurope failed`. */
export function describeRegions(regions: readonly RegionResult[]): string {
  return regions
    .map(({ region, state, seconds, bootSeconds }) => {
      if (state !== 'Completed') return `${region} ${state}`;
      const booted = bootSeconds === undefined ? '' : `, booted in ${Math.round(bootSeconds)} s`;
      return `${region} ${Math.round(seconds)} s${booted}`;
    })
    .join('; ');
}
