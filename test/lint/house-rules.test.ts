import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';

const root = path.resolve(import.meta.dirname, '../..');

const nondeterministic: readonly [string, string, RegExp][] = [
  ['the clock', 'export const at = Date.now();', /DURABLE0001.*currentUtcDateTime/],
  ['random numbers', 'export const dice = Math.random();', /DURABLE0002.*newGuid/],
  ['timers of the process', 'setTimeout(() => undefined, 1);', /DURABLE0003.*createTimer/],
  ['the network', 'export const answer = fetch("https://x");', /DURABLE0004.*activity/],
  ['await', 'export async function f(): Promise<void> { await f(); }', /DURABLE0005.*function\*/],
  ['the environment', 'export const home = process.env;', /DURABLE0006.*input/],
  ['files', 'import fs from "node:fs"; export const x = fs;', /DURABLE0004.*contract\.ts/],
  [
    'an activity itself',
    'import { x } from "../activities/pin-scripts.ts"; export const y = x;',
    /DURABLE0004/,
  ],
  [
    "the library's own retries",
    'export const f = (df: any) => df.callActivityWithRetry("x");',
    /DURABLE0008.*call\(\)/,
  ],
];

const unnamed: readonly [string, string][] = [
  [
    'a change of a stored head in place',
    'export const f = (store: any, ref: any) => store.templates.update(ref, (head: any) => ({ ...head, failures: 0 }));',
  ],
  [
    'a change of a stored run in place',
    "export const f = (store: any, ref: any) => store.runs.update(ref, 'id', (run: any) => ({ ...run, state: 'Failed' }));",
  ],
  [
    'a head that is written as it is made',
    'export const f = (store: any, head: any) => store.templates.put({ ...head }, {});',
  ],
  ['a second place that gives the template a run', "export const held = { activeRun: '1' };"],
];

const misplaced: readonly [string, string, RegExp][] = [
  ['shared', 'import "../local/machines/machine.ts";', /deployed without local/],
  ['shared', 'import "../functions/app.ts";', /shared\/ knows no trigger/],
  ['shared/planning', 'import "@azure/arm-compute";', /Only shared\/azure/],
  ['functions', 'import "@azure/identity";', /Only shared\/azure/],
  ['cli', 'import "../shared/errors/codes.ts";', /HTTP API only/],
  ['local', 'import "../shared/errors/codes.ts";', /stands in for Azure/],
];

type Sample = { title: string; folder: string; code: string; message: RegExp };

const samples: readonly Sample[] = [
  ...nondeterministic.map(([what, code, message]) => ({
    ...{ folder: 'functions/orchestrators', code, message },
    title: `an orchestrator that uses ${what} is refused with the durable alternative`,
  })),
  ...unnamed.map(([what, code]) => ({
    ...{ folder: 'shared/commands', code, message: /named transitions of shared\/model\/documents/ },
    title: `${what} is refused: transitions have a name and one place`,
  })),
  ...misplaced.map(([folder, code, message]) => ({
    ...{ folder, code, message },
    title: `${folder}/ may not ${code.replace(';', '')}, and the message says where the code belongs`,
  })),
  {
    ...{
      folder: 'shared',
      code: '// oxlint-disable-next-line no-console\nexport const x = 1;',
      message: /Say why/,
    },
    title: 'switching a rule off needs a reason',
  },
];
const files = samples.map(({ folder }, index) => `${folder}/sample-${process.pid}-${index}.ts`);
const findings = lint();

for (const [index, { title, message }] of samples.entries())
  test(title, () => {
    const own = findings.filter((line) => line.startsWith(`${files[index]}:`));
    assert.match(own.join('\n'), message);
  });

/** Lints the samples as files of the house; all at once, because most of it is the linter's start. */
function lint(): string[] {
  try {
    for (const [index, file] of files.entries()) {
      mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
      writeFileSync(path.join(root, file), samples[index]?.code ?? '');
    }
    const { stdout } = spawnSync('oxlint', ['--format', 'unix', ...files], { cwd: root, encoding: 'utf8' });
    return stdout.split('\n');
  } finally {
    for (const file of files) rmSync(path.join(root, file), { force: true });
  }
}
