// What steps of api-version 2026-11-01 can do, and Windows: on simulated machines, which say so.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { ServiceBusClient } from '@azure/service-bus';
import { inlinePowerShell } from '../../shared/guest/powershell.ts';
import { LocalKiln } from '../support/local-kiln.ts';
import { asked, shell, template, vhd } from '../support/templates.ts';

const SECRET = 'S3cr3t-value-that-nobody-may-see';
const VAULT = 'team.vault.azure.net';

/** Pattern of a rendered step: what its author wrote is inside as Base64. */
function stepOf(templateName: string): string {
  const { text } = inlinePowerShell(['exit 3010'], templateName);
  const [, data = ''] = /KilnText '([^']+)'/.exec(text) ?? [];
  return data.replaceAll(/[+/]/g, '.');
}

const outcomes = [
  {
    match: '^step-\\d+-\\d+\\n[^]*Microsoft\\.Update\\.Session',
    runs: [{ exit: 3010 }, { exit: 3010 }, { exit: 0 }],
  },
  { match: 'flaky', runs: [{ exit: 1, stderr: 'not yet' }, { exit: 0 }] },
  {
    match: 'skipped-here',
    runs: [{ exit: 213, stdout: 'kiln: skipped, because the condition runIf does not hold.' }],
  },
  { match: 'number-alone', runs: [{ exit: 213, stdout: 'an ordinary failure' }] },
  { match: 'takes-long', runs: [{ seconds: 60, stdout: 'never' }] },
  { match: stepOf('codes'), runs: [{ exit: 3010 }] },
  { match: stepOf('codes-bad'), runs: [{ exit: 3010 }] },
];

let kiln: LocalKiln;
before(async () => {
  kiln = await LocalKiln.start({ profile: { simulated: { outcomes } }, record: true });
});
after(() => kiln.stop());

async function build(name: string, body: unknown): Promise<any> {
  const accepted = await kiln.submit(name, body);
  assert.equal(accepted.body.properties?.provisioningState, 'Succeeded', JSON.stringify(accepted.body));
  return kiln.run(name);
}

async function timeline(name: string, run: any): Promise<any[]> {
  return (await kiln.api('GET', `${kiln.templatePath}/${name}/runs/${run.id}/timeline`)).body.value;
}

function windows(customize: object[]): any {
  const body = template(customize, [vhd]);
  body.properties.source = {
    type: 'PlatformImage',
    publisher: 'MicrosoftWindowsServer',
    offer: 'WindowsServer',
    sku: '2022-datacenter-azure-edition',
    version: 'latest',
  };
  return body;
}

/** Scripts that each machine was given, in order. */
function recordedByMachine(): string[][] {
  const folder = path.join(kiln.folder, 'cloud', 'simulated-scripts');
  return readdirSync(folder).map((machine) =>
    readdirSync(path.join(folder, machine))
      .toSorted()
      .map((name) => readFileSync(path.join(folder, machine, name), 'utf8')),
  );
}

/** Those of the one machine with a script like this. */
function recorded(marker: string): string[] {
  return recordedByMachine().find((scripts) => scripts.some((text) => text.includes(marker))) ?? [];
}

const allRecorded = (): string[] => recordedByMachine().flat();

/** What a Windows script of ours carries as Base64. */
function valuesIn(text: string): { environment?: Record<string, string> } {
  const [, data = ''] = /KilnText '([^']+)'/.exec(text) ?? [];
  return data === '' ? {} : JSON.parse(Buffer.from(data, 'base64').toString());
}

