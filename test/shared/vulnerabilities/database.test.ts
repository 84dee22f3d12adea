import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { after, before, beforeEach, describe, test } from 'node:test';
import { KilnError } from '../../../shared/errors/failure.ts';
import type { CloudEvent } from '../../../shared/model/cloud-event.ts';
import { runId } from '../../../shared/model/convert.ts';
import type { Finding } from '../../../shared/model/finding.ts';
import type { Inventory } from '../../../shared/model/inventory.ts';
import type { VulnerabilityGate } from '../../../shared/model/proof-wishes.ts';
import { createOsvSource } from '../../../shared/net/osv-archive.ts';
import type { AdvisoryIndex } from '../../../shared/ports/advisory-index.ts';
import type { Store } from '../../../shared/ports/store.ts';
import { blobAdvisories } from '../../../shared/store/blob-advisories.ts';
import { createBlobStore } from '../../../shared/store/blob-store.ts';
import { releaseOf } from '../../../shared/vulnerabilities/ecosystem.ts';
import { judge } from '../../../shared/vulnerabilities/gate.ts';
import { lookAfterImages, watchImage } from '../../../shared/vulnerabilities/look-after.ts';
import { refreshDatabase } from '../../../shared/vulnerabilities/refresh-database.ts';
import { reportOn } from '../../../shared/vulnerabilities/report.ts';
import { type Azurite, startAzurite } from '../../support/azurite.ts';
import { osvRecord, writeArchive } from '../../support/osv.ts';

const ref = { subscriptionId: '11111111-1111-1111-1111-111111111111', resourceGroup: 'images', name: 'web' };
const id = runId('22222222-2222-2222-2222-222222222222');
const debian = releaseOf({ id: 'debian', version: '12' });
assert.ok(debian);

const inventory: Pick<Inventory, 'os' | 'packages'> = {
  os: { family: 'linux', id: 'debian', version: '12', name: 'Debian GNU/Linux 12', architecture: 'x86_64' },
  packages: [
    {
      ...{ type: 'deb', name: 'libssl3', version: '3.0.11-1~deb12u1' },
      source: { name: 'openssl', version: '3.0.11-1~deb12u1' },
    },
    { type: 'deb', name: 'bash', version: '5.2.15-2', source: { name: 'bash', version: '5.2.15-2' } },
    { type: 'pypi', name: 'requests', version: '2.0' },
  ],
};

const openssl = osvRecord(
  'DEBIAN-CVE-2026-1',
  {
    ...{ ecosystem: 'Debian:12', name: 'openssl' },
    events: [{ introduced: '0' }, { fixed: '3.0.11-1~deb12u2' }],
    more: { ecosystem_specific: { urgency: 'high' } },
  },
  { upstream: ['CVE-2026-1'], modified: '2026-11-21T00:00:00Z' },
);
const bash = osvRecord('DEBIAN-CVE-2026-2', {
  ...{ ecosystem: 'Debian:12', name: 'bash', events: [{ introduced: '0' }] },
});
const others = osvRecord('DEBIAN-CVE-2026-3', {
  ...{ ecosystem: 'Debian:11', name: 'openssl', events: [{ introduced: '0' }] },
});

