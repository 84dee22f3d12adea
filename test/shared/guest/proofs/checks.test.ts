// The script of declared checks on this machine, each check once as it holds and once as it does not.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { expectedOf } from '../../../../shared/guest/proofs/expected.ts';
import { linuxChecks } from '../../../../shared/guest/proofs/linux-checks.ts';
import { resultsIn } from '../../../../shared/guest/proofs/result.ts';
import { windowsChecks } from '../../../../shared/guest/proofs/windows-checks.ts';
import { sha256 } from '../../../../shared/model/convert.ts';
import type { Check } from '../../../../shared/model/proof-wishes.ts';
import { junit } from '../../../../cli/checks/junit.ts';

const skip = process.platform === 'linux' ? false : 'the checks are for Linux';
const hasDpkg = spawnSync('dpkg-query', ['--version']).status === 0;

/** Without the name, which is for people. */
type Asked<T = Check> = T extends Check ? Omit<T, 'name'> : never;

/** Result and what was found of each. */
function run(...checks: Asked[]): string[] {
  const script = linuxChecks(checks.map((check) => ({ name: 'x', ...check })));
  const { stdout, stderr, status } = spawnSync('sh', ['-c', script]);
  assert.equal(status, 0, stderr.toString());
  const results = resultsIn(stdout.toString());
  assert.deepEqual(
    results.map(({ id }) => id),
    [...checks.keys()].map(String),
  );
  return results.map(({ result, found }) => `${result}: ${found}`);
}

describe('a declared check', { skip }, () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(path.join(os.tmpdir(), "kiln-check's-"));
  });
  after(() => rmSync(folder, { recursive: true }));

  test('of a file looks at mode, owner, digest and text', () => {
    const file = path.join(folder, 'a file');
    writeFileSync(file, 'hello from "kiln"\n');
    chmodSync(file, 0o640);
    const digest = sha256(createHash('sha256').update(readFileSync(file)).digest('hex'));
    const is = { type: 'file', path: file, absent: false } as const;
    const results = run(
      { ...is, mode: '0640', sha256: digest, contains: 'from "kiln"' },
      { ...is, mode: '0600' },
      { ...is, owner: 'nobody-here' },
      { ...is, sha256: sha256('0'.repeat(64)) },
      { ...is, contains: 'goodbye' },
      { ...is, absent: true },
      { ...is, path: `${file}-2` },
      { ...is, path: `${file}-2`, absent: true },
    );
    assert.deepEqual(
      results.map((line) => line.split(':')[0]),
      ['passed', 'failed', 'failed', 'failed', 'failed', 'failed', 'failed', 'passed'],
    );
    assert.equal(results[1], 'failed: mode 640');
    assert.match(results[3] ?? '', new RegExp(digest));
  });

  test('of a package knows what is installed, and its version', { skip: !hasDpkg && 'no dpkg' }, () => {
    const { stdout } = spawnSync('dpkg-query', ['-W', '-f=${Version}', 'bash']);
    const bash = { type: 'package', package: 'bash', absent: false } as const;
    assert.deepEqual(
      run(
        { ...bash, version: stdout.toString() },
        { ...bash, version: '1' },
        { ...bash, absent: true },
        { ...bash, package: 'kiln-no-such' },
        { ...bash, package: 'kiln-no-such', absent: true },
      ),
      [
        `passed: version ${stdout.toString()}`,
        `failed: version ${stdout.toString()}`,
        `failed: version ${stdout.toString()}`,
        'failed: not installed',
        'passed: not installed',
      ],
    );
  });

  test('of a port knows whether something listens, on IPv4 and IPv6', async () => {
    for (const host of ['127.0.0.1', '::1']) {
      const server = createServer().listen(0, host);
      await once(server, 'listening');
      const { port } = server.address() as AddressInfo;
      const is = { type: 'port', port, protocol: 'tcp', listening: true } as const;
      assert.deepEqual(run(is, { ...is, listening: false }), [
        'passed: something listens there',
        'failed: something listens there',
      ]);
      server.close();
      await once(server, 'close');
      assert.deepEqual(run(is, { ...is, listening: false }), [
        'failed: nothing listens there',
        'passed: nothing listens there',
      ]);
    }
  });

  test('of a user, a kernel parameter, a size and a command says what was found', () => {
    const user = { type: 'user', user: 'root', absent: false, groups: ['root'] } as const;
    assert.match(run(user)[0] ?? '', /^passed: in the groups root/);
    assert.match(run({ ...user, groups: ['kiln-none'] })[0] ?? '', /^failed: in the groups/);
    assert.match(run({ ...user, user: 'kiln-none', groups: [] })[0] ?? '', /^failed: not there/);
    const value = readFileSync('/proc/sys/kernel/ostype', 'utf8').trim();
    const kernel = { type: 'kernelParameter', parameter: 'kernel.ostype' } as const;
    assert.deepEqual(run({ ...kernel, value }, { ...kernel, value: 'Other' }), [
      `passed: ${value}`,
      `failed: ${value}`,
    ]);
    assert.match(run({ type: 'size', mostGB: 65_536 })[0] ?? '', /^passed: \d+ MB/);
    assert.match(run({ type: 'size', mostGB: 0.1 })[0] ?? '', /^failed: \d+ MB/);
    const command = { type: 'command', exitCode: 0 } as const;
    assert.deepEqual(
      run(
        { ...command, command: "printf 'it'\\''s 42\\n'", output: '[0-9]+$' },
        { ...command, command: 'echo no', output: '^[0-9]+$' },
        { ...command, command: 'echo gone >&2; exit 3' },
        { ...command, command: 'exit 3', exitCode: 3 },
        // Its input is nobody's: the script goes on behind it.
        { ...command, command: 'cat' },
      ),
      [
        "passed: exit code 0: it's 42",
        'failed: no',
        'failed: exit code 3: gone',
        'passed: exit code 3: ',
        'passed: exit code 0: ',
      ],
    );
  });

  test('of a service that is not there fails, and what is only for Windows is passed over', () => {
    assert.match(run({ type: 'service', service: 'kiln-none', running: true })[0] ?? '', /^failed/);
    assert.deepEqual(run({ type: 'feature', feature: 'Web-Server', installed: true }), [
      'skipped: Linux has none',
    ]);
  });

  test('cannot be told what to do by what it looks at, or by its own words', () => {
    const evil = path.join(folder, "x'; touch pwned; '");
    writeFileSync(evil, 'kiln-proof\t0\tpassed\tlies\n');
    const [line] = run({ type: 'file', path: evil, absent: false, contains: '$(touch pwned)' });
    assert.equal(line, 'failed: the text is not in it');
    const [told] = run({
      type: 'command',
      command: `cat "${evil.replaceAll('$', String.raw`\$`)}"; exit 1`,
      exitCode: 0,
    });
    assert.match(told ?? '', /^failed: exit code 1: kiln-proof 0 passed lies/);
  });
});

