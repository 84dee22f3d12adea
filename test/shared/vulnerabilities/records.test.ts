import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { InventoryPackage } from '../../../shared/model/inventory.ts';
import { lineOf } from '../../../shared/vulnerabilities/advisory.ts';
import { baseScore, ratingOf } from '../../../shared/vulnerabilities/cvss.ts';
import { releaseOf } from '../../../shared/vulnerabilities/ecosystem.ts';
import { installedOf, match } from '../../../shared/vulnerabilities/match.ts';
import { advisoriesOf } from '../../../shared/vulnerabilities/record.ts';
import { type Event, osvRecord } from '../../support/osv.ts';

const os = (id: string, version: string) => {
  const release = releaseOf({ id, version });
  assert.ok(release, `${id} ${version}`);
  return release;
};

async function* linesOf(...lines: string[]): AsyncIterable<string> {
  yield* lines;
}

/** Ids of what a package of that version has open. */
async function open(
  [id, version]: [string, string],
  record: unknown,
  ...packages: InventoryPackage[]
): Promise<string[]> {
  const release = os(id, version);
  const lines = advisoriesOf(record, release).map(lineOf);
  const found = await match(linesOf(...lines), installedOf({ packages }, release), release);
  return found.map((one) => `${one.package} ${one.version}`);
}

const deb = (name: string, version: string, source = { name, version }): InventoryPackage => ({
  ...{ type: 'deb', name, version, source },
});
const rpm = (name: string, version: string, source = { name, version }): InventoryPackage => ({
  ...{ type: 'rpm', name, version, source },
});
const upTo = (fixed: string): Event[] => [{ introduced: '0' }, { fixed }];

describe('an advisory matches exactly what is vulnerable', () => {
  const debian = (events: Event[], name = 'openssl') =>
    osvRecord('DEBIAN-CVE-2026-1', { ecosystem: 'Debian:12', name, events });

  test('by the source package: the binary packages have other names and versions', async () => {
    const record = debian(upTo('3.0.11-1~deb12u2'));
    const libssl = (version: string) => deb('libssl3', version, { name: 'openssl', version });
    assert.deepEqual(await open(['debian', '12'], record, libssl('3.0.11-1~deb12u1')), [
      'openssl 3.0.11-1~deb12u1',
    ]);
    assert.deepEqual(await open(['debian', '12'], record, libssl('3.0.11-1~deb12u2')), []);
    // Built anew for a rebuild alone: the binary is +b1, the source is not.
    const rebuilt = deb('libssl3', '3.0.11-1~deb12u1+b1', { name: 'openssl', version: '3.0.11-1~deb12u1' });
    assert.deepEqual(await open(['debian', '12'], record, rebuilt), ['openssl 3.0.11-1~deb12u1']);
    // A binary package that happens to have the name of another source.
    assert.deepEqual(
      await open(['debian', '12'], record, deb('openssl', '1', { name: 'other', version: '1' })),
      [],
    );
  });

  test('with epochs, tildes, and what comes before a release', async () => {
    const epoch = debian(upTo('1:2.0-1'), 'bind9');
    assert.deepEqual(await open(['debian', '12'], epoch, deb('bind9', '3.0-1')), ['bind9 3.0-1']);
    assert.deepEqual(await open(['debian', '12'], epoch, deb('bind9', '1:2.0-1')), []);
    const tilde = debian(upTo('2.0-1'));
    assert.deepEqual(await open(['debian', '12'], tilde, deb('openssl', '2.0~rc1-1')), ['openssl 2.0~rc1-1']);
  });

  test("with Ubuntu's backports, which are older than the fix of the maker", async () => {
    const record = osvRecord('USN-1', {
      ...{ ecosystem: 'Ubuntu:22.04:LTS', name: 'openssl', events: upTo('3.0.2-0ubuntu1.10') },
    });
    assert.deepEqual(await open(['ubuntu', '22.04'], record, deb('openssl', '3.0.2-0ubuntu1.9')), [
      'openssl 3.0.2-0ubuntu1.9',
    ]);
    assert.deepEqual(await open(['ubuntu', '22.04'], record, deb('openssl', '3.0.2-0ubuntu1.10')), []);
    // Another release, and one that has to be paid for.
    assert.deepEqual(await open(['ubuntu', '24.04'], record, deb('openssl', '3.0.2-0ubuntu1.9')), []);
    const pro = osvRecord('USN-2', { ecosystem: 'Ubuntu:Pro:22.04:LTS', name: 'openssl', events: upTo('9') });
    assert.deepEqual(await open(['ubuntu', '22.04'], pro, deb('openssl', '3.0.2-0ubuntu1.9')), []);
  });

  test('with releases of rpm, by the package or its source, in each repository of Red Hat', async () => {
    const record = osvRecord('RHSA-1', {
      ...{
        ecosystem: 'Red Hat:enterprise_linux:9::baseos',
        name: 'openssl-libs',
        events: upTo('1:3.0.7-25.el9_3'),
      },
    });
    assert.deepEqual(await open(['rhel', '9.3'], record, rpm('openssl-libs', '1:3.0.7-24.el9')), [
      'openssl-libs 1:3.0.7-24.el9',
    ]);
    assert.deepEqual(await open(['rhel', '9.3'], record, rpm('openssl-libs', '1:3.0.7-25.el9_3')), []);
    assert.deepEqual(await open(['rhel', '8.9'], record, rpm('openssl-libs', '1:3.0.7-24.el9')), []);
    const azure = osvRecord('AZL-1', { ecosystem: 'Azure Linux:3', name: 'curl', events: upTo('8.8.0-3') });
    const libcurl = rpm('libcurl', '8.8.0-2.azl3', { name: 'curl', version: '8.8.0-2.azl3' });
    assert.deepEqual(await open(['azurelinux', '3.0'], azure, libcurl), ['curl 8.8.0-2.azl3']);
  });

  test('in each of its ranges, and up to a last version', async () => {
    const twice = debian([{ introduced: '0' }, { fixed: '1.5' }, { introduced: '2.0' }, { fixed: '2.5' }]);
    for (const [version, isOpen] of [
      ['1.4', true],
      ['1.5', false],
      ['2.0', true],
      ['2.5', false],
    ] as const)
      assert.equal(
        (await open(['debian', '12'], twice, deb('openssl', version))).length === 1,
        isOpen,
        version,
      );
    const last = debian([{ introduced: '1' }, { last_affected: '2' }]);
    assert.equal((await open(['debian', '12'], last, deb('openssl', '2'))).length, 1);
    assert.equal((await open(['debian', '12'], last, deb('openssl', '2.1'))).length, 0);
    const named = osvRecord('X', { ecosystem: 'Debian:12', name: 'openssl', versions: ['1-1'] });
    assert.equal((await open(['debian', '12'], named, deb('openssl', '1-1'))).length, 1);
    assert.equal((await open(['debian', '12'], named, deb('openssl', '1-2'))).length, 0);
  });

  test('and not at all when it was withdrawn', async () => {
    const record = { ...debian(upTo('9')), withdrawn: '2026-01-01T00:00:00Z' };
    assert.deepEqual(await open(['debian', '12'], record, deb('openssl', '1')), []);
  });
});

