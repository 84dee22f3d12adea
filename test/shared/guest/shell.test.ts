import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import fc from 'fast-check';
import { deprovisionScript } from '../../../shared/guest/deprovision.ts';
import { fileScript, type GuestScript, inlineScript, installFile } from '../../../shared/guest/shell.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'kiln-guest-'));
after(() => rmSync(folder, { recursive: true }));

/** Runs a guest script as the VM agent does: from a file, with its values as environment variables. */
function run(script: GuestScript, environment: Record<string, string> = {}): ReturnType<typeof spawnSync> {
  const file = path.join(folder, 'script');
  writeFileSync(file, script.text, { mode: 0o700 });
  const env = {
    PATH: process.env['PATH'],
    ...script.environment,
    HOME: folder,
    TMPDIR: folder,
    ...environment,
  };
  return spawnSync(file, { env, encoding: 'utf8' });
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
        assert.equal(result.status, 0, String(result.stderr));
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
  assert.match(String(result.stderr), /did not arrive whole/);
  assert.throws(() => statSync(destination));
});

const hasShellcheck = spawnSync('shellcheck', ['--version']).status === 0;

test(
  'every script that Kiln writes passes shellcheck',
  { skip: hasShellcheck ? false : 'shellcheck is not installed' },
  () => {
    const scripts = [
      deprovisionScript(),
      installFile(Buffer.from('x'), '', '/x'),
      fileScript(Buffer.from([0xff]), 'x'),
    ];
    for (const { text } of scripts) {
      // Behind the payload's mark there is data; the exit before it keeps shells from reading on.
      const code = text.split('#KILN-PAYLOAD\n')[0] ?? '';
      const result = spawnSync('shellcheck', ['-'], { input: code, encoding: 'utf8' });
      assert.equal(result.status, 0, result.stdout);
    }
  },
);
