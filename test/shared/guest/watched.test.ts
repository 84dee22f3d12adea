import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { markedCode, shownLength, withoutMark } from '../../../shared/model/exit-mark.ts';
import { inlinePowerShell } from '../../../shared/guest/powershell.ts';
import { NO_VALUES } from '../../../shared/guest/script.ts';
import { fileScript, inlineScript } from '../../../shared/guest/shell.ts';
import { bootedSince, pulse, readPulse, watched } from '../../../shared/guest/watched.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'kiln-watched-'));
after(() => rmSync(folder, { recursive: true }));

const linux = { osType: 'Linux', name: 'step-000-0', timeoutSeconds: 60 } as const;

/** Runs a script as the agent's handler does; files, because a pipe would stay open for a script's daemons. */
function run(text: string): { status: number | null; stdout: string; stderr: string } {
  const file = path.join(folder, 'script');
  writeFileSync(file, text, { mode: 0o700 });
  const streams = ['out', 'err'].map((name) => openSync(path.join(folder, name), 'w'));
  const env = { PATH: process.env['PATH'], KILN_FOLDER: folder };
  const { status } = spawnSync('/bin/bash', ['-c', file], { env, stdio: ['ignore', ...streams] });
  for (const stream of streams) closeSync(stream);
  const [stdout = '', stderr = ''] = ['out', 'err'].map((name) =>
    readFileSync(path.join(folder, name), 'latin1'),
  );
  return { status, stdout, stderr };
}

const of = (...lines: string[]) => run(watched(inlineScript(lines, 'web'), linux).text);

test('a watched script keeps its code, its output and its errors, and tells its end in a last line', () => {
  const result = of('printf "no newline"', 'echo careful >&2', 'exit 3');
  assert.equal(result.status, 3);
  assert.equal(withoutMark(result.stdout), 'no newline');
  assert.equal(result.stderr, 'careful\n');
  assert.equal(markedCode(result.stdout), 3);
  assert.deepEqual(
    readdirSync(folder).filter((name) => name.startsWith('.kiln-')),
    [],
    'nothing is left',
  );
});

test('a shell that is killed is told as such, and what was printed is there', () => {
  const result = of('echo before', 'kill -9 $$', 'echo never');
  assert.deepEqual([result.status, withoutMark(result.stdout)], [137, 'before\n']);
});

test('a script with a payload, and one that ends without a newline or holds our own words, run as before', () => {
  const values = { ...NO_VALUES, arguments: ["it's", '$two'] };
  const payload = watched(fileScript(Buffer.from('#!/bin/sh\necho "$1" "$2"'), 'web', values), linux);
  const env = Object.entries(payload.environment).map(
    ([name, value]) => `export ${name}='${value.replaceAll("'", `'\\''`)}'`,
  );
  const result = run(payload.text.replace('#!/bin/sh\n', `#!/bin/sh\n${env.join('\n')}\n`));
  assert.equal(withoutMark(result.stdout), "it's $two\n", result.stderr);
  const nested = watched(watched(inlineScript(['echo in'], 'web'), linux), linux);
  assert.match(run(nested.text).stdout, /^in\n\n##kiln-exit:0\n\n##kiln-exit:0\n$/);
});

test('at the limit the script ends with all its processes, whoever started it', async () => {
  const pid = path.join(folder, 'pid');
  const script = inlineScript([`sleep 300 & echo $! > '${pid}'`, 'wait'], 'web');
  const result = run(watched(script, { ...linux, timeoutSeconds: 1 }).text);
  assert.equal(result.status, 137);
  await sleep(100);
  const state = spawnSync('ps', ['-o', 'stat=', '-p', readFileSync(pid, 'utf8').trim()]).stdout.toString();
  assert.match(state, /^(Z.*)?\s*$/, 'the child is gone');
});

test('the mark is left out of what is shown, whatever was printed before it and however it is read', () => {
  fc.assert(
    fc.property(
      fc.string(),
      fc.integer({ min: -(2 ** 31), max: 2 ** 32 - 1 }),
      fc.integer({ min: 30, max: 200 }),
      (text, code, chunk) => {
        const output = Buffer.from(text);
        const blob = Buffer.concat([output, Buffer.from(`\n##kiln-exit:${code}\n`)]);
        assert.equal(shownLength(blob.length, blob.subarray(-64)), output.length);
        const read: Buffer[] = [];
        for (let at = 0, more = true; more;) {
          const part = blob.subarray(at, at + chunk);
          const shown = part.subarray(0, shownLength(part.length, part.subarray(-64)));
          read.push(shown);
          at += shown.length;
          more = shown.length > 0;
        }
        assert.deepEqual(Buffer.concat(read), output);
      },
    ),
  );
});

test('a machine answers what became of a script, and when it started', () => {
  const answer = readPulse(run(pulse('Linux', 'nobody-knows').text).stdout);
  assert.equal(answer?.script, 'absent');
  const up = Number(readFileSync('/proc/uptime', 'utf8').split('.')[0]);
  assert.ok(Math.abs((answer?.bootedAt.getTime() ?? 0) / 1000 - (Date.now() / 1000 - up)) < 3);
  assert.equal(readPulse('bash: nothing of the kind'), undefined);
});

test('on Windows the note of a script is volatile, and its parameters stay the first statement', () => {
  const secret = inlinePowerShell(['Write-Host x'], 'web', { ...NO_VALUES, secrets: { TOKEN: 'hidden' } });
  const { text } = watched(secret, { ...linux, osType: 'Windows' });
  assert.match(
    text,
    /^param\(\[string\]\$KilnSecrets = ''\)\ntry \{.*RegistryOptions\]::Volatile\)\.SetValue\('step-000-0', \$PID\)/,
  );
});

test('a machine that came up in the second in which its script began did not restart under it', () => {
  const startedAt = new Date('2026-11-29T22:55:09.600Z');
  const told = (script: 'absent' | 'dead', second: string) =>
    bootedSince({ script, bootedAt: new Date(`2026-11-29T22:55:${second}Z`) }, startedAt);
  assert.equal(told('absent', '10'), false, 'up since 09.5, and told rounded');
  assert.equal(told('absent', '08'), false);
  assert.equal(told('absent', '11'), true);
  assert.equal(told('dead', '11'), false, 'its note is of this boot');
});