test('a Windows template goes through the whole build on a machine that says it is simulated', async () => {
  const run = await build(
    'windows',
    windows([
      { type: 'PowerShell', name: 'ps', inline: ['Write-Host "hi"'], runElevated: true, runAsSystem: true },
      { type: 'WindowsRestart', name: 'plain-restart' },
      {
        type: 'WindowsRestart',
        name: 'own-restart',
        restartCommand: 'shutdown /r /t 1',
        restartCheckCommand: 'echo back',
        restartTimeout: '2m',
      },
      { type: 'WindowsUpdate', name: 'updates', filters: ['include:$true'], updateLimit: 20 },
    ]),
  );
  assert.equal(run.state, 'Succeeded', run.message);
  assert.match(run.agent, /simulated/);
  const scripts = recorded('Microsoft.Update.Session');
  const rounds = scripts.filter((text) => text.includes('Microsoft.Update.Session'));
  assert.equal(rounds.length, 3, 'updates are searched until a round finds nothing');
  assert.ok(scripts.some((text) => text.includes("-TaskName 'kiln-restart'")));
  assert.ok(scripts.at(-1)?.includes("-TaskName 'kiln-power-off'"), 'sysprep runs in a task of its own');
  const steps = (await timeline('windows', run)).filter((entry) => entry.event === 'succeeded' && entry.step);
  assert.deepEqual(
    steps.filter((entry) => entry.phase === 'customize').map((entry) => entry.step),
    ['ps', 'plain-restart', 'own-restart', 'updates'],
  );
});

test('the parameters of a request reach PowerShell steps, and nothing of them is read as code', async () => {
  const step = { type: 'PowerShell', name: 'asked', inline: ['Write-Host $env:CHANNEL # asked-here'] };
  await kiln.submit('asked', asked(windows([step]), ['CHANNEL']));
  const value = `'; Remove-Item C:\\ -Recurse; $(id) "`;
  const bus = new ServiceBusClient(kiln.endpoints.serviceBus);
  await bus.createSender('build-requests').sendMessages({
    messageId: 'asked',
    body: { templateId: `${kiln.templatePath}/asked`, parameters: { CHANNEL: value } },
  });
  await bus.close();
  const run = await kiln.ended('asked');
  assert.equal(run.state, 'Succeeded', run.message);
  const given = allRecorded().filter((text) => valuesIn(text).environment?.['CHANNEL'] === value);
  assert.equal(given.length, 1);
  assert.ok(!allRecorded().some((text) => text.includes('Remove-Item C:')), 'in no script as text');
});

test('validExitCodes decide about a PowerShell step', async () => {
  const ps = (more: object) => windows([{ type: 'PowerShell', name: 'ps', inline: ['exit 3010'], ...more }]);
  const bad = await build('codes-bad', ps({}));
  assert.equal(bad.state, 'Failed');
  assert.match(bad.message, /"ps" ended with exit code 3010/);
  const good = await build('codes', ps({ validExitCodes: [0, 3010] }));
  assert.equal(good.state, 'Succeeded', good.message);
});

test('a step for the other system is refused before anything is created', async () => {
  const { properties } = (await kiln.submit('misplaced', windows([shell('bash', 'true')]))).body;
  assert.equal(properties.provisioningState, 'Failed');
  assert.equal(properties.provisioningError.provisioningErrorCode, 'StepNotCompatible');
  const { message } = properties.provisioningError;
  assert.match(message, /"bash" is a Shell step, which runs on Linux; the source is Windows/);
  assert.match(message, /Write PowerShell/);
});

test('a step is retried as often as it says, each attempt with its log and a note', async () => {
  const step = { ...shell('flaky', '# flaky'), retry: { attempts: 3, pause: '1s' } };
  const run = await build('retried', template([step], [vhd]));
  assert.equal(run.state, 'Succeeded', run.message);
  const notes = (await timeline('retried', run)).filter((entry) => entry.event === 'note');
  assert.equal(notes.length, 1);
  assert.match(notes[0].message, /Attempt 1 of 3 failed[\s\S]*not yet/);
  const logs = await kiln.api('GET', `${kiln.templatePath}/retried/runs/${run.id}/logs`);
  const names = logs.body.value.map((log: any) => log.name);
  assert.ok(names.includes('01-flaky.err') && names.includes('01-flaky.attempt-2.err'), names.join(' '));
});