describe('the database of advisories', () => {
  let azurite: Azurite;
  let index: AdvisoryIndex;
  let store: Store;
  let folder: string;
  let time: string;
  const now = () => new Date(time);
  before(async () => {
    azurite = await startAzurite();
  });
  after(() => azurite.stop());
  beforeEach(async () => {
    const container = await azurite.container();
    index = blobAdvisories(container);
    store = createBlobStore(container);
    folder = await mkdtemp(path.join(os.tmpdir(), 'kiln-osv-test-'));
    time = '2026-11-29T10:00:00.000Z';
    return () => rm(folder, { recursive: true });
  });

  const refresh = (...records: { id: string }[]) => {
    const source = createOsvSource(writeArchive(folder, 'Debian', records));
    return refreshDatabase({ index, source, now }, 'Debian', [debian]);
  };
  const findings = async () => (await reportOn(inventory, index)).findings.map((one) => one.id);

  test('says of when it is, what was found, and what nobody has looked at', async () => {
    await refresh(openssl, bash, others);
    const report = await reportOn(inventory, index);
    assert.deepEqual(
      report.findings.map((one) => [one.id, one.severity, one.fixed]),
      [
        ['DEBIAN-CVE-2026-1', 'high', '3.0.11-1~deb12u2'],
        ['DEBIAN-CVE-2026-2', 'unknown', undefined],
      ],
    );
    assert.partialDeepStrictEqual(report.database, {
      ...{ ecosystem: 'Debian:12', fetchedAt: time, newest: '2026-11-21T00:00:00Z', advisories: 2 },
    });
    assert.deepEqual(report.counts, { high: 1, unknown: 1 });
    assert.deepEqual(report.notCovered, ['1 Python packages were not looked at.']);
  });

  test('that was never fetched is said, and so is a system of which there are no advisories', async () => {
    const none = await reportOn(inventory, index);
    assert.equal(none.database, undefined);
    assert.match(none.notCovered[0] ?? '', /database of Debian was not fetched yet/);
    const windows = { ...inventory.os, id: 'windows', name: 'Windows Server 2022' };
    assert.match(
      (await reportOn({ ...inventory, os: windows }, index)).notCovered[0] ?? '',
      /OSV has no advisories/,
    );
  });

  test('takes the place of the former one, and a broken one leaves that as it is', async () => {
    await refresh(openssl);
    await refresh(bash);
    assert.deepEqual(await findings(), ['DEBIAN-CVE-2026-2']);
    const file = path.join(folder, 'Debian', 'all.zip');
    const whole = readFileSync(file);
    for (const broken of [
      whole.subarray(0, 40),
      whole.subarray(0, -30),
      Buffer.from('no archive at all'),
      Buffer.alloc(0),
    ]) {
      writeFileSync(file, broken);
      const source = createOsvSource(`file://${folder}`);
      await assert.rejects(refreshDatabase({ index, source, now }, 'Debian', [debian]));
      assert.deepEqual(await findings(), ['DEBIAN-CVE-2026-2']);
    }
  });

  test('comes from a mirror over http too, and a mirror that is away is named without its token', async () => {
    const base = writeArchive(folder, 'Debian', [openssl]);
    const server = createServer((request, response) => {
      const { pathname, searchParams } = new URL(request.url ?? '', 'http://mirror');
      if (searchParams.get('sig') !== 'token' || pathname !== '/osv/Debian/all.zip')
        return void response.writeHead(404).end();
      response.end(readFileSync(path.join(fileURLToPath(base), 'Debian', 'all.zip')));
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const mirror = (rest: string) => createOsvSource(`http://127.0.0.1:${port}${rest}`);
    await refreshDatabase({ index, source: mirror('/osv?sig=token'), now }, 'Debian', [debian]);
    assert.deepEqual(await findings(), ['DEBIAN-CVE-2026-1']);
    await assert.rejects(
      refreshDatabase({ index, source: mirror('/osv?sig=other'), now }, 'Debian', [debian]),
      (error) =>
        error instanceof KilnError &&
        error.failure.code === 'DatabaseNotFetched' &&
        /it answered 404/.test(error.message) &&
        !error.message.includes('sig='),
    );
    server.close();
  });

  test('of a day ago is fetched again, and a finding that is new is told once', async () => {
    const told: CloudEvent[] = [];
    const context = () => ({
      ...{ index, now, source: createOsvSource(`file://${folder}`), log: () => undefined },
      store: {
        watchedImages: store.watchedImages,
        runs: store.runs,
        outbox: {
          ...store.outbox,
          addEvents: async (events: readonly CloudEvent[]) => void told.push(...events),
        },
      },
      inventoryOf: () => Promise.resolve(inventory),
    });
    await store.runs.create({
      ...{ schema: 1, ref, id, revision: 1, reason: 'test', state: 'Succeeded', message: '', outputs: [] },
      startTime: time,
    });
    writeArchive(folder, 'Debian', [bash]);
    await watchImage(context(), { ref, runId: id });
    await lookAfterImages(context());
    assert.equal(told.length, 0);
    // Not yet a day later: the archive is not read again.
    writeArchive(folder, 'Debian', [bash, openssl]);
    time = '2026-11-30T09:00:00.000Z';
    await lookAfterImages(context());
    assert.equal(told.length, 0);
    time = '2026-11-30T10:00:00.000Z';
    await lookAfterImages(context());
    await lookAfterImages(context());
    assert.equal(told.length, 1);
    assert.equal(told[0]?.type, 'io.kiln.vulnerabilities.found');
    assert.partialDeepStrictEqual(told[0]?.data, { new: 1, runId: id, counts: { high: 1, unknown: 1 } });
    const [finding] = (told[0]?.data['findings'] ?? []) as Finding[];
    assert.equal(finding?.id, 'DEBIAN-CVE-2026-1');
  });

  test('lets a gate stop what is grave, can be mended, and is not ignored for now', async () => {
    await refresh(openssl, bash);
    const report = await reportOn(inventory, index);
    const gate = (changes: Partial<VulnerabilityGate>) =>
      judge(report, { failOn: 'high', fixedOnly: false, ignore: [], ...changes }, now());
    const stopped = gate({});
    assert.equal(stopped.passes, false);
    assert.match(
      stopped.said,
      /CVE-2026-1 \(high\) in openssl 3\.0\.11-1~deb12u1, fixed in 3\.0\.11-1~deb12u2/,
    );
    assert.equal(gate({ failOn: 'critical' }).passes, true);
    // Of the one without a fix nobody knows how bad it is: it counts as more than medium.
    assert.match(gate({ failOn: 'medium' }).said, /^2 findings/);
    assert.match(gate({ failOn: 'medium', fixedOnly: true }).said, /^1 findings/);
    const ignore = (until: string, name = 'CVE-2026-1') => [{ id: name, until, why: 'not reachable' }];
    assert.equal(gate({ ignore: ignore('2026-11-29') }).passes, true);
    assert.match(gate({ ignore: ignore('2026-11-29') }).said, /1 ignored/);
    assert.equal(gate({ ignore: ignore('2026-11-28') }).passes, false);
    assert.equal(gate({ ignore: ignore('2026-12-31', 'CVE-2026-9') }).passes, false);
    const unknown = judge(
      { ...report, database: undefined } as never,
      { failOn: 'low', fixedOnly: false, ignore: [] },
      now(),
    );
    assert.deepEqual([unknown.passes, !unknown.passes && unknown.isJudged], [false, false]);
  });
});
