// What steps do to a real guest, in one build with as much in it as possible: a build costs a minute under emulation.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { createReadStream, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { probePrerequisites } from '../../local/images/prerequisites.ts';
import { LocalKiln } from '../support/local-kiln.ts';
import { afterPreparation, managedImage, shell, template, vhd } from '../support/templates.ts';

const { missing, remedy } = await probePrerequisites('images');
const skip = missing.length === 0 ? false : `${missing.join(', ')} not found; install: ${remedy}`;

const SECRET = 'S3cr3t (that) "nobody" may $see*';
const AWKWARD = [
  `it's "quoted"`,
  '$(touch /srv/injected) `id` ${HOME}',
  'two\nlines\n',
  '  ',
  '',
  'ünï-çødé 🚀',
  '-n',
];
const ODD_NAME = `/srv/an ödd 'name' "$(id)".conf`;
const MEGABYTES = 100;

let kiln: LocalKiln;
let run: any;
let timeline: any[] = [];

before(async () => {
  // That a log can be long, whatever the agent of Azure would have lost of one that comes so fast.
  const profile = { outputRate: { mebibytes: 0 } };
  if (skip === false) kiln = await LocalKiln.start({ machines: 'qemu', record: true, profile });
});
after(async () => {
  if (skip === false) await kiln.stop();
});

const sha256 = (bytes: Uint8Array | string): string => createHash('sha256').update(bytes).digest('hex');

async function upload(text: string): Promise<string> {
  const bytes = Buffer.from(text);
  const url = `/subscriptions/${kiln.endpoints.subscriptionId}/providers/Microsoft.VirtualMachineImages/artifacts/${sha256(bytes)}`;
  const { status } = await kiln.api('PUT', url, bytes, { 'content-type': 'application/octet-stream' });
  assert.ok(status < 300);
  return `kiln-artifact://sha256/${sha256(bytes)}`;
}

/** Everything that steps can be, in the order in which they build on each other. */
async function customizers(): Promise<any[]> {
  const script =
    '#!/bin/bash\nset -euo pipefail\n[[ $BASH_VERSION ]] && echo "from a URI: $PACKER_BUILD_NAME"\n';
  const tell = '#!/bin/sh\nfor value in "$@" "$VALUE"; do printf "%s" "$value" | base64 -w 0; echo; done\n';
  return [
    shell(
      'inline',
      'uname -s',
      'id -un',
      "ssh-keygen -q -t ed25519 -N '' -f /etc/ssh/ssh_host_ed25519_key",
      'sha256sum /etc/ssh/ssh_host_ed25519_key > /srv/old-key',
    ),
    { type: 'Shell', name: 'uri', scriptUri: await upload(script), sha256Checksum: sha256(script) },
    {
      type: 'File',
      name: 'odd-file',
      sourceUri: await upload('content'),
      destination: ODD_NAME,
      mode: '2751',
    },
    {
      type: 'Shell',
      name: 'values',
      scriptUri: await upload(tell),
      arguments: AWKWARD,
      environment: { VALUE: AWKWARD.join('|') },
    },
    {
      ...shell('secret', 'printf %s "$TOKEN" | sha256sum', 'echo "out: $TOKEN"', 'echo "err: $TOKEN" >&2'),
      secrets: { TOKEN: 'https://team.vault.azure.net/secrets/token' },
    },
    shell(
      'before',
      'cat /proc/sys/kernel/random/boot_id > /srv/boot-id',
      'cp /etc/machine-id /srv/old-machine-id',
    ),
    { type: 'LinuxRestart', name: 'restart' },
    shell(
      'after',
      'if cmp -s /proc/sys/kernel/random/boot_id /srv/boot-id; then exit 5; fi',
      'logger kiln-was-here',
    ),
    {
      ...shell('second-try', '[ -e /srv/tried ] || { touch /srv/tried; echo "not yet"; exit 9; }'),
      retry: { attempts: 3, pause: '1s' },
    },
    { ...shell('skipped', 'touch /srv/skipped-ran'), runIf: 'test -e /srv/nowhere' },
    shell(
      'loud',
      `yes 'a line of fifty characters, whatever is said in it' | head -c ${MEGABYTES * 1024 * 1024}`,
    ),
    shell('binary', 'head -c 65536 /dev/urandom', 'printf "\\0\\377\\nend"'),
    ...Array.from({ length: 18 }, (_, index) => shell(`small-${index}`, `echo ${index} >> /srv/count`)),
  ];
}