test('a skipped step is told as skipped; the code of a skip without its words is a failure', async () => {
  const run = await build(
    'skips',
    template([{ ...shell('maybe', '# skipped-here'), runIf: 'false' }], [vhd]),
  );
  assert.equal(run.state, 'Succeeded', run.message);
  const entries = await timeline('skips', run);
  assert.ok(entries.some((entry) => entry.step === 'maybe' && entry.event === 'skipped'));
  const failed = await build('no-skip', template([shell('bad', '# number-alone')], [vhd]));
  assert.equal(failed.state, 'Failed');
  assert.match(failed.message, /exit code 213/);
});

test('a step that takes longer than its timeout is stopped, named in the error, and the next one does not run', async () => {
  const slow = { ...shell('slow', '# takes-long'), timeout: '1s' };
  const run = await build('slow', template([slow, shell('next', 'true')], [vhd]));
  assert.equal(run.state, 'Failed');
  assert.equal(run.error.code, 'CustomizerTimedOut');
  assert.match(run.message, /"slow" did not end within 1 seconds/);
  assert.ok((await timeline('slow', run)).every((entry) => entry.step !== 'next'));
});

test('a secret is read from the vault when its step starts, and is in no blob, row, log, record or script', async () => {
  const token = await kiln.token('https://vault.azure.net');
  const put = await fetch(`${kiln.endpoints.arm}/key-vaults/${VAULT}/secrets/db?api-version=7.4`, {
    method: 'PUT',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ value: SECRET }),
  });
  assert.equal(put.status, 200);
  const secrets = { DB_PASSWORD: `https://${VAULT}/secrets/db` };
  const run = await build('secret', template([{ ...shell('uses', 'true'), secrets }], [vhd]));
  assert.equal(run.state, 'Succeeded', run.message);
  const sent = readFileSync(kiln.recordFile, 'utf8')
    .split('\n')
    .filter((line) => line.includes('DB_PASSWORD'));
  assert.ok(
    sent.some((line) => line.includes('protectedParameters')),
    'it was sent as a protected parameter',
  );
  for (const file of filesBelow(kiln.folder).filter((name) => !name.endsWith('key-vault.json')))
    assert.ok(!readFileSync(file).includes(SECRET), file);
  assert.ok(!kiln.stderr.includes(SECRET));
});

test('a secret that is not there fails the step with the id and what to do, and never shows a token', async () => {
  const secrets = { X: `https://${VAULT}/secrets/none` };
  const run = await build('no-secret', template([{ ...shell('uses', 'true'), secrets }], [vhd]));
  assert.equal(run.state, 'Failed');
  assert.equal(run.error.code, 'SecretNotReadable');
  assert.match(run.message, /secrets\/none could not be read: it does not exist/);
});

test('what a step may not say is refused at submission, each with its pointer', async () => {
  const step = {
    ...shell('bad', 'true'),
    arguments: ['nul\0'],
    environment: { 'a-b': 'x', KILN_X: 'y' },
    secrets: { X: 'https://evil.example/secrets/x' },
    timeout: 'soon',
    retry: { attempts: 0 },
  };
  const answer = await kiln.api('PUT', `${kiln.templatePath}/bad`, template([step], [vhd]));
  assert.equal(answer.status, 400);
  const pointers = answer.body.error.details.map((detail: any) =>
    detail.target.replace('/properties/customize/0', ''),
  );
  for (const pointer of [
    '/arguments/0',
    '/environment/a-b',
    '/environment/KILN_X',
    '/secrets/X',
    '/timeout',
    '/retry/attempts',
  ])
    assert.ok(pointers.includes(pointer), `${pointer} is missing in ${pointers.join(' ')}`);
});

test('AIB versions do not know these fields', async () => {
  const url = `${kiln.endpoints.api}${kiln.templatePath}/old?api-version=2024-02-01`;
  const body = template([{ ...shell('a', 'true'), arguments: ['x'], timeout: '5m' }], [vhd]);
  const answer = await kiln.api('PUT', url, body);
  assert.equal(answer.status, 400);
  assert.match(JSON.stringify(answer.body), /arguments[\s\S]*timeout/);
});

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name));
}
