// What templates do to the deprovisioning script of a real guest, and what becomes of the image. Each build is one verdict,
// so that as much as possible of what scripts can be written like is in the same ones.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, test } from 'node:test';
import { probePrerequisites } from '../../local/images/prerequisites.ts';
import { LocalKiln } from '../support/local-kiln.ts';
import { afterPreparation, managedImage, shell, template, vhd } from '../support/templates.ts';

const { missing, remedy } = await probePrerequisites('images');
const skip = missing.length === 0 ? false : `${missing.join(', ')} not found; install: ${remedy}`;

const SCRIPT = '/tmp/DeprovisioningScript.sh';
/** What cloud-init writes for the account that Azure asks for. */
const ACCOUNT = [
  'useradd --create-home --password "$6$salt$hash" kiln',
  'printf "# User rules for kiln\\nkiln ALL=(ALL) NOPASSWD:ALL\\n" > /etc/sudoers.d/90-cloud-init-users',
  'echo "app ALL=(ALL) NOPASSWD:ALL" > /etc/sudoers.d/app',
];

let kiln: LocalKiln;
before(async () => {
  if (skip === false) kiln = await LocalKiln.start({ machines: 'qemu' });
});
after(async () => {
  if (skip === false) await kiln.stop();
});

async function upload(bytes: Buffer): Promise<string> {
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const url = `/subscriptions/${kiln.endpoints.subscriptionId}/providers/Microsoft.VirtualMachineImages/artifacts/${sha256}`;
  const { status } = await kiln.api('PUT', url, bytes, { 'content-type': 'application/octet-stream' });
  assert.ok(status < 300);
  return `kiln-artifact://sha256/${sha256}`;
}

type Built = { run: any; output: (log: string) => Promise<string>; notes: string[] };

async function build(name: string, body: unknown): Promise<Built> {
  const accepted = await kiln.submit(name, body);
  assert.equal(accepted.body.properties?.provisioningState, 'Succeeded', JSON.stringify(accepted.body));
  const run = await kiln.run(name, 580);
  const url = `${kiln.templatePath}/${name}/runs/${run.id}`;
  const { body: lines } = await kiln.api('GET', `${url}/timeline`);
  const headers = { authorization: `Bearer ${await kiln.token(kiln.endpoints.audience)}` };
  const output = async (log: string) => {
    const answer = await fetch(`${kiln.endpoints.api}${url}/logs/${log}?api-version=2026-11-01`, { headers });
    return answer.text();
  };
  const notes = lines.value.filter(({ event }: any) => event === 'note').map(({ message }: any) => message);
  return { run, output, notes };
}

const UNIX = '#!/bin/bash\r\nset -euo pipefail\r\ncat <<WORD\r\nfrom $BASH\r\nWORD\r\n';
const BARE = 'files=(a b c)\necho "an array of ${#files[@]} in $BASH"\n';
const AS_USER = 'echo "$(id -un) $USER $HOME $(pwd)"\nif [ -r /etc/shadow ]; then exit 3; fi\n';
/** In the VM made of the image: nothing of the build account, and what others made. */
const CHECKS = [
  '! grep -rqs "^kiln" /etc/sudoers.d /etc/passwd- /etc/shadow- /etc/group- /etc/subuid /etc/subuid-',
  '! id kiln',
  'test -e /etc/sudoers.d/app',
  'test -s /etc/machine-id',
  // What is newer than this boot is the validator's own.
  '[ -z "$(find /root /var/lib -maxdepth 1 -name "*kiln-*" ! -newer /proc/1)" ]',
];

