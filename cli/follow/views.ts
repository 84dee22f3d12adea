import type { Run, TimelineEntry } from '../api/types.ts';
import type { Output } from '../output/output.ts';
import type { Preparing } from './base-image.ts';
import { belongsTo, type LogLine } from './log-follower.ts';
import { PlainPreparing, PlainTimeline } from './plain.ts';
import { renderTree } from './render.ts';
import { Screen } from './screen.ts';
import { buildTree, type PhaseNode } from './tree.ts';

export type Snapshot = {
  readonly run: Run;
  readonly timeline: readonly TimelineEntry[];
  /** Output that is new since the last snapshot. */
  readonly lines: readonly LogLine[];
  /** What a phase waits for that is no part of the build. */
  readonly preparing?: Preparing | undefined;
};

export interface View {
  update(snapshot: Snapshot): void;
  close(): void;
}

const FRAME_MS = 120;
const TAIL_LINES = 2;

/** Name of the step that wrote to a log; the log's own name when the timeline does not tell. */
function stepOf(tree: readonly PhaseNode[], log: string): string {
  for (const node of tree.flatMap((phase) => [phase, ...phase.steps]))
    if (node.log !== undefined && belongsTo(log, node.log)) return node.name;
  return log;
}

/** The step tree, redrawn in place. With `withLogs` output stays on the screen above it, else its end shows below its step. */
export function liveView(out: Output, withLogs: boolean): View {
  const screen = new Screen(process.stderr);
  const tails = new Map<string, string[]>();
  let tree: PhaseNode[] = [];
  let waitsFor: Preparing | undefined;
  const draw = (): void => {
    const { columns, rows } = screen;
    screen.draw(
      renderTree(tree, { now: Date.now(), style: out.style, columns, rows, tails, preparing: waitsFor }),
    );
  };
  const timer = setInterval(draw, FRAME_MS);
  const release = out.above((lines) => screen.print(lines.flatMap((line) => line.split('\n'))));
  // However the process ends, the terminal gets its cursor back.
  const restore = (): void => screen.close();
  process.once('exit', restore);
  return {
    update({ run, timeline, lines, preparing }) {
      tree = buildTree(timeline, run);
      waitsFor = preparing;
      const named = lines.map(({ log, text }) => ({ step: stepOf(tree, log), text }));
      if (withLogs && named.length > 0)
        screen.print(named.map(({ step, text }) => `${out.style.dim(`${step} │`)} ${text}`));
      if (!withLogs)
        for (const { step, text } of named)
          tails.set(step, [...(tails.get(step) ?? []), text].slice(-TAIL_LINES));
      draw();
    },
    close() {
      clearInterval(timer);
      process.off('exit', restore);
      draw();
      release();
      screen.close();
    },
  };
}

/** One line per event, for CI logs, files and pipes. */
export function plainView(out: Output, withLogs: boolean): View {
  const plain = new PlainTimeline();
  const waiting = new PlainPreparing();
  return {
    update({ run, timeline, lines, preparing }) {
      out.say(...plain.lines(timeline), ...waiting.lines(preparing, new Date()));
      if (!withLogs) return;
      const tree = buildTree(timeline, run);
      out.say(...lines.map(({ log, text }) => `${stepOf(tree, log)} | ${text}`));
    },
    close() {},
  };
}
