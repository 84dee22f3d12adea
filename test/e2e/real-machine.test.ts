// A real guest in QEMU, built by the app through the local cloud. Skipped with its reason where there is no QEMU.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { spawnSync } from 'node:child_process';
import { createWriteStream, statSync } from 'node:fs';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { after, before, test, type TestContext } from 'node:test';
import { BlobServiceClient } from '@azure/storage-blob';
import { bootVhd } from '../../cli/demo/boot-vhd.ts';
import { BOOT_PATIENCE } from '../../cli/demo/patience.ts';
import { checkVhdFile } from '../../cli/download/vhd-footer.ts';
import { probePrerequisites } from '../../local/images/prerequisites.ts';
import { FOOTER_BYTES } from '../../local/machines/vhd-footer.ts';
import { dataOf, diskFileOf, qemuImg, sha256Of } from '../support/captured-disk.ts';
import { LocalKiln } from '../support/local-kiln.ts';
import {
  afterPreparation,
  galleryVersion,
  managedImage,
  shell,
  template,
  vhd,
} from '../support/templates.ts';
import { ASK, assertListed, OWN_PACKAGE } from './real-inventory.ts';

const { missing, remedy } = await probePrerequisites('images');
const skip = missing.length === 0 ? false : `${missing.join(', ')} not found; install: ${remedy}`;

/** As somebody wrote it for Packer: its own interpreter, its variables, no knowledge of Kiln. */
const PACKER_SCRIPT = `#!/bin/bash
set -eux
echo "$PACKER_BUILD_NAME built by $PACKER_BUILDER_TYPE" > /etc/kiln-origin
cat > /etc/systemd/system/tell.service <<'UNIT'
[Unit]
ConditionPathExists=/dev/ttyS0
[Service]
Type=oneshot
ExecStart=/bin/sh -c 'printf "\\\\r\\\\nkiln-test: %%s; %%s; keys %%s\\\\r\\\\n" "$(cat /etc/kiln-origin)" "$(cat /srv/a\\\\ file)" "$(ls /etc/ssh/ssh_host_*_key 2>/dev/null | wc -l)" > /dev/ttyS0'
[Install]
WantedBy=multi-user.target
UNIT
systemctl enable tell.service
`;

let kiln: LocalKiln;
before(async () => {
  if (skip === false) kiln = await LocalKiln.start({ machines: 'qemu' });
});
after(async () => {
  if (skip === false) await kiln.stop();
});

async function upload(text: string): Promise<string> {
  const bytes = Buffer.from(text);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const url = `/subscriptions/${kiln.endpoints.subscriptionId}/providers/Microsoft.VirtualMachineImages/artifacts/${sha256}`;
  const { status } = await kiln.api('PUT', url, bytes, { 'content-type': 'application/octet-stream' });
  assert.ok(status < 300);
  return `kiln-artifact://sha256/${sha256}`;
}