test(
  'scripts as people write them, and a default that is edited and added to',
  { skip, timeout: 600_000 },
  async () => {
    const uri = async (text: string | Buffer) => upload(Buffer.from(text));
    const steps = [
      { type: 'Shell', name: 'crlf', scriptUri: await uri(UNIX) },
      {
        type: 'Shell',
        name: 'bom',
        scriptUri: await uri(`\uFEFF#!/bin/sh\necho "from $0" | grep -q bash || echo 'from sh'\n`),
      },
      { type: 'Shell', name: 'bare', scriptUri: await uri(BARE) },
      shell('accounts', ...ACCOUNT, 'useradd --create-home app', 'mkdir /srv/folder'),
      { type: 'Shell', name: 'as-user', scriptUri: await uri(AS_USER), runAs: 'app' },
      { type: 'File', name: 'onto', sourceUri: await uri('x'), destination: '/srv/new/file' },
      shell(
        'edit',
        `sed -i "s/^set -e$/set -e; echo edited/" ${SCRIPT}`,
        `echo 'echo "appended $(wc -c < /etc/machine-id)"' >> ${SCRIPT}`,
      ),
    ];
    const body = template(steps, [managedImage(kiln.endpoints.subscriptionId, 'edited')]);
    body.properties.validate = {
      hygiene: 'warn',
      inVMValidations: [
        shell('clean', ...CHECKS.map((check, index) => `if ${check}; then :; else exit ${index + 10}; fi`)),
      ],
    };
    const { run, output, notes } = await build('edited', body);
    assert.equal(run.state, 'Succeeded', run.message);
    assert.equal(afterPreparation(await output('01-crlf.out')), 'from /bin/bash\n');
    assert.equal(await output('02-bom.out'), 'from sh\n');
    assert.match(await output('03-bare.out'), /^an array of 3 in .*bash\n$/);
    assert.equal(await output('05-as-user.out'), 'app app /home/app /home/app\n');
    const deprovisioned = await output('deprovision.out');
    assert.match(deprovisioned, /^edited\n[^]*^appended 0\n/m);
    assert.match(deprovisioned, /^kiln: deprovisioned$/m);
    assert.match(notes.join('\n'), /line ends of Windows \(CRLF\)[^]*byte order mark/);
  },
);

test(
  'a script of the template that leaves some of it: the run says what is in the image',
  { skip, timeout: 600_000 },
  async () => {
    const own =
      '#!/bin/bash\r\nrm -f /etc/ssh/ssh_host_*\r\n: > /etc/machine-id\r\n[[ -e /etc/passwd ]] && echo own\r\n';
    const steps = [
      { type: 'File', name: 'own', sourceUri: await upload(Buffer.from(own)), destination: SCRIPT },
      shell('account', ...ACCOUNT),
    ];
    const { run, output, notes } = await build('replaced', template(steps, [vhd]));
    assert.equal(run.state, 'Succeeded', run.message);
    assert.match(await output('deprovision.out'), /^own$/m);
    assert.match(
      notes.join('\n'),
      /left this in the image: the build account \(kiln\); the sudo rule of the build account\./,
    );
  },
);

test('a script that does nothing makes no image', { skip, timeout: 600_000 }, async () => {
  const { run } = await build('emptied', template([shell('empty', `: > ${SCRIPT}`)], [vhd]));
  assert.equal(run.error.code, 'GeneralizeFailed', run.message);
  assert.match(run.message, /left what was there before: the machine id/);
});

test(
  'what steps made of the script outlives a restart, and a deleted one is put back',
  { skip, timeout: 600_000 },
  async () => {
    const steps = [
      shell('edit', `echo 'echo kept' >> ${SCRIPT}`),
      { type: 'LinuxRestart', name: 'restart' },
      shell('delete', `grep -q 'echo kept' ${SCRIPT}`, `rm ${SCRIPT}`),
    ];
    const { run, notes } = await build('deleted', template(steps, [vhd]));
    assert.equal(run.state, 'Succeeded', run.message);
    assert.match(notes.join('\n'), /DeprovisioningScript\.sh was gone: a step has deleted it/);
  },
);

test(
  'a full disk ends the run at once, with the words of the system',
  { skip, timeout: 600_000 },
  async () => {
    const fill = 'head -c 10G /dev/zero > /var/fill 2> /dev/null || df /';
    const body = template([shell('fill', ...ACCOUNT, fill)], [vhd]);
    // What the listing of the source takes away at its end would make room again.
    Object.assign(body.properties, { inventory: false });
    const { run } = await build('full', body);
    assert.equal(run.error.code, 'GeneralizeFailed', run.message);
    assert.match(run.message, /No space left on device/);
  },
);
