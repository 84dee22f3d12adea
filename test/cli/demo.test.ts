import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { parseRun } from '../../cli/api/parse.ts';
import { azureView } from '../../cli/demo/azure-view.ts';
import { bootVhd } from '../../cli/demo/boot-vhd.ts';
import { Waiting } from '../../cli/demo/patience.ts';
import { CliError } from '../../cli/errors.ts';

const LOCAL = {
  file: '',
  api: '',
  https: '',
  envFile: '',
  serviceBus: undefined,
  subscriptionId: 's',
  audience: '',
};
const VERSION =
  '/subscriptions/s/resourceGroups/images/providers/Microsoft.Compute/galleries/g/images/web/versions/1.0.0';
const IMAGE = '/subscriptions/s/resourceGroups/images/providers/Microsoft.Compute/images/web';

const RESOURCES: Record<string, object> = {
  [VERSION]: {
    properties: {
      provisioningState: 'Succeeded',
      publishingProfile: { targetRegions: [{ name: 'West Europe' }, { name: 'swedencentral' }] },
      replicationStatus: { summary: [{ region: 'westeurope', state: 'Completed' }] },
    },
  },
  [IMAGE]: { location: 'westeurope', properties: { provisioningState: 'Succeeded', hyperVGeneration: 'V2' } },
};

test('the demo shows what ARM says: regions as they stand, the image, and a staging group that is gone', async () => {
  let looks = 0;
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://arm');
    if (pathname === '/token') return void response.end('{"access_token":"t","expires_in":3600}');
    if (request.headers.authorization !== 'Bearer t') return void response.writeHead(401).end();
    if (pathname === '/subscriptions/s/resourceGroups/IT_web') looks += 1;
    const isLeft = pathname.endsWith('/IT_web') && looks < 2;
    const body = isLeft ? {} : RESOURCES[pathname];
    return void response.writeHead(body === undefined ? 404 : 200).end(JSON.stringify(body ?? {}));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const arm = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  try {
    const machines = { kind: 'qemu', description: '' };
    const tokenUrl = `${arm}/token`;
    const view = azureView({ ...LOCAL, arm, tokenUrl, machines });
    const outputs = [
      { name: 'a', type: 'SharedImage', state: 'Succeeded', artifactId: VERSION },
      { name: 'b', type: 'ManagedImage', state: 'Succeeded', artifactId: IMAGE },
    ];
    const run = parseRun({ id: 'r', state: 'Succeeded', startTime: '', stagingGroup: 'IT_web', outputs });
    assert.ok(run);
    assert.equal(await view.stagingGroupIsGone(run), 'staging group IT_web: gone (ARM answers 404)');
    assert.equal(looks, 2, 'it looked until the group was gone');
    assert.deepEqual(await view.describeArtifacts(run), [
      'gallery version g/images/web/versions/1.0.0: Succeeded',
      '  regions: West Europe (Completed), swedencentral (unknown)',
      'managed image web in westeurope, generation V2: Succeeded',
    ]);
  } finally {
    server.closeAllConnections();
    server.close();
  }
});

const hasFirmware = ['OVMF_CODE.fd', 'OVMF_CODE_4M.fd'].some((file) => existsSync(`/usr/share/OVMF/${file}`));

/** Puts a shell script in the place of QEMU; `$CONSOLE` in it is the file that the serial console goes to. */
async function withQemu(script: string, run: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(path.join(tmpdir(), 'kiln-boot-'));
  const before = process.env['PATH'];
  try {
    const file = path.join(folder, 'qemu-system-x86_64');
    const console = 'CONSOLE=$(printf "%s\\n" "$@" | sed -n "s/.*id=console,path=//p")';
    await writeFile(file, `#!/bin/sh\n${console}\n${script}\n`);
    await chmod(file, 0o755);
    process.env['PATH'] = `${folder}:${before}`;
    await run(folder);
  } finally {
    process.env['PATH'] = before;
    await rm(folder, { recursive: true });
  }
}

const SECONDS = { idleMs: 10_000, workMs: 60_000 };
const options = { skip: hasFirmware ? false : 'no UEFI firmware on this machine' };

test('a boot is proven by a whole line of the console, without control characters', options, async () => {
  const script = `printf 'boot\\r\\n\\033[0mkiln-demo: nginx serves "x"' > "$CONSOLE"; sleep 0.5; printf '\\r\\n' >> "$CONSOLE"; exec sleep 60`;
  await withQemu(script, async (folder) => {
    const boot = bootVhd(path.join(folder, 'x.vhd'), path.join(folder, 'serial.log'));
    try {
      assert.equal(await boot.waitFor('kiln-demo:', SECONDS), 'kiln-demo: nginx serves "x"');
    } finally {
      await boot.stop();
    }
  });
});

test(
  'a boot that fails shows what QEMU said, one that takes too long the end of the console',
  options,
  async () => {
    const failure = async (script: string, limit: number): Promise<string> => {
      let text = '';
      await withQemu(script, async (folder) => {
        const boot = bootVhd(path.join(folder, 'x.vhd'), path.join(folder, 'serial.log'));
        await assert.rejects(boot.waitFor('kiln-demo:', { ...SECONDS, idleMs: limit }), (error: unknown) => {
          text =
            error instanceof CliError ? [error.message, ...(error.problem.details ?? [])].join('\n') : '';
          return true;
        });
        await boot.stop();
      });
      return text;
    };
    assert.match(await failure('echo "no such machine" >&2; exit 1', 5000), /QEMU ended: no such machine/);
    const late = await failure('echo "Kernel panic" > "$CONSOLE"; exec sleep 60', 600);
    assert.match(
      late,
      /did not print "kiln-demo:" and has had nothing to do for 0\.6 s\.[\s\S]*\| Kernel panic/,
    );
  },
);

test('a boot is waited for as long as its machine works or wants to, however slow that is', () => {
  let now = 0;
  let load = { worked: 0, waited: 0 };
  const waiting = new Waiting(
    { idleMs: 180_000, workMs: 600_000 },
    () => load,
    () => now,
  );
  const pass = (seconds: number, more: { worked?: number; waited?: number }): string | undefined => {
    now += seconds * 1000;
    load = { worked: load.worked + (more.worked ?? 0), waited: load.waited + (more.waited ?? 0) };
    return waiting.reason();
  };
  // An hour in which it gets a hundredth of a core and wants more.
  for (let minute = 0; minute < 60; minute += 1)
    assert.equal(pass(60, { worked: 600, waited: 50_000 }), undefined);
  assert.equal(pass(120, { worked: 100 }), undefined);
  assert.match(pass(120, { worked: 100 }) ?? '', /had nothing to do for 180 s/);
  assert.match(pass(60, { worked: 600_000 }) ?? '', /within 600 s of processor time/);
});
