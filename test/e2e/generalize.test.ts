// What templates do to the deprovisioning script, through whole builds on simulated machines. A Windows there keeps files,
// values of the registry and services, and understands the few lines by which templates change them; nothing else runs. Real
// Linux guests: real-deprovision.test.ts.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { LocalKiln } from '../support/local-kiln.ts';
import { shell, template, vhd } from '../support/templates.ts';

const SYSPREP_WORDS =
  'SYSPRP Package Contoso.App was installed for a user, but not provisioned for all users.';

/** On Linux: a script that switches the machine off itself, then a launcher that meets a full disk. */
const outcomes = [
  {
    match: '^deprovision\\n#!/bin/sh',
    runs: [{ powerOff: true }, { exit: 1, stderr: 'cat: write error: No space left on device' }],
  },
];

let kiln: LocalKiln;
let failing: LocalKiln;
before(async () => {
  [kiln, failing] = await Promise.all([
    LocalKiln.start(),
    LocalKiln.start({ profile: { simulated: { sysprepFails: SYSPREP_WORDS, outcomes } } }),
  ]);
});
after(() => Promise.all([kiln.stop(), failing.stop()]));

async function build(where: LocalKiln, name: string, ...inline: string[]): Promise<any> {
  const body = template([{ type: 'PowerShell', name: 'edit', inline }], [vhd]);
  body.properties.source = {
    type: 'PlatformImage',
    publisher: 'MicrosoftWindowsServer',
    offer: 'WindowsServer',
    sku: '2022-datacenter-azure-edition',
    version: 'latest',
  };
  await where.submit(name, body);
  const run = await where.run(name, 120);
  const url = `${where.templatePath}/${name}/runs/${run.id}`;
  const { body: lines } = await where.api('GET', `${url}/timeline`);
  const headers = { authorization: `Bearer ${await where.token(where.endpoints.audience)}` };
  const log = `${where.endpoints.api}${url}/logs/deprovision.out?api-version=2026-11-01`;
  const output = await (await fetch(log, { headers })).text();
  const notes = lines.value.filter(({ event }: any) => event === 'note').map(({ message }: any) => message);
  return { ...run, output, notes };
}

test("Microsoft's AVD step edits the default, which is there before the first customizer", async () => {
  const run = await build(
    kiln,
    'avd',
    `((Get-Content -path C:\\DeprovisioningScript.ps1 -Raw) -replace 'Sysprep.exe /oobe /generalize /quiet /quit', 'Sysprep.exe /oobe /generalize /quit /mode:vm' ) | Set-Content -Path C:\\DeprovisioningScript.ps1`,
  );
  assert.equal(run.state, 'Succeeded', run.message);
  assert.match(run.output, /simulated sysprep \/oobe \/generalize \/quit \/mode:vm/);
  assert.deepEqual(run.notes, []);
});

test('an appended line is added to the default, which still generalizes', async () => {
  const run = await build(kiln, 'append', `Add-Content C:\\DeprovisioningScript.ps1 'Write-Output appended'`);
  assert.equal(run.state, 'Succeeded', run.message);
  assert.match(
    run.output,
    /Sysprep complete[^]*Write-Output appended[^]*simulated sysprep \/oobe \/generalize \/quiet/,
  );
});

test('an empty script is no image: the run fails with the state of Windows', async () => {
  const run = await build(kiln, 'empty', 'Clear-Content C:\\DeprovisioningScript.ps1');
  assert.equal(run.error.code, 'GeneralizeFailed', run.message);
  assert.match(run.message, /IMAGE_STATE_COMPLETE/);
});

test('a deleted script is put back, with a note in the timeline', async () => {
  const run = await build(kiln, 'deleted', 'Remove-Item C:\\DeprovisioningScript.ps1');
  assert.equal(run.state, 'Succeeded', run.message);
  assert.match(run.notes.join(), /DeprovisioningScript\.ps1 was gone: a step has deleted it/);
});

test('a service of the agent that a step has switched off is named as what the default waits for', async () => {
  const run = await build(
    kiln,
    'no-agent',
    `Stop-Service -Name RdAgent; Set-Service -Name RdAgent -StartupType Disabled`,
  );
  assert.equal(run.error.code, 'GeneralizeFailed', run.message);
  assert.match(run.message, /waits for them: RdAgent\./);
});

test('a sysprep that fails ends the run at once, with its setuperr.log', async () => {
  const run = await build(failing, 'sysprep', '$null');
  assert.equal(run.error.code, 'GeneralizeFailed', run.message);
  assert.ok(run.message.includes(SYSPREP_WORDS), run.message);
});

test('a power-off that is not the runner of Kiln proves nothing, and a launcher that fails is heard at once', async () => {
  const linux = template([shell('one', 'true')], [vhd]);
  await failing.submit('itself', linux);
  const off = await failing.run('itself', 120);
  assert.equal(off.error.code, 'GeneralizeFailed', off.message);
  assert.match(off.message, /switched off before Kiln had looked.*leave the power-off to Kiln/);
  await failing.submit('launcher', linux);
  const full = await failing.run('launcher', 120);
  assert.equal(full.error.code, 'GeneralizeFailed', full.message);
  assert.match(full.message, /exit code 1[^]*No space left on device/);
});
