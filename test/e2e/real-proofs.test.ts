// What a real guest answers: a clean build has nothing to be found, and what was planted where deprovisioning does not clean up
// (logs, root's keys and histories of bash are gone by then), or where a template keeps it from doing so, is found by its name.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { probePrerequisites } from '../../local/images/prerequisites.ts';
import { LocalKiln } from '../support/local-kiln.ts';
import { managedImage, shell, template } from '../support/templates.ts';

const { missing, remedy } = await probePrerequisites('images');
const skip = missing.length === 0 ? false : `${missing.join(', ')} not found; install: ${remedy}`;

let kiln: LocalKiln;
before(async () => {
  if (skip === false) kiln = await LocalKiln.start({ machines: 'qemu' });
});
after(async () => {
  if (skip === false) await kiln.stop();
});

async function build(name: string, steps: object[], validate: object) {
  const body = template(steps, [managedImage(kiln.endpoints.subscriptionId, name)]);
  await kiln.submit(name, { ...body, properties: { ...body.properties, validate } });
  const run = await kiln.run(name, 420);
  const { body: answers } = await kiln.api('GET', `${kiln.templatePath}/${name}/runs/${run.id}/checks`);
  const failed = answers.value.filter(({ result }: any) => result === 'failed');
  return {
    run,
    answers: answers.value,
    failed: failed.map(({ kind, name: what, found }: any) => `${kind} ${what}: ${found}`),
  };
}

const CHECKS = [
  { type: 'package', package: 'bash' },
  { type: 'file', path: '/etc/motd-of-kiln', contains: 'hello', mode: '0644', owner: 'root' },
  { type: 'service', service: 'systemd-journald', running: true },
  { type: 'user', user: 'root' },
  { type: 'command', command: 'uname -s', output: '^Linux$' },
  { type: 'kernelParameter', parameter: 'kernel.ostype', value: 'Linux' },
  { type: 'size', mostGB: 20 },
  { type: 'file', path: '/usr/share/kiln/image.json', mode: '0644', owner: 'root' },
];
const SECRET = 'correct horse battery staple';
const VAULT = 'team.vault.azure.net';

test(
  'a clean build has no finding, and declared checks are answered by the machine',
  { skip, timeout: 500_000 },
  async (t) => {
    const steps = [shell('hello', 'echo hello > /etc/motd-of-kiln', 'chmod 644 /etc/motd-of-kiln')];
    const inVMValidations = [shell('history', 'cat /usr/share/kiln/image.json')];
    const { run, answers, failed } = await build('clean', steps, { checks: CHECKS, inVMValidations });
    for (const { kind, name, result, found } of answers) t.diagnostic(`${kind} ${name} ${result}: ${found}`);
    assert.deepEqual(failed, []);
    assert.equal(run.state, 'Succeeded', run.message);
    assert.ok(answers.length >= CHECKS.length + 15, String(answers.length));
    const log = `${kiln.templatePath}/clean/runs/${run.id}/logs/02-history.out`;
    const { body: history } = await kiln.api('GET', log);
    assert.deepEqual([history.run, history.steps[0].name], [run.id, 'hello']);
    assert.match(history.source.uri, /^urn:azure:marketplace:Debian:debian-12:/);
  },
);

test(
  'what a build leaves behind is found by its name, and fails the run that asks for it',
  { skip, timeout: 500_000 },
  async () => {
    const token = await kiln.token('https://vault.azure.net');
    const put = await fetch(`${kiln.endpoints.arm}/key-vaults/${VAULT}/secrets/token?api-version=7.4`, {
      method: 'PUT',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ value: SECRET }),
    });
    assert.equal(put.status, 200);
    const steps = [
      {
        ...shell('secret', 'mkdir -p /usr/lib/app', 'echo "password=$TOKEN" > /usr/lib/app/config'),
        secrets: { TOKEN: `https://${VAULT}/secrets/token` },
      },
      shell(
        'plant',
        // Deprovisioning would take them; a script that templates edit may leave them.
        "sed -i '/ssh_host_/d' /tmp/DeprovisioningScript.sh",
        'ssh-keygen -A && ls /etc/ssh/ssh_host_*_key',
        "echo 'f /run/reboot-required 0644 root root - restart' > /etc/tmpfiles.d/pending.conf",
        `printf 'GET https://a.blob.core.windows.net/s?sv=1&sig=${'Z'.repeat(44)}\\n' > /opt/build.log`,
        'printf "/swapfile none swap sw 0 0\\n" >> /etc/fstab',
        'useradd -m packer && printf "packer ALL=(ALL) NOPASSWD:ALL\\n" > /etc/sudoers.d/90-packer',
        'mkdir /home/packer/.ssh && echo "ssh-ed25519 AAAA me" > /home/packer/.ssh/authorized_keys',
        'echo key > /home/packer/.ssh/id_rsa',
        'echo curl > /home/packer/.zsh_history',
      ),
    ];
    const checks = [{ type: 'file', path: '/etc/motd-of-kiln' }];
    const { run, failed } = await build('planted', steps, { checks, hygiene: 'fail' });
    assert.equal(run.state, 'Failed');
    assert.equal(run.error.code, 'ValidationStepFailed');
    assert.deepEqual(
      failed.map((line: string) => line.replace(/: .*/, '')),
      [
        ...['host-keys', 'account', 'authorized-keys', 'private-keys', 'history', 'swap'],
        ...['pending-reboot', 'sas', 'secrets'],
      ].map((rule) => `hygiene ${rule}`),
      failed.join('\n'),
    );
    assert.ok(!failed.join().includes(SECRET), 'what is found is told by its place alone');
  },
);
