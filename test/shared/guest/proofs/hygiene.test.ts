// A tree as a booted image has it, clean, and with one fault at a time: each is found by its name, and nothing else is.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { linuxHygiene } from '../../../../shared/guest/proofs/linux-hygiene.ts';
import { resultsIn } from '../../../../shared/guest/proofs/result.ts';

const SECRET = 'correct horse battery staple';
/** Seconds: the image is of yesterday, the boot of an hour from now, so that homes that are made here are older than it. */
const NOW = Math.floor(Date.now() / 1000);
const BOOT = NOW + 3600;
const BUILD = NOW - 86_400;
const AFTER = BOOT + 5;

const skip = process.platform === 'linux' ? false : 'the rules are for Linux';

describe('hygiene', { skip }, () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(path.join(os.tmpdir(), 'kiln-hygiene-'));
    put('/etc/ssh/ssh_host_ed25519_key', 'new', AFTER);
    put('/etc/machine-id', '0123456789abcdef0123456789abcdef\n', AFTER);
    put('/etc/passwd', 'root:x:0:0:root:/root:/bin/bash\nweb:x:1000:1000::/home/web:/bin/bash\n', BUILD);
    put(
      '/etc/fstab',
      '# swap is nowhere\nUUID=1234 / ext4 defaults 0 1\n/dev/sdb1 /mnt auto defaults,nofail 0 2\n',
      BUILD,
    );
    put('/var/log/syslog', 'a line about nothing\n', BUILD);
    put('/root/.bash_history', '', BUILD);
    put('/var/lib/waagent/provisioned', '1', AFTER);
    put('/var/lib/cloud/instances/now/user-data.txt', '', AFTER);
    utimesSync(path.join(root, 'var/lib/cloud/instances/now'), AFTER, AFTER);
    symlinkSync('/run/systemd/resolve/stub-resolv.conf', path.join(root, 'etc/resolv.conf'));
    // What the agent of the looking machine keeps of this command.
    put(
      '/var/lib/waagent/goal.xml',
      `https://a.blob.core.windows.net/x?sig=${'a'.repeat(40)} ${SECRET}`,
      AFTER,
    );
  });
  afterEach(() => rmSync(root, { recursive: true }));

  function put(file: string, content: string, at: number, mode = 0o600): void {
    const full = path.join(root, file);
    mkdirSync(path.dirname(full), { recursive: true });
    writeFileSync(full, content, { mode });
    utimesSync(full, at, at);
  }

  function look(secrets = SECRET) {
    const { stdout, stderr, status } = spawnSync('sh', ['-c', linuxHygiene({ root, boot: String(BOOT) })], {
      env: { ...process.env, KILN_SECRETS: secrets, KILN_PATTERNS: os.tmpdir() },
    });
    assert.equal(status, 0, stderr.toString());
    assert.equal(stderr.toString(), '');
    return resultsIn(stdout.toString());
  }

  const failures = (secrets?: string) =>
    look(secrets).flatMap(({ id, result, found }) => (result === 'failed' ? [`${id}: ${found}`] : []));

  test('of a clean image has nothing to say against it', () => {
    assert.deepEqual(failures(), []);
    const results = look('');
    assert.equal(results.length, 16);
    assert.deepEqual(
      results.filter(({ result }) => result === 'skipped').map(({ id }) => id),
      ['secrets'],
    );
  });

  const PLANTED: Record<string, [() => void, RegExp]> = {
    'a host key of the build': [
      () => put('/etc/ssh/ssh_host_rsa_key', 'old', BUILD),
      /^host-keys: kept from the build: \/etc\/ssh\/ssh_host_rsa_key/,
    ],
    'a machine id of the build': [() => put('/etc/machine-id', 'x', BUILD), /^machine-id: kept/],
    'an instance of cloud-init of the build': [
      () => {
        put('/var/lib/cloud/instances/old/user-data.txt', '', BUILD);
        utimesSync(path.join(root, 'var/lib/cloud/instances/old'), BUILD, BUILD);
      },
      /^cloud-init: .*instances\/old/,
    ],
    'state of the agent': [
      () => put('/var/lib/waagent/Certificates.prv', 'x', BUILD),
      /^agent: .*Certificates\.prv/,
    ],
    'the account of the build': [
      () => {
        put(
          '/etc/passwd',
          'root:x:0:0:root:/root:/bin/bash\nkiln:x:1001:1001::/home/kiln:/bin/bash\n',
          BUILD,
        );
        put('/home/kiln/.bash_logout', '', BUILD);
      },
      /^account: .*kiln/,
    ],
    'its right to everything': [
      () => put('/etc/sudoers.d/90-build', 'kiln ALL=(ALL) NOPASSWD:ALL\n', BUILD),
      /^account: .*\/etc\/sudoers\.d\/90-build/,
    ],
    'a key that may log in': [
      () => put('/root/.ssh/authorized_keys', 'ssh-ed25519 AAAA me', BUILD),
      /^authorized-keys: .*\/root\/\.ssh\/authorized_keys/,
    ],
    'a private key': [
      () => put('/home/web/.ssh/id_rsa', 'x', BUILD),
      /^private-keys: .*\/home\/web\/\.ssh\/id_rsa/,
    ],
    'a full history': [
      () => put('/root/.bash_history', 'rm -rf x\n', BUILD),
      /^history: .*\/root\/\.bash_history/,
    ],
    'memory of a process': [() => put('/var/crash/_usr_bin_x.crash', 'x', BUILD), /^cores: .*_usr_bin_x/],
    'swap in fstab': [
      () => put('/etc/fstab', '/swapfile none swap sw 0 0\n', BUILD),
      /^swap: swap in fstab: \/swapfile/,
    ],
    'a disk by its name': [
      () => put('/etc/fstab', '/dev/sda1 / ext4 defaults 0 1\n', BUILD),
      /^fstab: .*\/dev\/sda1/,
    ],
    'a resolver of the build': [
      () => {
        rmSync(path.join(root, 'etc/resolv.conf'));
        put('/etc/resolv.conf', 'nameserver 10.0.0.5\n', BUILD);
      },
      /^resolver: .*10\.0\.0\.5/,
    ],
    'a restart that is due': [
      () => put('/run/reboot-required', 'now', BUILD),
      /^pending-reboot: .*\/run\/reboot-required/,
    ],
    'a SAS in a log': [
      () =>
        put(
          '/var/log/build.log',
          `GET https://a.blob.core.windows.net/s?sv=1&sig=${'Z'.repeat(44)}%3D\n`,
          BUILD,
        ),
      /^sas: .*\/var\/log\/build\.log/,
    ],
    'the value of a secret, anywhere': [
      () => put('/usr/lib/app/config', `password=${SECRET}\n`, BUILD),
      /^secrets: the value of a secret: \/usr\/lib\/app\/config/,
    ],
  };

  for (const [what, [plant, expected]] of Object.entries(PLANTED))
    test(`finds ${what}, and nothing else`, () => {
      plant();
      const [first = '', ...others] = failures();
      assert.match(first, expected);
      assert.deepEqual(others, []);
      assert.ok(!first.includes(SECRET));
    });

  test("takes Azure's own resolver for good in every network", () => {
    rmSync(path.join(root, 'etc/resolv.conf'));
    put('/etc/resolv.conf', 'nameserver 10.0.2.3\nnameserver 168.63.129.16\n', BUILD);
    assert.deepEqual(failures(), []);
  });

  test('finds what was written right before the machine was switched off', () => {
    put('/var/log/build.log', `https://a.blob.core.windows.net/s?sv=1&sig=${'Z'.repeat(44)}\n`, BOOT - 20);
    assert.match(failures()[0] ?? '', /^sas: /);
  });

  test('tells apart several secrets, and what only looks like one', () => {
    put('/opt/app/token', 'abcdefgh-second', BUILD);
    assert.match(failures(`${SECRET}\nabcdefgh-second`)[0] ?? '', /^secrets: .*\/opt\/app\/token/);
    put('/var/log/other.log', 'https://example.com/?sig=short and sig=none', BUILD);
    assert.deepEqual(failures(), []);
  });
});
