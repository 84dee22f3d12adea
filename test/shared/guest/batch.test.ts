// Several steps in one command: what each of them sees, where its output goes, and how the first that fails ends it.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import fc from 'fast-check';
import { batchKey, batchMark, begunMark, lastPart } from '../../../shared/model/batch-mark.ts';
import { markedCode, shownLength, withoutMark } from '../../../shared/model/exit-mark.ts';
import { type BatchPart, batchScript } from '../../../shared/guest/batch.ts';
import { BEGINNING, type Part, takeApart } from '../../../shared/guest/batch-output.ts';
import { NO_VALUES, type StepValues } from '../../../shared/guest/script.ts';
import { fileScript, inlineScript } from '../../../shared/guest/shell.ts';
import { watched } from '../../../shared/guest/watched.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'kiln-batch-'));
after(() => rmSync(folder, { recursive: true }));

const KEY = batchKey('a-run', 0);
const linux = { osType: 'Linux', name: 'step-000-0', timeoutSeconds: 60 } as const;

function part(member: number, lines: readonly string[], values: Partial<StepValues> = {}): BatchPart {
  const script = inlineScript(lines, 'web', { ...NO_VALUES, ...values });
  return { member, name: `step-00${member}-0`, script };
}

type Ran = {
  readonly status: number | null;
  readonly out: readonly string[];
  readonly err: readonly string[];
};

/** Runs a batch as the agent's handler does, in a folder of the command's own, and takes its output apart. */
function run(parts: readonly BatchPart[], more: Record<string, string> = {}): Ran {
  const work = mkdtempSync(path.join(folder, 'command-'));
  const file = path.join(work, 'script');
  const { text, environment } = watched(batchScript(parts, KEY), linux);
  writeFileSync(file, text, { mode: 0o700 });
  const streams = ['out', 'err'].map((name) => openSync(path.join(folder, name), 'w'));
  const env = { PATH: process.env['PATH'], KILN_FOLDER: folder, ...environment, ...more };
  const { status } = spawnSync('/bin/bash', ['-c', file], { env, cwd: work, stdio: ['ignore', ...streams] });
  for (const stream of streams) closeSync(stream);
  const members = parts.map(({ member }) => member);
  const [out = [], err = []] = ['out', 'err'].map((name) => {
    const whole = readFileSync(path.join(folder, name));
    const bytes = whole.subarray(0, shownLength(whole.length, whole.subarray(-64)));
    const taken = takeApart({ key: KEY, members }, BEGINNING, { bytes, isEnd: true });
    return members.map((member) => textOf(taken.parts, member));
  });
  return { status, out, err };
}

function textOf(parts: readonly Part[], member: unknown): string {
  const own = parts.filter((one) => one.member === member).map(({ bytes }) => bytes);
  return Buffer.concat(own).toString();
}

test('each step has its own output and errors, with and without a last line break, and the batch ends with 0', () => {
  const steps = [part(0, ['printf one', 'echo careful >&2']), part(1, ['true']), part(2, ['echo three'])];
  const { status, out, err } = run(steps);
  assert.deepEqual(out, ['one', '', 'three\n']);
  assert.deepEqual(err, ['careful\n', '', '']);
  assert.equal(status, 0);
  assert.deepEqual(
    readdirSync(folder).filter((name) => name.startsWith('.kiln-')),
    [],
    'nothing is left',
  );
});

test('the first step that fails ends the batch with its code, and no step after it runs', () => {
  const { status, out } = run([
    part(0, ['echo one']),
    part(1, ['echo two', 'exit 7']),
    part(2, ['echo three']),
  ]);
  assert.equal(status, 7);
  assert.deepEqual(out, ['one\n', 'two\n', '']);
  assert.equal(run([part(0, ['kill -9 $$'])]).status, 137, 'a signal is told as by any shell');
});

test('no step sees the variables, the folder or the arguments of another', () => {
  const first = { environment: { A: "it's $x\n", PWD_OF: 'one' }, arguments: ['first'] };
  const second = { environment: { B: '2', UID: 'x' }, arguments: ['second', 'more words'] };
  const show = 'echo "${A-none}|${B-none}|${PWD_OF-none}|$*|$(env | grep -c "^KILN_[^F]")"; ls; touch mine';
  const { out, err } = run([part(0, [show], first), part(1, [show], second), part(2, [show])]);
  const counted = '0\n';
  assert.equal(out[0], `it's $x\n|none|one|first|${counted}`, err[0]);
  assert.equal(out[1], `none|2|none|second more words|${counted}`);
  assert.equal(out[2], `none|none|none||${counted}`);
});

