// `npm run bench`: every benchmark, one after the other, and one table of goals and figures; `-- api scale` runs those alone.
// `-- --write` puts the table into docs/performance.md; rows of benchmarks that did not run stay as they are.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { ROOT } from '../support/local-kiln.ts';
import { type Figure, figuresIn, isGood } from './figures.ts';
import { machine } from './processes.ts';

const ALL = ['cold', 'fan-out', 'api', 'page', 'scale', 'vulnerabilities', 'azure', 'local'] as const;
const PAGE = path.join(ROOT, 'docs/performance.md');
const HEAD = [
  '| benchmark | figure | goal | measured | of the goal | when, where |',
  '|---|---|---|---|---|---|',
];
const [BEGIN, END] = ['<!-- figures:begin -->', '<!-- figures:end -->'];

const asked = process.argv.slice(2).filter((word) => !word.startsWith('--'));
const unknown = asked.filter((name) => !ALL.some((one) => one === name));
if (unknown.length > 0)
  throw new Error(`There is no benchmark ${unknown.join(', ')}; there are ${ALL.join(', ')}.`);
const chosen = ALL.filter((name) => asked.length === 0 || asked.includes(name));
const rows = new Map<string, readonly string[]>();
for (const name of chosen) {
  const where = machine();
  const figures = figuresIn(await run(name));
  rows.set(
    name,
    figures.map((one) => rowOf(name, one, where)),
  );
  if (!figures.every(isGood)) process.exitCode = 1;
}
console.log([...HEAD, ...[...rows.values()].flat()].join('\n'));
if (process.argv.includes('--write')) write();

async function run(name: string): Promise<string> {
  console.error(`${name} …`);
  const child = spawn(process.execPath, [path.join(import.meta.dirname, `${name}.ts`)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.on('data', (data) => (output += data));
  await once(child, 'exit');
  console.error(output);
  return output;
}

function rowOf(name: string, { what, goal: [sense, goal], value, unit }: Figure, where: string): string {
  const shown = value >= 100 ? value.toFixed(0) : value.toPrecision(3);
  const day = new Date().toISOString().slice(0, 10);
  const sign = sense === '<=' ? '≤' : '≥';
  const verdict = isGood({ what, goal: [sense, goal], value, unit }) ? '' : ' **missed**';
  const cells = [
    name,
    what,
    `${sign} ${goal} ${unit}`,
    `${shown} ${unit}${verdict}`,
    (value / goal).toFixed(2),
    `${day}, ${where}`,
  ];
  return `| ${cells.map((cell) => cell.trim()).join(' | ')} |`;
}

function write(): void {
  const page = readFileSync(PAGE, 'utf8');
  const [before = '', rest = ''] = page.split(BEGIN);
  const [table = '', after = ''] = rest.split(END);
  const known = table.split('\n').filter((line) => /^\| [a-z]/.test(line) && !line.startsWith('| benchmark'));
  const all = ALL.flatMap((name) => rows.get(name) ?? known.filter((line) => line.startsWith(`| ${name} `)));
  writeFileSync(PAGE, `${before}${BEGIN}\n\n${[...HEAD, ...all].join('\n')}\n\n${END}${after}`);
}