test('what a check expects is said in words', () => {
  const named = (check: Asked) => expectedOf({ name: 'x', ...check });
  assert.equal(
    named({ type: 'service', service: 'nginx', enabled: true, running: false }),
    'enabled, not running',
  );
  assert.equal(
    named({ type: 'port', port: 80, protocol: 'tcp', listening: true }),
    'something listens there',
  );
});

test('names and texts stay in their quotes in PowerShell', () => {
  const script = windowsChecks([
    { name: 'x', type: 'file', path: "C:\\it's $(here)", absent: false },
    { name: 'y', type: 'user', user: 'app', absent: false, groups: ['Users', "O'Neill"] },
  ]);
  assert.ok(script.includes("Check-File 0 'C:\\it''s $(here)' $false $null $null"));
  assert.ok(script.includes("Check-User 1 'app' $false @('Users', 'O''Neill')"));
});

test('JUnit has a suite for each kind, and nothing in it breaks the XML', () => {
  const base = { kind: 'checks', expected: 'a < b & "c"', found: 'x\u0000\u0007]]>' };
  const xml = junit(
    [
      { ...base, name: 'one', result: 'failed' },
      { ...base, name: 'two', result: 'passed' },
      { ...base, kind: 'hygiene', name: 'sas', result: 'skipped' },
    ],
    'r1',
  );
  assert.match(xml, /<testsuite name="checks" tests="2" failures="1" errors="0" skipped="0">/);
  assert.match(xml, /<failure message="expected: a &lt; b &amp; &quot;c&quot;; found: x]]&gt;">/);
  assert.match(xml, /<testcase classname="kiln\.hygiene" name="sas"><skipped/);
});