test(
  'a real machine is customised, captured and distributed, and its VHD boots with the customisation',
  { skip, timeout: 1_300_000 },
  async (t) => {
    const subscription = kiln.endpoints.subscriptionId;
    t.diagnostic(kiln.endpoints.machines.description);
    const steps = [
      shell('kernel', 'uname -s', 'id -un'),
      { type: 'File', name: 'note', sourceUri: await upload('from a file'), destination: '/srv/a file' },
      { type: 'LinuxRestart', name: 'restart' },
      { type: 'Shell', name: 'packer-script', scriptUri: await upload(PACKER_SCRIPT) },
      OWN_PACKAGE,
      ASK,
    ];
    const gallery: any = galleryVersion(subscription);
    gallery.rings = [
      { regions: ['westeurope'], smokeBoot: true },
      { regions: ['northeurope', 'swedencentral'] },
    ];
    const image: any = managedImage(subscription, 'real');
    const body = template(steps, [image, gallery, vhd]);
    const accepted = await kiln.submit('real', body);
    assert.equal(accepted.body.properties.provisioningState, 'Succeeded', JSON.stringify(accepted.body));
    const run = await kiln.run('real', 1_100);
    assert.equal(run.state, 'Succeeded', run.message);
    assert.match(run.agent, /^qemu-ga/);
    const log = await kiln.api('GET', `${kiln.templatePath}/real/runs/${run.id}/logs/01-kernel.out`);
    assert.equal(afterPreparation(log.body), 'Linux\nroot\n');

    await assertListed(kiln, run, '06-ask', t);

    const output = (name: string) => run.outputs.find((one: any) => one.name === name);
    const [home] = output('web-gallery').regions;
    t.diagnostic(`the version booted in ${home.region} within ${home.bootSeconds} s`);
    assert.ok(home.bootSeconds > 0);

    const { body: link } = await kiln.api('POST', `${kiln.templatePath}/real/runOutputs/web-vhd/download`);
    const file = path.join(kiln.folder, 'real.vhd');
    const answer = await fetch(link.url);
    assert.ok(answer.body !== null);
    await pipeline(Readable.fromWeb(answer.body), createWriteStream(file));
    const verdict = await checkVhdFile(file);
    assert.equal(verdict.ok, true, JSON.stringify(verdict));
    const info = spawnSync('qemu-img', ['info', '-f', 'vpc', '--output=json', file], { encoding: 'utf8' });
    assert.equal(JSON.parse(info.stdout)['virtual-size'] % (1024 * 1024), 0);

    await assertAsLeft(file, { image: image.imageId, uri: output('web-vhd').artifactUri, t });

    const boot = bootVhd(file, path.join(kiln.folder, 'serial.log'));
    try {
      const line = await boot.waitFor('kiln-test:', BOOT_PATIENCE);
      assert.equal(
        line.trim(),
        'kiln-test: real built by azure-arm; from a file; keys 0',
        'no host key is shipped',
      );
    } finally {
      await boot.stop();
    }
  },
);

type Left = { image: string; uri: string; t: TestContext };

/** The VHD has every byte of the disk as the machine left it, and in storage there are no pages for its holes. */
async function assertAsLeft(file: string, { image, uri, t }: Left): Promise<void> {
  const layer = diskFileOf(kiln.folder, image);
  const raw = path.join(kiln.folder, 'captured.raw');
  qemuImg('convert', '-U', '-O', 'raw', layer, raw);
  const { size } = statSync(raw);
  assert.equal(statSync(file).size, size + FOOTER_BYTES);
  const [sent, captured] = await Promise.all([sha256Of(file, size), sha256Of(raw, size)]);
  assert.equal(sent, captured);
  const service = BlobServiceClient.fromConnectionString(kiln.endpoints.storage);
  const name = decodeURIComponent(uri.split('/vhds/')[1] ?? '');
  const blob = service.getContainerClient('vhds').getPageBlobClient(name);
  const { pageRange = [] } = await blob.getPageRanges();
  const pages = pageRange.reduce((sum, { count = 0 }) => sum + count, 0);
  const { bytes, pieces } = dataOf(layer);
  t.diagnostic(
    `sha256 ${captured}: ${size} bytes, ${bytes} of data, ${pages} in ${pageRange.length} page ranges`,
  );
  // Pieces that lie close together are sent as one.
  assert.ok(pages <= bytes + pieces * 256 * 1024 && pages < size, `${pages} bytes of pages`);
}

test(
  'a script that fails in a real guest ends the run with its exit code and last words',
  { skip, timeout: 400_000 },
  async () => {
    await kiln.submit('real-broken', template([shell('break', 'echo "no space left" >&2; exit 42')], [vhd]));
    const run = await kiln.run('real-broken', 380);
    assert.equal(run.state, 'Failed');
    assert.match(run.message, /"break" ended with exit code 42[\s\S]*no space left/);
    assert.deepEqual(run.outputs, []);
  },
);
