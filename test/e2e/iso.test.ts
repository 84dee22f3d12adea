// An installation medium becomes an image that boots: the helper VM, its dnf and the built system are real guests. What else
// can be wrong with a medium: test/shared/guest/fetch-medium.test.ts.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  createReadStream,
  createWriteStream,
  mkdtempSync,
  rmSync,
  statSync,
  truncateSync,
  copyFileSync,
} from 'node:fs';
import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { after, before, test } from 'node:test';
import { bootVhd } from '../../cli/demo/boot-vhd.ts';
import { BOOT_PATIENCE } from '../../cli/demo/patience.ts';
import { createMarketplace, defaultCacheDir } from '../../local/images/marketplace.ts';
import { probePrerequisites } from '../../local/images/prerequisites.ts';
import { digest, ISO_TOOLS, makeIso, type Medium } from '../support/iso/make-iso.ts';
import { LocalKiln } from '../support/local-kiln.ts';
import { managedImage, shell, template, vhd } from '../support/templates.ts';

const { missing, remedy } = await probePrerequisites('images');
const tools = ISO_TOOLS.filter((tool) => spawnSync('sh', ['-c', `command -v ${tool}`]).status !== 0);
const skip =
  missing.length + tools.length === 0
    ? false
    : `${[...missing, ...tools].join(', ')} not found; install: ${remedy}, rpm createrepo-c xorriso grub2-common`;

let kiln: LocalKiln;
let folder = '';
let server: Server;
let medium: Medium;
let short: Medium;
let origin = '';

before(async () => {
  if (skip !== false) return;
  folder = mkdtempSync(path.join(tmpdir(), 'kiln-iso-'));
  medium = await makeIso(await baseImage(), folder);
  const file = path.join(folder, 'short.iso');
  copyFileSync(medium.file, file);
  truncateSync(file, 1024 * 1024);
  short = { file, ...(await digest(file)) };
  server = createServer((request, response) => {
    const wanted = path.join(folder, path.basename(new URL(request.url ?? '/', 'http://x').pathname));
    response.setHeader('content-length', statSync(wanted).size);
    createReadStream(wanted).pipe(response);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  // The host's loopback address as a guest sees it.
  origin = `http://10.0.2.2:${(server.address() as AddressInfo).port}`;
  kiln = await LocalKiln.start({ machines: 'qemu', env: { KILN_URL_ALLOW: origin } });
});
after(async () => {
  if (skip !== false) return;
  await kiln.stop();
  server.close();
  rmSync(folder, { recursive: true, force: true });
});

async function baseImage(): Promise<string> {
  const disks = { adopt: (file: string) => Promise.resolve(file) };
  const marketplace = createMarketplace({ cacheDir: defaultCacheDir(), disks, log: () => undefined });
  const image = (await marketplace.list()).find(({ sku }) => sku === '12-gen2');
  assert.ok(image !== undefined);
  return marketplace.disk(image);
}

function fromIso(file: Medium, sha256: string, customize: object[], distribute: object[]): any {
  const body = template(customize, distribute);
  const sourceUri = `${origin}/${path.basename(file.file)}?sig=secret`;
  return {
    ...body,
    properties: {
      ...body.properties,
      source: { type: 'ISO', sourceUri, sha256Checksum: sha256 },
      vmProfile: { osDiskSizeGB: 4 },
    },
  };
}

async function failed(name: string, body: object): Promise<any> {
  await kiln.submit(name, body);
  // The first machine of a base image is started cold, and kept for those after it.
  const run = await kiln.run(name, 480);
  assert.equal(run.state, 'Failed', run.message);
  assert.ok(!JSON.stringify(run).includes('secret'), 'the link’s signature is in no error');
  const { body: timeline } = await kiln.api('GET', `${kiln.templatePath}/${name}/runs/${run.id}/timeline`);
  assert.ok(!JSON.stringify(timeline).includes('install-system'), 'nothing of the medium was installed');
  return run;
}

test('a medium with another checksum is not read, and says so', { skip, timeout: 600_000 }, async () => {
  const wrong = await failed('wrong', fromIso(short, '0'.repeat(64), [], [vhd]));
  assert.equal(wrong.error.code, 'ChecksumMismatch');
  assert.match(
    wrong.message,
    new RegExp(`SHA-256 ${short.sha256}, the template says 0{64}. Nothing was read`),
  );
});

const tell = shell(
  'tell',
  "cat > /etc/systemd/system/tell.service <<'UNIT'",
  '[Service]',
  'Type=oneshot',
  `ExecStart=/bin/sh -c 'printf "\\\\r\\\\nkiln-iso: %%s; %%s\\\\r\\\\n" "$(cat /etc/redhat-release)" "$(cat /etc/layer)" > /dev/ttyS0'`,
  '[Install]',
  'WantedBy=multi-user.target',
  'UNIT',
  'systemctl enable tell.service',
  'echo customized > /etc/layer',
  // What the medium's packages brought, as the system itself sees it.
  'cat /etc/redhat-release; findmnt -no FSTYPE /; uname -r',
);

test(
  'the system of a medium is installed from its own packages, customized, captured, and boots',
  { skip, timeout: 1_400_000 },
  async (t) => {
    const { subscriptionId } = kiln.endpoints;
    const body = fromIso(medium, medium.sha256, [tell], [managedImage(subscriptionId, 'iso'), vhd]);
    const accepted = await kiln.submit('iso', body);
    assert.equal(accepted.body.properties.provisioningState, 'Succeeded', JSON.stringify(accepted.body));
    const run = await kiln.run('iso', 1_200);
    if (run.state !== 'Succeeded') t.diagnostic(kiln.stderr.slice(-4000));
    assert.equal(run.state, 'Succeeded', run.message);
    assert.match(run.source, new RegExp(`^ISO ${origin}/medium\\.iso\\?… sha256:${medium.sha256}$`));
    const { body: log } = await kiln.api('GET', `${kiln.templatePath}/iso/runs/${run.id}/logs/01-tell.out`);
    assert.match(log, /^Kiln Test Enterprise Linux release 9\.9\next4\n/);
    const { body: image } = await kiln.arm(
      'GET',
      run.outputs.find(({ type }: any) => type === 'ManagedImage').artifactId,
      '2024-07-01',
    );
    assert.equal(image.properties.hyperVGeneration, 'V1', 'without a gallery, as ISO sources always were');

    const { body: link } = await kiln.api('POST', `${kiln.templatePath}/iso/runOutputs/web-vhd/download`);
    const file = path.join(kiln.folder, 'iso.vhd');
    const answer = await fetch(link.url);
    assert.ok(answer.body !== null);
    await pipeline(Readable.fromWeb(answer.body), createWriteStream(file));
    // It was built in a BIOS machine; this one has UEFI.
    const boot = bootVhd(file, path.join(kiln.folder, 'serial.log'));
    try {
      const line = await boot.waitFor('kiln-iso:', BOOT_PATIENCE);
      assert.equal(line, 'kiln-iso: Kiln Test Enterprise Linux release 9.9; customized');
    } finally {
      await boot.stop();
    }
  },
);
