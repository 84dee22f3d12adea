import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';

const root = path.resolve(import.meta.dirname, '../..');

/** Lints one file as if it stood in the given folder, and answers with what oxlint says. */
function lint(file: string, code: string): string {
  const target = path.join(root, file);
  mkdirSync(path.dirname(target), { recursive: true });
  writeFileSync(target, code);
  try {
    return spawnSync('oxlint', ['--format', 'unix', file], { cwd: root, encoding: 'utf8' }).stdout;
  } finally {
    rmSync(target);
  }
}

const sample = `sample-${process.pid}.ts`;

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

for (const [what, code, message] of nondeterministic) {
  test(`an orchestrator that uses ${what} is refused with the durable alternative`, () => {
    assert.match(lint(`functions/orchestrators/${sample}`, code), message);
  });
}

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

for (const [what, code] of unnamed)
  test(`${what} is refused: transitions have a name and one place`, () => {
    assert.match(lint(`shared/commands/${sample}`, code), /named transitions of shared\/model\/documents/);
  });

const misplaced: readonly [string, string, RegExp][] = [
  ['shared', 'import "../local/machines/machine.ts";', /deployed without local/],
  ['shared', 'import "../functions/app.ts";', /shared\/ knows no trigger/],
  ['shared/planning', 'import "@azure/arm-compute";', /Only shared\/azure/],
  ['functions', 'import "@azure/identity";', /Only shared\/azure/],
  ['cli', 'import "../shared/errors/codes.ts";', /HTTP API only/],
  ['local', 'import "../shared/errors/codes.ts";', /stands in for Azure/],
];

for (const [folder, code, message] of misplaced) {
  test(`${folder}/ may not ${code.replace(';', '')}, and the message says where the code belongs`, () => {
    assert.match(lint(`${folder}/${sample}`, code), message);
  });
}

test('switching a rule off needs a reason', () => {
  assert.match(
    lint(`shared/${sample}`, '// oxlint-disable-next-line no-console\nexport const x = 1;'),
    /Say why/,
  );
});
