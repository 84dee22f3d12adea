// Our order of versions against the tools that decide what is installed.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { compareDpkg } from '../../../shared/inventory/dpkg-version.ts';
import { compareRpm } from '../../../shared/inventory/rpm-version.ts';

const has = (tool: string) => spawnSync(tool, ['--version']).status === 0;
/** Each asks dpkg once or twice, a process each time: all of them before a release, by KILN_PAIRS=10000. */
const PAIRS = Number(process.env['KILN_PAIRS'] ?? 1000);

/** Short and of few characters, so that many pairs begin alike. */
const text = (units: string[], maxLength: number, first = '0') =>
  fc.string({ unit: fc.constantFrom(...units), maxLength }).map((rest) => `${first}${rest}`);
const epoch = fc.constantFrom('', '', '0:', '1:', '10:');
const DEB_UPSTREAM = ['0', '1', '10', '9', '.', '.', '+', '~', '-', 'a', 'Z', 'git'];
const deb = fc
  .tuple(
    epoch,
    text(DEB_UPSTREAM, 7),
    fc.option(text(['0', '1', '~', '+', '.', 'a', 'u'], 5), { nil: undefined }),
  )
  // Without a revision the upstream version has no dash.
  .map(([e, upstream, revision]) =>
    revision === undefined ? `${e}${upstream.replaceAll('-', '')}` : `${e}${upstream}-${revision}`,
  );
const RPM_UNITS = ['0', '1', '10', '09', '.', '_', '~', '^', 'a', 'Z', 'el9', '+'];
const rpm = fc.string({ unit: fc.constantFrom(...RPM_UNITS), minLength: 1, maxLength: 7 });

const signOf = (value: number) => Math.sign(value) || 0;
/** Of three pairs two are near to each other: they differ by what comes at the end. */
function pairs(version: fc.Arbitrary<string>, ends: string[], isValid: (text: string) => boolean) {
  const end = fc.constantFrom(...ends);
  const near = fc
    .tuple(version, end, end)
    .map(([one, a, b]): [string, string] => [`${one}${a}`, `${one}${b}`]);
  const all = fc.sample(fc.oneof(fc.tuple(version, version), near, near), 2 * PAIRS);
  return all.filter((pair) => pair.every(isValid)).slice(0, PAIRS);
}

describe('the order of versions', () => {
  test('of dpkg agrees with dpkg on random pairs', { skip: has('dpkg') ? false : 'dpkg is not here' }, () => {
    const all = pairs(deb, ['', '0', '1', '~', '~1', '+', '.', '-0', '-1', 'a'], (one) =>
      /^(?:\d+:)?\d[^:]*$/.test(one),
    );
    const script =
      'while read -r a b; do if dpkg --compare-versions "$a" lt "$b"; then echo -1; elif dpkg --compare-versions "$a" eq "$b"; then echo 0; else echo 1; fi; done';
    const input = `${all.map((pair) => pair.join(' ')).join('\n')}\n`;
    const { stdout, stderr } = spawnSync('sh', ['-c', script], { input, maxBuffer: 1e8 });
    assert.equal(stderr.toString().slice(0, 500), '');
    const told = stdout.toString().trim().split('\n').map(Number);
    assert.equal(told.length, all.length);
    assert.equal(all.length, PAIRS);
    for (const [index, [a, b]] of all.entries())
      assert.equal(signOf(compareDpkg(a, b)), told[index], `${a} and ${b}`);
  });

  test('of rpm agrees with rpm on random pairs', { skip: has('rpm') ? false : 'rpm is not here' }, () => {
    const all = pairs(rpm, ['', '0', '1', '~', '^', '^1', '.', '.a', 'a'], () => true);
    const told = all.flatMap((_, at) => (at % 200 === 0 ? askRpm(all.slice(at, at + 200)) : []));
    assert.equal(told.length, all.length);
    for (const [index, [a, b]] of all.entries())
      assert.equal(signOf(compareRpm(a, b)), told[index], `${a} and ${b}`);
  });

  test('is an order: it turns round with its arguments, and nothing goes round in circles', () => {
    for (const [version, compare] of [
      [deb, compareDpkg],
      [rpm, compareRpm],
    ] as const)
      fc.assert(
        fc.property(version, version, version, (a, b, c) => {
          assert.equal(signOf(compare(a, b)), -signOf(compare(b, a)) || 0);
          assert.equal(compare(a, a), 0);
          if (compare(a, b) <= 0 && compare(b, c) <= 0) assert.ok(compare(a, c) <= 0, `${a} ${b} ${c}`);
        }),
        { numRuns: 3000 },
      );
  });

  test('knows epochs, what comes before a release, backports, and numbers longer than a number', () => {
    const isOlder = (compare: typeof compareDpkg, a: string, b: string) =>
      assert.ok(compare(a, b) < 0, `${a} < ${b}`);
    isOlder(compareDpkg, '2.0-1', '1:1.0-1');
    isOlder(compareDpkg, '1.0~rc1-1', '1.0-1');
    isOlder(compareDpkg, '3.0.11-1~deb12u1', '3.0.11-1~deb12u2');
    isOlder(compareDpkg, '3.0.11-1~deb12u2', '3.0.11-1');
    isOlder(compareDpkg, '3.0.2-0ubuntu1.9', '3.0.2-0ubuntu1.10');
    isOlder(compareDpkg, '0+20260101000000000000001', '0+20260101000000000000002');
    assert.equal(compareDpkg('1.0', '0:1.0-0'), 0);
    isOlder(compareRpm, '3.0.7-24.el9', '3.0.7-25.el9_3');
    isOlder(compareRpm, '5.0-1', '1:1.0-1');
    isOlder(compareRpm, '1.0~rc1', '1.0');
    isOlder(compareRpm, '1.0', '1.0^git1');
    isOlder(compareRpm, '1.0^git1', '1.0.1');
    assert.equal(compareRpm('1.0', '1.0-5'), 0);
  });
});

function askRpm(all: readonly [string, string][]): number[] {
  const calls = all.map(([a, b]) => `print(rpm.vercmp('${a}','${b}')..' ')`).join(' ');
  const { stdout } = spawnSync('rpm', ['--eval', `%{lua:${calls}}`], { maxBuffer: 1e7 });
  return stdout.toString().trim().split(/\s+/).map(Number);
}