describe('how bad it is', () => {
  const severity = (more: object, affected: object = {}) =>
    advisoriesOf(
      osvRecord('X', { ecosystem: 'Debian:12', name: 'a', events: upTo('1'), more: affected }, more),
      os('debian', '12'),
    )[0]?.severity;

  test("is the distribution's word, else the score", () => {
    const score = { severity: [{ type: 'CVSS_V3', score: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H' }] };
    assert.equal(severity(score), 'critical');
    assert.equal(severity(score, { ecosystem_specific: { urgency: 'low' } }), 'low');
    assert.equal(severity(score, { ecosystem_specific: { urgency: 'not yet assigned' } }), 'critical');
    assert.equal(severity({ severity: [{ type: 'Ubuntu', score: 'medium' }] }), 'medium');
    assert.equal(severity({ database_specific: { severity: 'Important' } }), 'high');
    assert.equal(severity({}), 'unknown');
  });

  test('is counted as the examples of FIRST count', () => {
    for (const [vector, expected] of [
      ['CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N', 6.1],
      ['CVSS:3.1/AV:N/AC:L/PR:L/UI:N/S:C/C:L/I:L/A:N', 6.4],
      ['CVSS:3.1/AV:L/AC:L/PR:L/UI:N/S:U/C:H/I:H/A:H', 7.8],
      ['CVSS:3.1/AV:N/AC:H/PR:N/UI:R/S:U/C:L/I:N/A:N', 3.1],
      ['CVSS:3.0/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:N', 0],
      ['CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H', 10],
    ] as const)
      assert.equal(baseScore(vector), expected, vector);
    assert.equal(baseScore('CVSS:4.0/AV:N'), undefined);
    assert.equal(baseScore('CVSS:3.1/AV:N'), undefined);
    assert.deepEqual([0, 0.1, 3.9, 4, 7, 9].map(ratingOf), [
      'negligible',
      'low',
      'low',
      'medium',
      'high',
      'critical',
    ]);
  });
});
