import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import fc from 'fast-check';
import {
  type GuestScript,
  NO_VALUES,
  SKIPPED_EXIT_CODE,
  SKIPPED_WORDS,
} from '../../../shared/guest/script.ts';
import { fileScript, inlineScript, installFile } from '../../../shared/guest/shell.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'kiln-guest-'));
after(() => rmSync(folder, { recursive: true }));

/** Runs a guest script as the VM agent does: from a file, with its values as environment variables. */
type Ran = { status: number | null; stdout: string; stderr: string };

function run(script: GuestScript, environment: Record<string, string> = {}): Ran {
  const file = path.join(folder, 'script');
  writeFileSync(file, script.text, { mode: 0o700 });
  const env = {
    PATH: process.env['PATH'],
    ...script.environment,
    HOME: folder,
    TMPDIR: folder,
    KILN_FOLDER: folder,
    ...script.secrets,
    ...environment,
  };
  // Into files, as the agent does: a pipe would stay open for as long as a daemon of the script holds it.
  const streams = ['out', 'err'].map((name) => openSync(path.join(folder, name), 'w'));
  const { status } = spawnSync(file, { env, stdio: ['ignore', ...streams] });
  for (const stream of streams) closeSync(stream);
  const [stdout = '', stderr = ''] = ['out', 'err'].map((name) =>
    readFileSync(path.join(folder, name), 'utf8'),
  );
  return { status, stdout, stderr };
}

test('an inline script stops at its first failing line and keeps the exit code', () => {
  const result = run(inlineScript(['echo one', 'sh -c "exit 7"', 'echo two'], 'web'));
  assert.equal(result.status, 7);
  assert.equal(result.stdout, 'one\n');
});

test('a script written for Packer finds the names that Packer sets', () => {
  const script = fileScript(Buffer.from('echo "$PACKER_BUILDER_TYPE $PACKER_BUILD_NAME"'), 'web server');
  assert.equal(run(script).stdout, 'azure-arm web server\n');
});

test('a script that is no text arrives byte for byte', () => {
  const bytes = Buffer.concat([
    Buffer.from('#!/bin/sh\necho ran; exit 3\n'),
    Buffer.from([0xff, 0x00, 0xfe]),
  ]);
  const result = run(fileScript(bytes, 'web'));
  assert.deepEqual([result.status, result.stdout], [3, 'ran\n']);
});

test('a file arrives byte for byte at a path with quotes, spaces and dollars, its folders made', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 5000 }),
      fc.constantFrom('a b', `it's "$(id)"`, 'ünï/çødé', '$HOME'),
      (bytes, name) => {
        const destination = path.join(folder, 'target', name, 'file');
        const sha256 = createHash('sha256').update(bytes).digest('hex');
        const result = run(installFile(bytes, sha256, destination));
        assert.equal(result.status, 0, result.stderr);
        assert.deepEqual(readFileSync(destination), Buffer.from(bytes));
        assert.equal(statSync(destination).mode & 0o777, 0o644);
      },
    ),
    { numRuns: 25 },
  );
});

test('a file that arrives damaged is refused and leaves nothing', () => {
  const destination = path.join(folder, 'damaged');
  const result = run(installFile(Buffer.from('payload'), '0'.repeat(64), destination));
  assert.equal(result.status, 1);
  assert.match(result.stderr, /did not arrive whole/);
  assert.throws(() => statSync(destination));
});

/** Prints each argument and the variable byte for byte, NUL after each. */
const ECHO = Buffer.from('#!/bin/sh\nfor value in "$@" "$VALUE"; do printf "%s\\0" "$value"; done\n');
const awkward = fc.oneof(
  fc.constantFrom(
    `it's "quoted"`,
    '$(id) `id` ${HOME}',
    'two\nlines\n',
    '  spaces  ',
    '',
    'ünï-çødé 🚀',
    '-n',
    '*',
  ),
  fc.string({ unit: 'grapheme', maxLength: 40 }).map((text) => text.replaceAll('\0', '')),
);

test('arguments and environment arrive byte for byte, whatever is in them', () => {
  fc.assert(
    fc.property(fc.array(awkward, { minLength: 1, maxLength: 4 }), awkward, (values, value) => {
      const step = { arguments: values, environment: { VALUE: value }, secrets: {} };
      const result = run(fileScript(ECHO, 'web', step));
      assert.equal(result.status, 0, result.stderr);
      assert.equal(result.stdout, [...values, value].map((text) => `${text}\0`).join(''));
    }),
    { numRuns: 40 },
  );
});

test('a secret reaches the script and is redacted in both streams, in part of a line and over several lines', () => {
  const secrets = {
    TOKEN: 'p@ss$(w)*rd',
    KEY: '-----BEGIN-----\nabcd/efgh\n}\n-----END-----\n',
    LONGER: 'p@ss$(w)*rd-and-more',
  };
  const lines = [
    'test "$TOKEN" = \'p@ss$(w)*rd\'',
    'echo "token=$TOKEN;$TOKEN $LONGER"',
    'echo "$KEY" >&2',
    'env | sort',
    'printf "%s" "last $TOKEN"',
    'exit 5',
  ];
  const result = run(inlineScript(lines, 'web', { arguments: [], environment: {}, secrets }));
  const [stdout, stderr] = [result.stdout, result.stderr];
  assert.equal(result.status, 5);
  assert.match(stdout, /^token=\[redacted\];\[redacted\] \[redacted\]$/m);
  assert.match(stdout, /^last \[redacted\]$/m);
  assert.equal(stderr.trimEnd(), '[redacted]\n[redacted]\n}\n[redacted]');
  for (const value of ['p@ss', 'abcd/efgh', 'BEGIN', 'and-more'])
    assert.ok(!`${stdout}${stderr}`.includes(value), value);
});

test('a daemon that a step with secrets leaves behind does not hold the step', () => {
  const values = { arguments: [], environment: {}, secrets: { TOKEN: 'p@ssword' } };
  const started = Date.now();
  const result = run(inlineScript(['sleep 30 &', 'echo "said $TOKEN"'], 'web', values));
  assert.equal(result.status, 0);
  assert.match(result.stdout, /said \[redacted\]/);
  assert.ok(Date.now() - started < 25_000);
});

test('a step whose condition does not hold says that it was skipped, and one whose condition holds runs', () => {
  const withCondition = (runIf: string) => run(inlineScript(['echo ran'], 'web', { ...NO_VALUES, runIf }));
  const skipped = withCondition(`echo noise; test "$HOME" = '/nowhere'`);
  assert.equal(skipped.status, SKIPPED_EXIT_CODE);
  assert.equal(skipped.stdout, `${SKIPPED_WORDS}\n`);
  assert.equal(withCondition('[ -d / ] && echo noise').stdout, 'ran\n');
});

test('a file gets the mode that is asked for', () => {
  const destination = path.join(folder, 'tool');
  const bytes = Buffer.from('x');
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  assert.equal(run(installFile(bytes, sha256, destination, { mode: '4755' })).status, 0);
  assert.equal(statSync(destination).mode & 0o7777, 0o4755);
});
