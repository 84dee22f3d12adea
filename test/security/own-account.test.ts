// The storage account of Kiln holds more than documents: the package of the app, the keys of its host, VHDs of every team.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ContainerClient } from '@azure/storage-blob';
import fc from 'fast-check';
import { KilnError } from '../../shared/errors/failure.ts';
import { createVhdBlobs } from '../../shared/store/blob-vhds.ts';
import { SUBSCRIPTION } from './support.ts';

const ACCOUNT = 'https://kiln.blob.core.windows.net';
const vhds = createVhdBlobs(new ContainerClient(`${ACCOUNT}/kiln`));
const ref = { subscriptionId: SUBSCRIPTION, resourceGroup: 'Team-A', name: 'Web' };
const OWN = `vhds/${SUBSCRIPTION}/team-a/web`;

const isRefused = (error: unknown) => error instanceof KilnError && error.failure.code === 'UrlNotAllowed';

for (const path of [
  'app-package/planted.zip',
  'azure-webjobs-secrets/func/host.json',
  'azure-webjobs-hosts/x',
  '$root/x.vhd',
  'x.vhd',
  'vhds/web.vhd',
  'vhds/web%2Frun%2Fdisk.vhd',
  `vhds/${SUBSCRIPTION}/team-b/golden/web.vhd`,
  `vhds/${SUBSCRIPTION}/team-a/web2/web.vhd`,
  `vhds/${SUBSCRIPTION}/team-a/web.vhd`,
  OWN,
  `${OWN}/`,
  `${OWN}/..%2f..%2fteam-b/golden/web.vhd`,
  `${OWN}/%2e%2e/golden/web.vhd`,
  `${OWN}//x.vhd`,
  `VHDS/${SUBSCRIPTION}/team-a/web/x.vhd`,
  `/${OWN}/x.vhd`,
])
  test(`a template writes no VHD to ${path} of the account of Kiln`, () => {
    assert.throws(() => vhds.location(`${ACCOUNT}/${path}`, 'x', ref), isRefused);
  });

test('it may write below the folder that has its own id, in whatever case', () => {
  for (const path of [`${OWN}/web.vhd`, `vhds/${SUBSCRIPTION}/Team-A/WEB/golden/web.vhd`])
    assert.equal(vhds.location(`${ACCOUNT}/${path}`, 'x', ref), `${ACCOUNT}/${path}`);
});

test('and to accounts of other people as before', () => {
  const url = 'https://team.blob.core.windows.net/golden/web.vhd';
  assert.equal(vhds.location(url, 'x', ref), url);
});

test('no path at all makes a template name a blob outside of its folder', () => {
  const part = fc.oneof(
    fc.string(),
    fc.constantFrom('..', '.', '%2e%2e', '%2f', 'vhds', SUBSCRIPTION, 'team-a', 'web'),
  );
  fc.assert(
    fc.property(fc.array(part, { maxLength: 8 }), (parts) => {
      const url = `${ACCOUNT}/${parts.join('/')}`;
      if (!URL.canParse(url)) return;
      try {
        const { pathname } = new URL(vhds.location(url, 'x', ref));
        assert.ok(decodeURIComponent(pathname).toLowerCase().startsWith(`/${OWN}/`), url);
      } catch (error) {
        if (!isRefused(error)) throw error;
      }
    }),
  );
});
