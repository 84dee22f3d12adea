// Images made of images, with real guests: Marketplace → gallery, its latest → managed image, that one → VHD.
import assert from 'node:assert/strict';
import { createWriteStream } from 'node:fs';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { after, before, test } from 'node:test';
import { bootVhd } from '../../cli/demo/boot-vhd.ts';
import { BOOT_PATIENCE } from '../../cli/demo/patience.ts';
import { probePrerequisites } from '../../local/images/prerequisites.ts';
import { LocalKiln } from '../support/local-kiln.ts';
import { galleryVersion, managedImage, shell, template, vhd } from '../support/templates.ts';

const { missing, remedy } = await probePrerequisites('images');
const skip = missing.length === 0 ? false : `${missing.join(', ')} not found; install: ${remedy}`;

let kiln: LocalKiln;
before(async () => {
  if (skip === false) kiln = await LocalKiln.start({ machines: 'qemu' });
});
after(async () => {
  if (skip === false) await kiln.stop();
});

const layer = (name: string): object =>
  shell(
    `layer ${name}`,
    `echo "layer ${name} on $(cat /etc/kiln-layers 2>/dev/null | wc -l)" >> /etc/kiln-layers`,
  );

/** Prints the layers on the serial console of whatever boots the image. */
const tell = shell(
  'tell',
  "cat > /etc/systemd/system/tell.service <<'UNIT'",
  '[Service]',
  'Type=oneshot',
  `ExecStart=/bin/sh -c 'printf "\\\\r\\\\nkiln-layers: %%s\\\\r\\\\n" "$(paste -sd, /etc/kiln-layers)" > /dev/ttyS0'`,
  '[Install]',
  'WantedBy=multi-user.target',
  'UNIT',
  'systemctl enable tell.service',
);

async function build(name: string, body: object): Promise<any> {
  const accepted = await kiln.submit(name, body);
  assert.equal(accepted.body.properties?.provisioningState, 'Succeeded', JSON.stringify(accepted.body));
  const run = await kiln.run(name, 500);
  assert.equal(run.state, 'Succeeded', run.message);
  return run;
}

test(
  'image C boots with the layers of A (from the Marketplace), B (from A’s latest) and its own (from managed image B)',
  { skip, timeout: 1_500_000 },
  async (t) => {
    const subscription = kiln.endpoints.subscriptionId;
    const images = `/subscriptions/${subscription}/resourceGroups/images/providers/Microsoft.Compute`;
    const versions = `${images}/galleries/goldens/images/debian-web/versions`;
    const from = (source: object, customize: object[], target: object): any => {
      const body = template(customize, [target]);
      return { ...body, properties: { ...body.properties, source } };
    };

    const a = await build('a', template([layer('A')], [galleryVersion(subscription, ['westeurope'])]));
    const latest = { type: 'SharedImageVersion', imageVersionId: `${versions}/latest` };
    const b = await build('b', from(latest, [layer('B')], managedImage(subscription, 'b')));
    assert.equal(b.source, a.outputs[0].artifactId, 'the version that A has just made');
    const managed = { type: 'ManagedImage', imageId: `${images}/images/b` };
    const c = await build('c', from(managed, [layer('C'), tell], vhd));
    assert.equal(c.source, `${images}/images/b`);
    t.diagnostic(
      kiln.stderr
        .split('\n')
        .filter((line) => line.includes('is up after'))
        .join('; '),
    );

    const { body: link } = await kiln.api('POST', `${kiln.templatePath}/c/runOutputs/web-vhd/download`);
    const file = path.join(kiln.folder, 'c.vhd');
    const answer = await fetch(link.url);
    assert.ok(answer.body !== null);
    await pipeline(Readable.fromWeb(answer.body), createWriteStream(file));
    const boot = bootVhd(file, path.join(kiln.folder, 'serial.log'));
    try {
      const line = await boot.waitFor('kiln-layers:', BOOT_PATIENCE);
      assert.equal(line, 'kiln-layers: layer A on 0,layer B on 1,layer C on 2');
    } finally {
      await boot.stop();
    }
  },
);
