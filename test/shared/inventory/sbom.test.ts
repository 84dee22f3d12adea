// Bills of materials against the schemas of their makers: CycloneDX's own come with its library.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { Ajv } from 'ajv';
import fc from 'fast-check';
import { readListing } from '../../../shared/inventory/read-listing.ts';
import type { BillOf } from '../../../shared/inventory/sbom/about.ts';
import { cycloneDx } from '../../../shared/inventory/sbom/cyclonedx.ts';
import { purlOf } from '../../../shared/inventory/sbom/purl.ts';
import { spdx } from '../../../shared/inventory/sbom/spdx.ts';
import { runId } from '../../../shared/model/convert.ts';
import { timestamp } from '../../../shared/model/time.ts';
import { isCycloneDx } from '../../support/cyclonedx.ts';
import { anInventory, inventories } from './some-inventory.ts';

const NAMES = ['debian-12', 'ubuntu-24.04', 'rhel-9', 'azurelinux-3', 'windows-2022'];
function inventoryOf(name: string) {
  const text = readFileSync(path.join(import.meta.dirname, 'listings', `${name}.txt`), 'utf8');
  const osType = name.startsWith('windows') ? 'Windows' : 'Linux';
  return readListing(text, { osType })?.inventory ?? anInventory;
}

function bill(inventory: BillOf['inventory']): BillOf {
  return {
    name: 'web',
    version: '1.0.5',
    runId: runId('68d822dd-02ab-4057-b59f-e42d63212ee2'),
    takenAt: timestamp(new Date('2026-11-29T20:00:00.123Z')),
    simulated: false,
    inventory,
  };
}

test('the schema of CycloneDX refuses a bill that is none', () => {
  assert.equal(
    isCycloneDx({ bomFormat: 'CycloneDX', specVersion: '1.6', components: [{ name: 'x' }] }),
    false,
  );
});

for (const name of NAMES)
  test(`${name}: the CycloneDX bill passes its official schema and has every package`, () => {
    const inventory = inventoryOf(name);
    const bom = JSON.parse(cycloneDx(bill(inventory)));
    assert.equal(isCycloneDx(bom), true, JSON.stringify(isCycloneDx.errors));
    assert.equal(bom.specVersion, '1.6');
    assert.equal(bom.metadata.component.version, '1.0.5');
    assert.equal(bom.components.length, inventory.packages.length + 1, 'the packages and the system');
    const refs = bom.components.map((one: any) => one['bom-ref']);
    assert.equal(new Set(refs).size, refs.length);
  });

test('any inventory gives a CycloneDX bill that its schema takes, and the same one gives the same bytes', () => {
  fc.assert(
    fc.property(inventories, (inventory) => {
      const text = cycloneDx(bill(inventory));
      assert.equal(isCycloneDx(JSON.parse(text)), true, JSON.stringify(isCycloneDx.errors?.slice(0, 2)));
      assert.equal(cycloneDx(bill(inventory)), text);
    }),
    { numRuns: 50 },
  );
});

const url = (name: string, wanted: string) => {
  const { os, packages } = inventoryOf(name);
  const one = packages.find((candidate) => candidate.name === wanted);
  assert.ok(one, wanted);
  return purlOf(one, os)?.toString();
};