/** On a fresh boot of the image: what a build leaves in it, and what it must not. Each check has an exit code of its own. */
const CHECKS = [
  'test -s /etc/machine-id',
  '! cmp -s /etc/machine-id /srv/old-machine-id',
  '! sha256sum --check --status /srv/old-key',
  '! grep -rq kiln-was-here /var/log',
  'test ! -e /tmp/DeprovisioningScript.sh',
  'test ! -e /root/.bash_history',
  '[ -z "$(find /var/lib/apt/lists -type f ! -name lock)" ]',
  // What is newer than this boot is the validator's own.
  '[ -z "$(find /root /var/lib -maxdepth 1 -name ".kiln-*" ! -newer /proc/1)" ]',
];
const VALIDATORS = [
  shell('hygiene', ...CHECKS.map((check, index) => `if ${check}; then :; else exit ${index + 10}; fi`)),
  shell(
    'content',
    `stat -c '%a' "${ODD_NAME.replaceAll(/["$]/g, String.raw`\$&`)}"`,
    '[ "$(wc -l < /srv/count)" = 18 ]',
    'test ! -e /srv/injected && test ! -e /srv/skipped-ran',
    'touch /srv/by-a-validator',
  ),
  shell('fails', 'echo "port 80 is closed"', 'exit 4'),
  shell('never', 'true'),
];

async function log(name: string, offset = 0): Promise<any> {
  const url = `${kiln.templatePath}/everything/runs/${run.id}/logs/${name}?offset=${offset}`;
  const { endpoints } = kiln;
  const headers = { authorization: `Bearer ${await kiln.token(endpoints.audience)}` };
  const answer = await fetch(`${endpoints.api}${url}&api-version=2026-11-01`, { headers });
  return Buffer.from(await answer.arrayBuffer());
}

test('a checksum that does not fit is refused before anything runs', { skip }, async () => {
  const step = {
    type: 'Shell',
    name: 'x',
    scriptUri: await upload('echo x'),
    sha256Checksum: 'a'.repeat(64),
  };
  const refused = await kiln.submit('mismatch', template([step], [vhd]));
  assert.equal(refused.body.properties.provisioningState, 'Failed');
  assert.match(refused.body.properties.provisioningError.message, /checksum/);
});

test(
  'one build with 30 steps of every kind, a restart and validators',
  { skip, timeout: 1_100_000 },
  async (t) => {
    const token = await kiln.token('https://vault.azure.net');
    const put = await fetch(
      `${kiln.endpoints.arm}/key-vaults/team.vault.azure.net/secrets/token?api-version=7.4`,
      {
        method: 'PUT',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: JSON.stringify({ value: SECRET }),
      },
    );
    assert.equal(put.status, 200);
    const body = template(await customizers(), [managedImage(kiln.endpoints.subscriptionId, 'everything')]);
    body.properties.validate = {
      inVMValidations: VALIDATORS,
      continueDistributeOnFailure: true,
      hygiene: 'warn',
    };
    const accepted = await kiln.submit('everything', body);
    assert.equal(accepted.body.properties.provisioningState, 'Succeeded', JSON.stringify(accepted.body));
    run = await kiln.run('everything', 1_000);
    timeline = (await kiln.api('GET', `${kiln.templatePath}/everything/runs/${run.id}/timeline`)).body.value;
    const ended = timeline.filter(
      ({ phase, step, event }) => phase === 'customize' && step !== undefined && event === 'succeeded',
    );
    t.diagnostic(
      `${run.agent}: ${timeline.map((entry) => `${entry.at.slice(14, 19)} ${entry.id}`).join(', ')}`,
    );
    assert.equal(ended.length, 29, run.message);
    assert.equal(run.error.code, 'ValidationStepFailed', run.message);
  },
);

test('plain steps that follow each other have shared a command, and no others', { skip }, () => {
  const sent = readFileSync(kiln.recordFile, 'utf8').split('\n');
  const made = sent.filter((line) => line.includes('"PUT"') && line.includes(run.stagingGroup));
  const names = made.flatMap((line) => /runCommands\/(step-\d+-\d)\b/.exec(line)?.[1] ?? []);
  const of = (...indices: number[]) => indices.map((index) => `step-${String(index).padStart(3, '0')}-0`);
  // 0: inline, uri; 10: loud to small-17; 30: the validators.
  const asked = [...new Set(names)].filter((name) => name.endsWith('-0'));
  assert.deepEqual(asked.toSorted(), of(0, 2, 3, 4, 5, 7, 8, 9, 10, 30));
});

test('each step has its output, in a log of its own', { skip }, async () => {
  assert.match(afterPreparation(String(await log('01-inline.out'))), /^Linux\nroot\n/);
  assert.equal(String(await log('02-uri.out')), 'from a URI: everything\n');
});

test('arguments and environment arrived byte for byte', { skip }, async () => {
  const lines = String(await log('04-values.out'))
    .split('\n')
    .slice(0, -1);
  const values = lines.map((line) => Buffer.from(line, 'base64').toString());
  assert.deepEqual(values, [...AWKWARD, AWKWARD.join('|')]);
});

