import { formatDuration } from '../output/duration.ts';
import { harmless, type Style } from '../output/style.ts';
import type { Preparing } from './base-image.ts';
import { elapsed, type NodeState, type PhaseNode, type StepNode } from './tree.ts';

export type RenderOptions = {
  readonly now: number;
  readonly style: Style;
  readonly columns: number;
  /** Lines that fit; finished phases fold up first when there are more. */
  readonly rows: number;
  /** Newest output lines of running steps, by step name. */
  readonly tails?: ReadonlyMap<string, readonly string[]>;
  /** What a running phase waits for; shown below it. */
  readonly preparing?: Preparing | undefined;
};

const SPINNER = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
const SIGNS = {
  pending: '·',
  succeeded: '✔',
  failed: '✖',
  skipped: '↷',
  stopped: '■',
} as const satisfies Record<Exclude<NodeState, 'running'>, string>;

/** Width of the name column: the longest phase is `distribute`, step names are often longer. */
const NAME_COLUMNS = 34;

/** As `formatDuration` writes it. */
const DURATION = /^(\d+ (h|min) )?[\d.]+ (s|min)$/;

/** The step tree as lines, each no wider than the terminal. */
export function renderTree(tree: readonly PhaseNode[], options: RenderOptions): string[] {
  const whole = tree.flatMap((phase) => phaseLines(phase, options, true));
  if (whole.length <= options.rows) return whole;
  const folded = tree.flatMap((phase) => phaseLines(phase, options, phase.state !== 'succeeded'));
  return folded.slice(0, Math.max(1, options.rows));
}

function phaseLines(phase: PhaseNode, options: RenderOptions, open: boolean): string[] {
  const steps = open ? phase.steps.flatMap((step) => stepLines(step, options)) : [];
  return [nodeLine(phase, 2, options), ...preparingLines(phase, options), ...steps];
}

function preparingLines({ name, state }: PhaseNode, options: RenderOptions): string[] {
  const { preparing } = options;
  if (state !== 'running' || preparing?.phase !== name) return [];
  return [preparing.what, preparing.howFar].map((line) => tailLine(line, 4, options));
}

function stepLines(step: StepNode, options: RenderOptions): string[] {
  const tail = step.state === 'running' ? (options.tails?.get(step.name) ?? []) : [];
  return [nodeLine(step, 6, options), ...tail.map((line) => tailLine(line, 8, options))];
}

function tailLine(line: string, indent: number, { style, columns }: RenderOptions): string {
  const width = Math.max(10, columns - indent - 2);
  return `${' '.repeat(indent)}${style.dim(`│ ${clip(harmless(line), width)}`)}`;
}

function nodeLine(node: StepNode, indent: number, { now, style, columns }: RenderOptions): string {
  const time = elapsed(node, now);
  const said = node.message === undefined ? '' : harmless(node.message).replaceAll('\n', ' ');
  // Regions have no start of their own; how long each took is all that is said of it.
  const isDuration = time === undefined && DURATION.test(said);
  const took = time === undefined ? said : formatDuration(time);
  const duration = time === undefined && !isDuration ? '' : took.padStart(11);
  const room = Math.max(8, Math.min(NAME_COLUMNS, columns - 14) - indent);
  const name = clipName(harmless(node.name), room);
  const padded = duration === '' && said === '' ? name : name.padEnd(room);
  const used = indent + 2 + padded.length + duration.length + 2;
  const message = isDuration ? '' : clipMessage(said, columns - used);
  const text = `${paint(node.state, style)(padded)}${style.dim(duration)}`;
  const remark = message === '' ? '' : `  ${style.dim(message)}`;
  return `${' '.repeat(indent)}${paint(node.state, style)(sign(node.state, now))} ${text}${remark}`;
}

function sign(state: NodeState, now: number): string {
  return state === 'running' ? (SPINNER[Math.floor(now / 100) % SPINNER.length] ?? '-') : SIGNS[state];
}

function paint(state: NodeState, style: Style): (text: string) => string {
  switch (state) {
    case 'succeeded':
      return style.green;
    case 'failed':
      return style.red;
    case 'stopped':
      return style.yellow;
    case 'pending':
    case 'skipped':
      return style.dim;
    case 'running':
      return style.bold;
    default:
      return state satisfies never;
  }
}

/** Steps of one target differ in their last part: `gallery › northeurope`. That is kept. */
function clipName(name: string, width: number): string {
  const at = name.lastIndexOf(' › ');
  if (name.length <= width || at === -1) return clip(name, width);
  const last = name.slice(at);
  const head = clip(name.slice(0, at), width - last.length);
  return clip(head === '' ? last.trimStart() : `${head}${last}`, width);
}

/** Of an id or a URL the end is what one wants: the version, not the subscription. */
function clipMessage(message: string, width: number): string {
  if (message.length <= width || !/^(\/|…|https?:\/\/)\S+$/.test(message)) return clip(message, width);
  if (width < 8) return '';
  const end = message.slice(1 - width);
  const slash = end.indexOf('/');
  return `…${slash === -1 ? end : end.slice(slash)}`;
}

/** Shortens to `width` columns with an ellipsis; nothing when there is no room for a word. */
function clip(text: string, width: number): string {
  if (text.length <= width) return text;
  return width < 4 ? '' : `${text.slice(0, width - 1)}…`;
}