test('package URLs have distribution, architecture, epoch and source package where scanners look for them', () => {
  assert.equal(
    url('debian-12', 'libssl3'),
    'pkg:deb/debian/libssl3@3.0.15-1~deb12u1?arch=amd64&distro=debian-12&upstream=openssl',
  );
  assert.equal(
    url('debian-12', 'openssh-server'),
    'pkg:deb/debian/openssh-server@1:9.2p1-2+deb12u3?arch=amd64&distro=debian-12&upstream=openssh',
  );
  assert.equal(
    url('debian-12', 'bash'),
    'pkg:deb/debian/bash@5.2.15-2+b7?arch=amd64&distro=debian-12&upstream=bash%405.2.15-2',
  );
  assert.equal(
    url('ubuntu-24.04', 'walinuxagent'),
    'pkg:deb/ubuntu/walinuxagent@2.9.1.1-2ubuntu2.24.04.1?arch=amd64&distro=ubuntu-24.04',
  );
  assert.equal(
    url('rhel-9', 'openssl-libs'),
    'pkg:rpm/redhat/openssl-libs@3.0.7-28.el9_4?arch=x86_64&distro=rhel-9.4&epoch=1&upstream=openssl-3.0.7-28.el9_4.src.rpm',
  );
  assert.equal(
    url('azurelinux-3', 'tdnf'),
    'pkg:rpm/azurelinux/tdnf@3.5.8-1.azl3?arch=aarch64&distro=azurelinux-3.0&upstream=tdnf-3.5.8-1.azl3.src.rpm',
  );
  assert.equal(url('debian-12', '@azure/functions-core'), 'pkg:npm/%40azure/functions-core@4.0.1');
  assert.equal(url('debian-12', 'flask-login'), 'pkg:pypi/flask-login@0.6.3');
  assert.equal(url('windows-2022', 'KB5046616'), 'pkg:generic/KB5046616?packaging=hotfix');
  assert.equal(url('windows-2022', 'IIS-WebServer'), undefined);
});

/** What the specification asks for and a schema cannot say: https://spdx.github.io/spdx-spec/v2.3/ */
function assertSpdx(document: any): void {
  assert.equal(document.spdxVersion, 'SPDX-2.3');
  assert.equal(document.dataLicense, 'CC0-1.0');
  assert.match(document.creationInfo.created, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
  assert.ok(URL.canParse(document.documentNamespace) && !document.documentNamespace.includes('#'));
  const ids: string[] = document.packages.map(({ SPDXID }: any) => SPDXID);
  for (const id of ids) assert.match(id, /^SPDXRef-[A-Za-z0-9.-]+$/);
  assert.equal(new Set(ids).size, ids.length);
  for (const one of document.packages) {
    assert.ok(one.name !== '' && one.downloadLocation === 'NOASSERTION');
    for (const { referenceLocator } of one.externalRefs ?? []) assert.match(referenceLocator, /^pkg:\w+\//);
  }
  const known = new Set(['SPDXRef-DOCUMENT', ...ids]);
  for (const { spdxElementId, relatedSpdxElement } of document.relationships)
    assert.ok(known.has(spdxElementId) && known.has(relatedSpdxElement));
  // The text of the specification has a dash there, its schema has none.
  assert.equal(document.packages[0].primaryPackagePurpose, 'OPERATING_SYSTEM');
  assert.ok(document.relationships.some(({ relationshipType }: any) => relationshipType === 'DESCRIBES'));
}

for (const name of NAMES)
  test(`${name}: the SPDX document holds what version 2.3 asks for and has every package`, () => {
    const inventory = inventoryOf(name);
    const document = JSON.parse(spdx(bill(inventory)));
    assertSpdx(document);
    assert.equal(document.packages.length, inventory.packages.length + 1);
  });

test('any inventory gives an SPDX document', () => {
  fc.assert(
    fc.property(inventories, (inventory) => assertSpdx(JSON.parse(spdx(bill(inventory))))),
    { numRuns: 50 },
  );
});

const official = process.env['KILN_SPDX_SCHEMA'] ?? '';
const skip =
  official === '' && 'KILN_SPDX_SCHEMA does not name schemas/spdx-schema.json of spdx/spdx-spec 2.3';
test('the SPDX documents pass the official schema', { skip }, () => {
  const isSpdx = new Ajv({ strict: false, allErrors: true }).compile(
    JSON.parse(readFileSync(official, 'utf8')),
  );
  assert.equal(isSpdx({ ...JSON.parse(spdx(bill(anInventory))), packages: [{}] }), false);
  for (const name of NAMES)
    assert.equal(isSpdx(JSON.parse(spdx(bill(inventoryOf(name))))), true, JSON.stringify(isSpdx.errors));
});

test('a bill of a simulated machine says that it is made up', () => {
  const simulated = { ...bill(anInventory), simulated: true };
  assert.match(cycloneDx(simulated), /Made up by a simulated machine/);
  assert.match(spdx(simulated), /Made up by a simulated machine/);
});
