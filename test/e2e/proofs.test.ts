// What is declared of an image, what a build leaves behind, and what is known against it: on simulated machines, so that only
// the way from the template to the answers is tested here; test/e2e/real-proofs.test.ts asks a real one.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { run as runCli } from '../cli/command.ts';
import { LocalKiln } from '../support/local-kiln.ts';
import { osvRecord, writeArchive } from '../support/osv.ts';
import { managedImage, shell, template } from '../support/templates.ts';

describe('proofs of an image', () => {
  let kiln: LocalKiln;
  let archives: string;
  before(async () => {
    archives = mkdtempSync(path.join(os.tmpdir(), 'kiln-osv-e2e-'));
    const openssl = osvRecord(
      'DEBIAN-CVE-2026-1',
      {
        ...{ ecosystem: 'Debian:12', name: 'openssl', events: [{ introduced: '0' }, { fixed: '99:1' }] },
        more: { ecosystem_specific: { urgency: 'high' } },
      },
      { upstream: ['CVE-2026-1'] },
    );
    const url = writeArchive(archives, 'Debian', [openssl]);
    kiln = await LocalKiln.start({ env: { KILN_OSV_URL: url } });
  });
  after(async () => {
    await kiln.stop();
    rmSync(archives, { recursive: true });
  });

  async function build(name: string, validate: object) {
    const body = template(
      [shell('install', 'echo hello')],
      [managedImage(kiln.endpoints.subscriptionId, name)],
    );
    const answer = await kiln.submit(name, { ...body, properties: { ...body.properties, validate } });
    assert.equal(answer.body.properties?.provisioningState, 'Succeeded', JSON.stringify(answer.body));
    return kiln.run(name);
  }
  const below = async (name: string, run: any, what: string) =>
    (await kiln.api('GET', `${kiln.templatePath}/${name}/runs/${run.id}/${what}`)).body;
  const cli = (...args: string[]) => runCli(args, kiln.folder, { env: { KILN_DATA: kiln.folder } });

  test('are asked for in a machine that boots it, each with its answer in timeline, API and JUnit', async () => {
    const checks = [
      { type: 'package', package: 'nginx' },
      { type: 'port', port: 80, name: 'the site' },
    ];
    const run = await build('declared', { checks });
    assert.equal(run.state, 'Succeeded', run.message);
    const { value } = await below('declared', run, 'checks');
    assert.deepEqual(value.slice(0, 2), [
      {
        kind: 'checks',
        name: 'package nginx',
        result: 'skipped',
        expected: 'version any',
        found: 'the machine is simulated',
      },
      {
        kind: 'checks',
        name: 'the site',
        result: 'skipped',
        expected: 'something listens there',
        found: 'the machine is simulated',
      },
    ]);
    assert.ok(value.slice(2).every(({ kind }: any) => kind === 'hygiene') && value.length > 10);
    const { value: timeline } = await below('declared', run, 'timeline');
    const lines = timeline.filter(({ phase }: any) => phase === 'validate');
    assert.ok(
      lines.some(
        ({ step, message }: any) => step === 'the site' && message.startsWith('expected: something listens'),
      ),
    );
    assert.ok(lines.some(({ step, event }: any) => step === 'hygiene' && event === 'succeeded'));
    const { code, stdout, stderr } = await cli('checks', 'declared', '--junit', 'out.xml');
    assert.equal(code, 0, stderr);
    assert.match(stdout, /checks\s+the site\s+skipped/);
    assert.match(
      readFileSync(path.join(kiln.folder, 'out.xml'), 'utf8'),
      /<testsuite name="checks" tests="2"/,
    );
  });

  test('a validator may be called like them, and its lines are there as well', async () => {
    const run = await build('namesake', { inVMValidations: [shell('hygiene', 'true')] });
    const { value } = await below('namesake', run, 'timeline');
    const ends = value.filter(({ step, event }: any) => step === 'hygiene' && event === 'succeeded');
    assert.deepEqual(
      ends.map(({ log }: any) => log),
      ['hygiene', '02-hygiene'],
    );
  });

  test('hygiene can be left out', async () => {
    const run = await build('off', { checks: [{ type: 'size', mostGB: 4 }], hygiene: 'off' });
    assert.deepEqual(
      (await below('off', run, 'checks')).value.map(({ name }: any) => name),
      ['size of the disk'],
    );
  });

  test('a gate stops a build for what is known against its packages, and an ignored one passes', async () => {
    const stopped = await build('gate', { vulnerabilities: { failOn: 'high' } });
    assert.equal(stopped.state, 'Failed');
    assert.equal(stopped.error.code, 'VulnerabilitiesFound');
    assert.match(stopped.error.message, /CVE-2026-1 \(high\) in openssl .* fixed in 99:1/);
    assert.deepEqual(stopped.outputs, []);
    const ignore = [{ id: 'CVE-2026-1', until: '2999-12-31', why: 'not reachable' }];
    const passed = await build('gate', { vulnerabilities: { failOn: 'high', ignore } });
    assert.equal(passed.state, 'Succeeded', passed.message);
    const report = await below('gate', passed, 'vulnerabilities');
    assert.equal(report.simulated, true);
    assert.equal(report.findings[0].aliases[0], 'CVE-2026-1');
    assert.equal(report.database.ecosystem, 'Debian:12');
    const shown = await cli('vulns', 'gate', '--fail-on', 'high');
    assert.equal(shown.code, 1);
    assert.match(shown.stdout, /high\s+CVE-2026-1\s+openssl\s+\S+\s+99:1/);
    assert.match(shown.stdout, /compared with 1 advisories of Debian:12, fetched /);
    assert.equal((await cli('vulns', 'gate')).code, 0);
  });

  test('a gate without a listing cannot judge, and says so instead of passing', async () => {
    const body = template(
      [shell('install', 'echo hello')],
      [managedImage(kiln.endpoints.subscriptionId, 'blind')],
    );
    const validate = { vulnerabilities: { failOn: 'high' } };
    await kiln.submit('blind', { ...body, properties: { ...body.properties, inventory: false, validate } });
    const run = await kiln.run('blind');
    assert.equal(run.error.code, 'NotJudged');
  });
});
