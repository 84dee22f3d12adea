import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import type { LocalKiln } from '../support/local-kiln.ts';
import { shell } from '../support/templates.ts';

/** A package of its own, made in the guest: no network, and nobody else's image has it. */
export const OWN_PACKAGE = shell(
  'own-package',
  'mkdir -p /tmp/own/DEBIAN',
  "printf 'Package: kiln-own\\nVersion: 2:1.0~rc1-1\\nArchitecture: all\\nMaintainer: x <x@example.com>\\nSource: kiln-source (1.0~rc1)\\nDescription: x\\n' > /tmp/own/DEBIAN/control",
  'dpkg-deb --build /tmp/own /tmp/own.deb > /dev/null && dpkg -i /tmp/own.deb && rm -rf /tmp/own /tmp/own.deb',
);

/** What the guest's own package manager says, after everything else. */
export const ASK = shell(
  'ask',
  "dpkg-query -W -f='${Package} ${Version} ${Architecture} ${source:Package} ${source:Version}\\n' | sort",
);

type Listed = {
  name: string;
  version: string;
  architecture: string;
  source: { name: string; version: string };
};

/** The inventory of a run has the packages that dpkg-query tells, and of them one that the source had not. */
export async function assertListed(kiln: LocalKiln, run: any, log: string, t: TestContext): Promise<void> {
  const path = `${kiln.templatePath}/real/runs/${run.id}`;
  const { body: said } = await kiln.api('GET', `${path}/logs/${log}.out`);
  const { body } = await kiln.api('GET', `${path}/inventory`);
  assert.equal(body.simulated, false);
  const lines = (packages: Listed[]) =>
    packages
      .map((one) => [one.name, one.version, one.architecture, one.source.name, one.source.version].join(' '))
      .sort();
  const debs = body.inventory.packages.filter(({ type }: any) => type === 'deb');
  assert.deepEqual(lines(debs), String(said).trim().split('\n').sort());
  const { body: before } = await kiln.api('GET', `${path}/inventory?of=source`);
  const known = new Set(lines(before.inventory.packages.filter(({ type }: any) => type === 'deb')));
  assert.deepEqual(
    lines(debs).filter((line) => !known.has(line)),
    ['kiln-own 2:1.0~rc1-1 all kiln-source 1.0~rc1'],
  );
  assert.deepEqual(run.inventory.sinceSource, { added: 1, removed: 0, changed: 0 });
  const { os, users, disk, cut } = body.inventory;
  assert.equal(os.id, 'debian');
  assert.ok(os.kernel.includes('-cloud-amd64') || os.kernel.includes('-amd64'), os.kernel);
  assert.ok(
    !users.some(({ name }: any) => name === 'kiln'),
    'the account of the build is no part of the image',
  );
  assert.ok(disk.folders.some(({ path: folder, bytes }: any) => folder === '/usr' && bytes > 10e6));
  // An emulated guest on a busy machine may take longer for its services than a listing may; that is told, and all else is there.
  assert.deepEqual(
    (cut ?? []).filter((line: string) => !line.startsWith('services: systemctl')),
    [],
  );
  const { body: timeline } = await kiln.api('GET', `${path}/timeline`);
  const [from, to] = timeline.value
    .filter(({ phase }: any) => phase === 'inventory')
    .map(({ at }: any) => Date.parse(at));
  t.diagnostic(`the listing of ${debs.length} packages took ${(to - from) / 1000} s with its run command`);
}
