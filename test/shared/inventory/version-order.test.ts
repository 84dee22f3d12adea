import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import fc from 'fast-check';
import { compareVersions } from '../../../shared/inventory/version-order.ts';
import { isInRange, parseRange } from '../../../shared/inventory/version-range.ts';

const deb = (a: string, b: string) => Math.sign(compareVersions('deb', a, b));
const rpm = (a: string, b: string) => Math.sign(compareVersions('rpm', a, b));

test('Debian: epochs, tildes, revisions and letters', () => {
  for (const [a, b] of [
    ['1.0', '1:0.1'],
    ['3.0.15-1~deb12u1', '3.0.15-1'],
    ['1.0~rc1', '1.0'],
    ['1.0~~', '1.0~'],
    ['1.9', '1.10'],
    ['1.0a', '1.0+b'],
    ['3.0.13-0ubuntu3.4', '3.0.13-0ubuntu3.10'],
    ['2.36-9+deb12u8', '2.36-9+deb12u9'],
    ['1.0-1', '1.0.1-1'],
  ] as const) {
    assert.equal(deb(a, b), -1, `${a} < ${b}`);
    assert.equal(deb(b, a), 1, `${b} > ${a}`);
  }
  assert.equal(deb('1.0', '0:1.0'), 0);
  assert.equal(deb('1.02', '1.2'), 0);
});

// Of rpm's own tests: https://github.com/rpm-software-management/rpm/blob/master/tests/rpmvercmp.at
test('rpm: as its own tests have it', () => {
  const cases = `1.0 1.0 0|1.0 2.0 -1|2.0.1 2.0.1a -1|5.5p1 5.5p10 -1|10xyz 10.1xyz -1|xyz10 xyz10.1 -1|xyz.4 8 -1
6.0.rc1 6.0 1|10b2 10a1 1|1.0aa 1.0a 1|10.0001 10.1 0|4.999.9 5.0 -1|20101121 20101122 -1|2_0 2.0 0|1.0~rc1 1.0 -1
1.0~rc1 1.0~rc2 -1|1.0~rc1~git123 1.0~rc1 -1|1.0^ 1.0 1|1.0^git1 1.0 1|1.0^git1 1.0^git2 -1|1.0^git1 1.01 -1
1.0^20160101 1.0.1 -1|1.0^20160102 1.0^20160101^git1 1|1.0~rc1^git1 1.0~rc1 1|1.0^git1~pre 1.0^git1 -1|1b.fc17 1.fc17 -1
1g.fc17 1.fc17 1`;
  for (const line of cases.split(/[|\n]/)) {
    const [a = '', b = '', order = ''] = line.split(' ');
    assert.equal(rpm(a, b), Number(order), line);
    assert.equal(rpm(b, a), -Number(order) || 0, line);
  }
  assert.equal(rpm('1:1.0-1', '2.0-1'), 1);
  assert.equal(rpm('3.0.7-27.el9', '3.0.7-28.el9_4'), -1);
});

const part = fc.string({
  unit: fc.constantFrom(...'0123456789abz.+~'.split('')),
  minLength: 1,
  maxLength: 6,
});
const version = fc
  .tuple(fc.constantFrom('', '1:', '2:'), part, fc.constantFrom('', '-1', '-1~x', '-0+b1'))
  .map(([epoch, text, revision]) => `${epoch}0${text}${revision}`);
const dpkg = spawnSync('dpkg', ['--version']).status === 0 ? false : 'dpkg is not here';

const OPERATORS = { '-1': 'lt', '0': 'eq', '1': 'gt' } as const;

/** A process each: ten thousand are 35 seconds of CPU, and for those who ask for them. */
const PAIRS = Number(process.env['KILN_FUZZ_RUNS'] ?? 1000);

/** One question for each pair, of what our own order says: dpkg is started for every one of them. */
test('dpkg agrees on a thousand pairs of versions', { skip: dpkg }, () => {
  const equal = fc.sample(version, 100).map((one) => [one, one] as const);
  const pairs = [...equal, ...fc.sample(fc.tuple(version, version), PAIRS)];
  const operator = (a: string, b: string) => OPERATORS[`${Math.sign(deb(a, b)) as -1 | 0 | 1}`];
  const lines = pairs.map(
    ([a, b]) =>
      `dpkg --compare-versions '${a}' ${operator(a, b)} '${b}' || echo '${a} ${operator(a, b)} ${b}'`,
  );
  const { stdout, stderr, status } = spawnSync('sh', { encoding: 'utf8', input: lines.join('\n') });
  assert.deepEqual([status, stderr, stdout], [0, '', '']);
  for (const wanted of Object.values(OPERATORS))
    assert.ok(
      pairs.some(([a, b]) => operator(a, b) === wanted),
      wanted,
    );
});

test('both orders are orders', () => {
  fc.assert(
    fc.property(version, version, version, (a, b, c) => {
      for (const order of [deb, rpm]) {
        assert.equal(order(a, b), -order(b, a) || 0);
        if (order(a, b) <= 0 && order(b, c) <= 0) assert.ok(order(a, c) <= 0, `${a} ${b} ${c}`);
      }
    }),
  );
});

test('a range is as people write it, whatever the epoch and the revision', () => {
  const holds = (range: string, found: string) => isInRange(parseRange(range), 'deb', found);
  assert.ok(holds('<3.0.15', '3.0.14-1~deb12u2'));
  assert.ok(!holds('<3.0.15', '3.0.15-1~deb12u1'));
  assert.ok(holds('3.0.15', '3.0.15-1~deb12u1'));
  assert.ok(holds('=9.2p1', '1:9.2p1-2+deb12u3'));
  assert.ok(holds('>=3.0 <3.1', '3.0.15-1'));
  assert.ok(holds('<3.0.15-1', '3.0.15-1~deb12u1'));
  for (const range of ['=>3', 'newest', '>=', '>=abc', '3 or 4'])
    assert.throws(() => parseRange(range), /is not a range of versions/, range);
});