test('a step with bytes that are no text, and one that prints our own words, come through', () => {
  const tar = fileScript(Buffer.from([...Buffer.from('#!/bin/sh\nprintf binary\nexit 0\n'), 0, 255]), 'web');
  const odd = part(1, [`printf '${batchMark('0123456789ab')}' 1 0 5`, "cat <<'X'", 'KILN-PART-x', 'X']);
  const { status, out } = run([{ member: 0, name: 'step-000-0', script: tar }, odd]);
  assert.equal(status, 0);
  assert.deepEqual(out, ['binary', '\n##kiln-step:0123456789ab:1:0:5\nKILN-PART-x\n']);
});

test('a step that clears the folder that all is in does not keep the next one from running', () => {
  const { status, out } = run([part(0, [`rm -rf '${folder}'/.kiln-*`]), part(1, ['echo two'])]);
  assert.deepEqual([status, out[1]], [0, 'two\n']);
});

test('what Kiln asks after the last step has a plain environment and fails nothing', () => {
  const steps = [part(0, ['echo one'], { environment: { LD_LIBRARY_PATH: '/x' } })];
  const listing = inlineScript(['echo "${LD_LIBRARY_PATH-none}"', 'exit 9'], 'web');
  const list = { member: 'inventory', name: 'inventory', script: listing, seconds: 10 } as const;
  const { status, out } = run([...steps, list]);
  assert.deepEqual([status, ...out], [0, 'one\n', 'none\n']);
});

test('a watched batch still tells its end in a last line', () => {
  mkdirSync(path.join(folder, 'whole'));
  const text = watched(batchScript([part(0, ['exit 5'])], KEY), linux).text;
  const { stdout } = spawnSync('/bin/sh', ['-c', text], {
    env: { PATH: process.env['PATH'], KILN_FOLDER: folder },
    cwd: path.join(folder, 'whole'),
  });
  assert.equal(markedCode(stdout.toString()), 5);
  assert.match(withoutMark(stdout.toString()), /^\n##kiln-step:[0-9a-f]{12}:0:5:\d+\n$/);
});

test('however the output of a batch arrives, each step gets its own bytes, and all of them', () => {
  const output = fc.string({ unit: fc.constantFrom('a', '\n', '#', '##kiln-step:', ':', 'é', '0') });
  fc.assert(
    fc.property(
      fc.array(output, { minLength: 1, maxLength: 4 }),
      fc.integer({ min: 1, max: 90 }),
      (texts, chunk) => {
        const members = texts.map((_, nth) => nth);
        const whole = Buffer.from(
          texts.map((text, nth) => `${text}\n##kiln-step:${KEY}:${nth}:0:${nth}\n`).join(''),
        );
        let place = BEGINNING;
        const parts: Part[] = [];
        // A writer appends; each look sees what has arrived by then.
        for (let arrived = chunk; ; arrived += chunk) {
          const bytes = whole.subarray(place.read, arrived);
          const taken = takeApart({ key: KEY, members }, place, { bytes, isEnd: arrived >= whole.length });
          parts.push(...taken.parts);
          place = taken.place;
          if (arrived >= whole.length) break;
        }
        for (const [nth, text] of texts.entries()) assert.equal(textOf(parts, nth), text);
        assert.deepEqual(place, { read: whole.length, member: texts.length, written: 0 });
        for (const { member, at } of parts) {
          const before = parts.filter((one) => one.member === member && one.at < at);
          assert.equal(
            before.reduce((sum, { bytes }) => sum + bytes.length, 0),
            at,
            'without a gap',
          );
        }
      },
    ),
  );
});

test('what may be the beginning of a mark is held back, and nothing else', () => {
  const mark = `\n##kiln-step:${KEY}:1:0:5\n`;
  for (let cut = 1; cut < mark.length; cut++)
    assert.equal(begunMark(`abc${mark.slice(0, cut)}`), 3, mark.slice(0, cut));
  assert.equal(begunMark('abc'), 3);
  assert.equal(begunMark('a\nbc'), 4);
  assert.equal(begunMark(`\n##kiln-step:${'x'.repeat(80)}`), 93);
});

test('of an output people see the part of the step that failed, or of the one under way', () => {
  const mark = (member: number, code: number) => `\n##kiln-step:${KEY}:${member}:${code}:5\n`;
  assert.equal(lastPart(`one${mark(0, 0)}two`), 'two');
  assert.equal(lastPart(`one${mark(0, 0)}`), '');
  assert.equal(lastPart(`one${mark(0, 0)}two${mark(1, 3)}`), 'two');
  assert.equal(lastPart(`one${mark(0, 3)}`), 'one');
  assert.equal(lastPart('plain'), 'plain');
});
