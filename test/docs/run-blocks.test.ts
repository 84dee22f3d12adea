// Every block of commands on the pages is run as it stands, in the order of its page, in one local mode with simulated machines.
// A block that no test runs says why in a comment above it (blocks.ts); without it, it is run.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { LocalKiln, ROOT } from '../support/local-kiln.ts';
import { osvRecord, writeArchive } from '../support/osv.ts';
import { galleryVersion, managedImage, shell, template, vhd } from '../support/templates.ts';
import { allBlocks, type Block } from './blocks.ts';

/** A checkout as the pages mean it: their relative paths lead to this one's, what they write stays here. */
const folder = mkdtempSync(path.join(tmpdir(), 'kiln-pages-'));
const bin = path.join(folder, '.bin');
let kiln: LocalKiln;

const PROGRAMS = {
  node: `exec '${process.execPath}' "$@"`,
  // It runs already; test/docs/blocks.test.ts looks at its options.
  kiln: `[ "$1" = local ] || exec '${process.execPath}' '${ROOT}/dist/cli/main.js' "$@"`,
  npm: `[ "$1 $2 $3" = "run kiln --" ] || { echo "unexpected: npm $*" >&2; exit 1; }; shift 3; exec kiln "$@"`,
};

before(async () => {
  for (const name of ['examples', 'infra', 'local', 'test', 'shared'])
    symlinkSync(path.join(ROOT, name), path.join(folder, name));
  mkdirSync(bin);
  for (const [name, text] of Object.entries(PROGRAMS)) {
    writeFileSync(path.join(bin, name), `#!/bin/sh\n${text}\n`);
    chmodSync(path.join(bin, name), 0o755);
  }
  const record = osvRecord('DEBIAN-CVE-2026-1', {
    ecosystem: 'Debian:12',
    name: 'not-installed',
    events: [{ introduced: '0' }],
  });
  const data = path.join(folder, '.kiln', 'local');
  mkdirSync(data, { recursive: true });
  kiln = await LocalKiln.start({
    folder: data,
    env: { KILN_OSV_URL: writeArchive(path.join(folder, 'osv'), 'Debian', [record]) },
  });
  await makeImages();
  copyFileSync(path.join(data, 'provenance-key.pem.pub'), path.join(folder, 'provenance.pub'));
});
after(async () => {
  await kiln.stop();
  rmSync(folder, { recursive: true, force: true });
});

let kept = { id: '', stagingGroup: '' };

/** What the pages speak of as there: two versions of `web`, and a run that has kept its machines. */
async function makeImages(): Promise<void> {
  const { subscriptionId } = kiln.endpoints;
  for (const version of ['1.0.4', '1.0.5']) {
    const gallery = galleryVersion(subscriptionId, ['westeurope']) as { galleryImageId: string };
    const galleryImageId = `${gallery.galleryImageId}/versions/${version}`;
    const body = template([shell('install', `echo ${version}`)], [{ ...gallery, galleryImageId }, vhd]);
    body.properties.validate = {
      checks: [{ type: 'package', package: 'nginx' }],
      vulnerabilities: { failOn: 'critical' },
    };
    await kiln.submit('web', body);
    const run = await kiln.run('web');
    assert.equal(run.state, 'Succeeded', run.message);
  }
  const body = template(
    [shell('fails', '# kiln-simulate: exit=3')],
    [managedImage(subscriptionId, 'broken')],
  );
  await kiln.submit('broken', {
    ...body,
    properties: { ...body.properties, errorHandling: { onCustomizerError: 'abort' } },
  });
  kept = await kiln.run('broken');
}

/** What stands in capitals, or is another number at everybody's. */
const asHere = (text: string): string =>
  text
    .replaceAll('RUN_ID', kept.id)
    .replaceAll('STAGING_GROUP', kept.stagingGroup)
    .replaceAll('http://127.0.0.1:7071', kiln.endpoints.api);

/** Carries out the blocks of one page in one shell, as somebody does who reads it from top to bottom. */
async function follow(blocks: readonly Block[]): Promise<string> {
  const script = blocks.map(({ line, text }) => `echo "@@ line ${line}"\n${asHere(text)}\n`).join('');
  const file = path.join(folder, 'page.sh');
  writeFileSync(file, script);
  const { PATH = '' } = process.env;
  const child = spawn('bash', ['-euo', 'pipefail', file], {
    cwd: folder,
    // Nothing that a page writes at home belongs to whoever runs this.
    env: { HOME: folder, PATH: `${bin}:${PATH}` },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (said += data));
  const [code] = await once(child, 'close');
  assert.equal(code, 0, said.slice(-3000));
  return said;
}

/** A worker that is made to die takes the runs of the next seconds with it. */
const LAST = 'docs/local-mode.md';
const rank = (page: string): number => Number(page === LAST);
const runnable = allBlocks().filter(({ notRun }) => notRun === undefined);
const pages = [...new Set(runnable.map(({ page }) => page))].toSorted(
  (one, other) => rank(one) - rank(other),
);

for (const page of pages)
  test(`the commands of ${page} do what they are there for`, { timeout: 300_000 }, async () => {
    const said = await follow(runnable.filter((block) => block.page === page));
    for (const [, pattern] of SAID.filter(([of]) => of === page))
      assert.match(said, pattern, said.slice(-3000));
  });

/** That a command ended with 0 is not all that its page promises. */
const SAID: readonly (readonly [page: string, said: RegExp])[] = [
  ['README.md', /Run debian-web\/\S+: Succeeded[\s\S]*\/ui\/|enter\?key[\s\S]*debian-web-vhd/],
  ['docs/cli.md', /Sent message/],
  ['docs/checks.md', /package nginx/],
  ['docs/debugging.md', /^4 .*\n(.*\n)*5 /m],
  ['docs/debugging.md', /executionState/],
  ['docs/debugging.md', /@@ line 1\d\d\n202/],
  ['docs/inventory.md', /1\.0\.4.*1\.0\.5/],
  ['docs/migrate.md', /ARM deployment with 1 image template/],
  ['docs/operations.md', /drain/i],
  ['docs/provenance.md', /proved: every byte of web\.vhd/],
  ['docs/steps.md', /registration-token/],
  ['docs/vulnerabilities.md', /compared with/],
];