test(
  'a secret reached the step, and is nowhere: no log, blob, row, record, disk or error',
  { skip, timeout: 120_000 },
  async () => {
    assert.equal(String(await log('05-secret.out')), `${sha256(SECRET)}  -\nout: [redacted]\n`);
    assert.equal(String(await log('05-secret.err')), 'err: [redacted]\n');
    const files = readdirSync(kiln.folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && entry.name !== 'key-vault.json')
      .map((entry) => path.join(entry.parentPath, entry.name));
    assert.ok(files.some((file) => file.includes('durable.db')));
    for (const file of files) assert.ok(!(await contains(file, SECRET)), file);
    assert.ok(!kiln.stderr.includes(SECRET));
  },
);

test(
  'a retry succeeded on its second attempt, and a condition kept a step from running',
  { skip },
  async () => {
    const [first] = timeline.filter((entry) => entry.event === 'note' && entry.step === 'second-try');
    assert.match(first.message, /Attempt 1 of 3 failed[\s\S]*exit code 9[\s\S]*not yet/);
    assert.ok(timeline.some((entry) => entry.step === 'skipped' && entry.event === 'skipped'));
  },
);

test('100 MB of output and binary output are in the log whole', { skip, timeout: 120_000 }, async () => {
  const logs = (await kiln.api('GET', `${kiln.templatePath}/everything/runs/${run.id}/logs`)).body.value;
  const size = (name: string) => logs.find((entry: any) => entry.name === name)?.bytes;
  assert.equal(size('11-loud.out'), MEGABYTES * 1024 * 1024);
  const end = await log('11-loud.out', MEGABYTES * 1024 * 1024 - 1000);
  assert.match(String(end), /^[^]*a line of fifty characters, whatever is said in it\n/);
  const binary = await log('12-binary.out');
  assert.equal(binary.length, 65_536 + 6);
  assert.equal(binary.subarray(-6).toString('latin1'), '\0\xff\nend');
});

test(
  'the image is clean and complete on a fresh boot, as its validators found; the one that fails fails the run',
  { skip },
  async () => {
    const ends = timeline
      .filter((entry) => entry.phase === 'validate' && entry.step !== undefined && entry.event !== 'started')
      .map((entry) => `${entry.step} ${entry.event}`);
    // Kiln's own look, then the validator of that name.
    const own = ['hygiene succeeded', 'hygiene succeeded'];
    assert.deepEqual(ends, [...own, 'content succeeded', 'fails failed'], run.message);
    assert.match(String(await log('32-content.out')), /^2751$/m);
    assert.equal(run.state, 'Failed');
    assert.match(
      run.message,
      /"fails" ended with exit code 4[\s\S]*port 80 is closed[\s\S]*distributed all the same/,
    );
    assert.equal(run.outputs[0].state, 'Succeeded');
  },
);

test(
  'a step that takes too long is stopped and named, the next does not run, and abort keeps the machine for a lease',
  { skip, timeout: 300_000 },
  async () => {
    const slow = { ...shell('slow', 'echo started; sleep 600'), timeout: '20s' };
    const body = template([slow, shell('next', 'true')], [vhd]);
    body.properties.errorHandling = { onCustomizerError: 'abort', lease: '2h' };
    await kiln.submit('slow', body);
    const kept = await kiln.run('slow', 280);
    assert.equal(kept.error.code, 'CustomizerTimedOut', kept.message);
    assert.match(kept.message, /"slow" did not end within 20 seconds[\s\S]*started/);
    assert.equal(kept.cleanup, 'kept');
    const entries = (await kiln.api('GET', `${kiln.templatePath}/slow/runs/${kept.id}/timeline`)).body.value;
    assert.ok(entries.every((entry: any) => entry.step !== 'next'));
    const id = `/subscriptions/${kiln.endpoints.subscriptionId}/resourceGroups/${kept.stagingGroup}/providers/Microsoft.Compute/virtualMachines/build`;
    const vm = await kiln.arm('GET', id, '2024-07-01');
    assert.equal(vm.body.tags['kiln-expires'], kept.keptUntil);
    const view = await kiln.arm('GET', `${id}/instanceView`, '2024-07-01');
    assert.ok(view.body.statuses.some((status: any) => status.code === 'PowerState/running'));
  },
);

/** Searches a file of any size. */
async function contains(file: string, text: string): Promise<boolean> {
  const wanted = Buffer.from(text);
  let before = Buffer.alloc(0);
  for await (const chunk of createReadStream(file, { highWaterMark: 4 * 1024 * 1024 })) {
    const all = Buffer.concat([before, chunk as Buffer]);
    if (all.includes(wanted)) return true;
    before = all.subarray(-wanted.length);
  }
  return false;
}
