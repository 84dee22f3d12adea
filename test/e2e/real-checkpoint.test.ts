// A build of six steps whose last one has changed, with real guests: what the first five did is there and was not done again, the
// machine is one of its own, and the image is as generalized as any other.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { probePrerequisites } from '../../local/images/prerequisites.ts';
import { LocalKiln } from '../support/local-kiln.ts';
import { managedImage, shell, template } from '../support/templates.ts';

const { missing, remedy } = await probePrerequisites('images');
// What QEMU does with such a disk is in live-snapshot.test.ts, which is quick, and all else in checkpoints.test.ts.
const skip = missing.length === 0 ? false : `${missing.join(', ')} not found; install: ${remedy}`;

let kiln: LocalKiln;
before(async () => {
  if (skip === false) kiln = await LocalKiln.start({ machines: 'qemu' });
});
after(async () => {
  if (skip === false) await kiln.stop();
});

/** Each writes down in which life of which machine it ran. */
const step = (name: string, ...lines: string[]): any =>
  shell(
    name,
    'set -eu',
    ...lines,
    `echo "${name} $(cat /proc/sys/kernel/random/boot_id) $(cat /etc/machine-id)" >> /etc/kiln-proof`,
  );

/** Nothing of the network: what counts here is what becomes of it. */
const FIRST_FIVE = [
  step('folders', 'mkdir -p /srv/site /srv/data', 'test ! -e /tmp/kept || exit 1', 'touch /tmp/kept'),
  step(
    'unit',
    "printf '[Service]\\nType=oneshot\\nExecStart=/bin/true\\n[Install]\\nWantedBy=multi-user.target\\n' > /etc/systemd/system/site.service",
    'systemctl enable site.service',
  ),
  step('keys', 'ssh-keygen -A >/dev/null'),
  step(
    'account',
    'useradd --create-home web',
    "echo 'touch /etc/deprovisioned' >> /tmp/DeprovisioningScript.sh",
  ),
  {
    ...step('index', 'dd if=/dev/urandom bs=1M count=16 status=none | sha256sum > /etc/kiln-index'),
    checkpoint: {},
  },
];
const last = (word: string): object => {
  const written = step('page', `echo '${word}' > /srv/site/index.html`);
  const told = 'sed "s/^/proof: /" /etc/kiln-proof; cat /etc/kiln-index /etc/ssh/ssh_host_ed25519_key.pub';
  return { ...written, inline: [...written.inline, told] };
};

/** In a machine of the image: nothing of either machine is in it. */
const LOOK = shell(
  'look',
  'set -eu',
  'cat /srv/site/index.html; sed "s/^/proof: /" /etc/kiln-proof; sed "s/^/machine: /" /etc/machine-id',
  'id web; systemctl is-enabled site.service; test -e /etc/deprovisioned; cat /etc/ssh/ssh_host_*_key.pub || true',
  'test ! -e /var/lib/.kiln-checkpoint; grep -A4 checkpoint /usr/share/kiln/image.json',
);

async function build(word: string, validate?: object): Promise<any> {
  const body = template([...FIRST_FIVE, last(word)], [managedImage(kiln.endpoints.subscriptionId, 'web')]);
  body.properties.validate = validate;
  const accepted = await kiln.submit('web', body);
  assert.equal(accepted.body.properties?.provisioningState, 'Succeeded', JSON.stringify(accepted.body));
  // Four boots, two of them cold, on cores that other tests have too.
  const run = await kiln.run('web', 700);
  const of = `${kiln.templatePath}/web/runs/${run.id}`;
  const { value: timeline } = (await kiln.api('GET', `${of}/timeline`)).body;
  const log = async (name: string): Promise<string> =>
    (await kiln.api('GET', `${of}/logs/${name}`)).body ?? '';
  assert.equal(run.state, 'Succeeded', run.message);
  const [page, look] = [await log('06-page.out'), await log('07-look.out')];
  return { run, timeline, page, look, seconds: secondsOf(timeline) };
}

/** From the request to the image, without what only looks at it. */
function secondsOf(timeline: any[]): number {
  const at = (phase: string, event: string) =>
    Date.parse(
      timeline.find((line) => line.phase === phase && line.step === undefined && line.event === event)?.at,
    );
  const whole = at('distribute', 'succeeded') - at('resolve', 'started');
  const looked = at('validate', 'succeeded') - at('validate', 'started');
  return (whole - (Number.isNaN(looked) ? 0 : looked)) / 1000;
}

const proofs = (text: string) =>
  [...text.matchAll(/^proof: (\S+) (\S+) (\S+)$/gm)].map(([, name, boot, machine]) => ({
    name,
    boot,
    machine,
  }));
const keyIn = (text: string) => /ssh-ed25519 \S+/.exec(text)?.[0];

test(
  'only the step that has changed runs again, in a machine of its own, and its image is generalized',
  { skip, timeout: 1_500_000 },
  async (t) => {
    const first = await build('first');
    // What looks at an image is no part of what is kept.
    const second = await build('second', { inVMValidations: [LOOK], hygiene: 'fail' });
    const phases = (timeline: any[]) =>
      timeline
        .filter(({ step: name, event }) => name === undefined && event === 'started')
        .map(({ phase, at }) => `${phase} ${at.slice(14, 23)}`)
        .join(', ');
    t.diagnostic(phases(first.timeline));
    t.diagnostic(phases(second.timeline));
    t.diagnostic(
      kiln.stderr
        .split('\n')
        .filter((line) => line.includes('is up after'))
        .join('; '),
    );
    t.diagnostic(
      `whole ${first.seconds.toFixed(1)} s, from the checkpoint ${second.seconds.toFixed(1)} s: ${((100 * second.seconds) / first.seconds).toFixed(0)} %`,
    );

    const [before, now] = [proofs(first.page), proofs(second.page)];
    assert.equal(before.length, 6);
    assert.deepEqual(now.slice(0, 5), before.slice(0, 5), 'the five are those of the first build');
    assert.deepEqual(
      now.map(({ name }) => name),
      ['folders', 'unit', 'keys', 'account', 'index', 'page'],
    );
    assert.notEqual(now[5]?.boot, before[5]?.boot);
    assert.notEqual(now[5]?.machine, before[5]?.machine, 'the machine has another id');
    assert.match(now[5]?.machine ?? '', /^[0-9a-f]{32}$/);
    assert.notEqual(keyIn(second.page), keyIn(first.page), 'and other host keys');
    assert.equal(/^\S{64}/m.exec(second.page)?.[0], /^\S{64}/m.exec(first.page)?.[0]);
    assert.equal(second.run.checkpoint.runId, first.run.id);

    assert.match(second.look, /^second$/m);
    assert.ok(second.look.includes(first.run.id), 'the image says in itself whose checkpoint it has');
    assert.match(second.look, /uid=\d+\(web\)/);
    const made = /^machine: ([0-9a-f]{32})$/m.exec(second.look)?.[1];
    assert.ok(made !== undefined && ![...before, ...now].some(({ machine }) => machine === made));
    assert.ok(![keyIn(first.page), keyIn(second.page)].includes(keyIn(second.look)));
  },
);
